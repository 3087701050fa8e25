import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { sentenceOf } from '../api-client.js';
import { Note } from '../components/note.js';

interface ConfirmModalProps {
  opened: boolean;
  title: string;
  children: ReactNode;
  /** What the button that does it says. */
  confirm: string;
  isPending: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something is taken away. */
export function ConfirmModal({
  opened,
  title,
  children,
  confirm,
  isPending,
  error,
  onConfirm,
  onClose,
}: ConfirmModalProps) {
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<strong>{title}</strong>}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        <div>{children}</div>
        {error === null ? null : (
          <Note tone="bad" alert>
            {sentenceOf(error)}
          </Note>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            Keep it
          </Button>
          <Button color="red.8" loading={isPending} onClick={onConfirm}>
            {confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
