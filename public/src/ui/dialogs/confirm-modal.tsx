import { Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Dialog } from './dialog.js';
import { FailureNote } from '../failure-note.js';

interface ConfirmModalProps {
  opened: boolean;
  title: string;
  /** What happens, and what does not. */
  children: ReactNode;
  act: string;
  /** What `onConfirm` starts. Why it failed is forgotten when the dialog closes. */
  action: { isPending: boolean; error: Error | null; reset: () => void };
  onClose: () => void;
  onConfirm: () => void;
}

/** Asks before something is lost; the way back is chosen first. */
export function ConfirmModal({ opened, title, children, act, action, onClose, onConfirm }: ConfirmModalProps) {
  function close(): void {
    action.reset();
    onClose();
  }
  return (
    <Dialog opened={opened} onClose={close} title={title}>
      <Stack>
        <Text component="div">{children}</Text>
        <FailureNote error={action.error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={close} data-autofocus>
            Keep it
          </Button>
          <Button color="red.8" loading={action.isPending} onClick={onConfirm}>
            {act}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
