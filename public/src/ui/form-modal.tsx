import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { sentenceOf } from '../lib/api-client.js';
import { Note } from './note.js';

interface FormModalProps {
  opened: boolean;
  title: string;
  children: ReactNode;
  act: string;
  canAct: boolean;
  isPending: boolean;
  error: Error | null;
  onClose: () => void;
  onSubmit: () => void;
}

/** A short form in a dialog; Enter sends it. */
export function FormModal(props: FormModalProps) {
  const { opened, title, children, act, canAct, isPending, error, onClose, onSubmit } = props;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={<strong>{title}</strong>}
      closeButtonProps={{ 'aria-label': 'Close' }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (canAct && !isPending) onSubmit();
        }}
      >
        <Stack>
          {children}
          {error === null ? null : (
            <Note tone="bad" alert>
              {sentenceOf(error)}
            </Note>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" disabled={!canAct} loading={isPending}>
              {act}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
