import { Button, Group, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { Dialog } from './dialog.js';
import { FailureNote } from '../failure-note.js';

interface ConfirmModalProps {
  opened: boolean;
  title: string;
  /** What happens, and what does not. */
  children: ReactNode;
  /** What the way back says. */
  keep?: string;
  act: string;
  isPending: boolean;
  error: Error | null;
  onClose: () => void;
  onConfirm: () => void;
}

/** Asks before something is lost; the way back is chosen first. */
export function ConfirmModal(props: ConfirmModalProps) {
  const { opened, title, children, keep = 'Keep it', act, isPending, error, onClose, onConfirm } = props;
  return (
    <Dialog opened={opened} onClose={onClose} title={title}>
      <Stack>
        <Text component="div">{children}</Text>
        <FailureNote error={error} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {keep}
          </Button>
          <Button color="red.8" loading={isPending} onClick={onConfirm}>
            {act}
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
