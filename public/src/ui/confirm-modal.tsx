import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { sentenceOf } from '../lib/api-client.js';
import { Note } from './note.js';

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
    <Modal
      opened={opened}
      onClose={onClose}
      title={<strong>{title}</strong>}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <Stack>
        <Text component="div">{children}</Text>
        {error === null ? null : (
          <Note tone="bad" alert>
            {sentenceOf(error)}
          </Note>
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} data-autofocus>
            {keep}
          </Button>
          <Button color="red.8" loading={isPending} onClick={onConfirm}>
            {act}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
