import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import type { Session } from '../../../server/contract/sessions.js';
import { useDeleteSession } from '../actions.js';
import { sentenceOf } from '../api-client.js';
import { Note } from './note.js';

interface DeleteAccountModalProps {
  /** The account in question; null keeps the dialog closed. */
  session: Session | null;
  onClose: () => void;
}

export function DeleteAccountModal({ session, onClose }: DeleteAccountModalProps) {
  const remove = useDeleteSession();

  function close(): void {
    remove.reset();
    onClose();
  }

  function confirm(sessionId: string, name: string): void {
    remove.mutate(sessionId, {
      onSuccess: () => {
        notifications.show({ title: `${name} was deleted`, message: 'Its phone is no longer linked to Statuscast.' });
        close();
      },
    });
  }

  return (
    <Modal
      opened={session !== null}
      onClose={close}
      title={<strong>Delete {session?.sessionName ?? 'account'}?</strong>}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      {session === null ? null : (
        <Stack>
          <Text>
            The phone is unlinked, and the account’s posts and viewers are deleted here. Statuses that are already on
            WhatsApp stay there until they expire. This cannot be undone.
          </Text>
          {remove.isError ? (
            <Note tone="bad" alert>
              {sentenceOf(remove.error)}
            </Note>
          ) : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              Keep it
            </Button>
            <Button
              color="red.8"
              loading={remove.isPending}
              onClick={() => {
                confirm(session.sessionId, session.sessionName);
              }}
            >
              Delete account
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}
