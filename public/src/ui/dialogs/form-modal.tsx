import { Button, Group, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Dialog } from './dialog.js';
import { FailureNote } from '../failure-note.js';

interface FormModalProps {
  opened: boolean;
  title: string;
  children: ReactNode;
  act: string;
  canAct: boolean;
  isPending: boolean;
  error: Error | null;
  /** What was not done, above why. */
  failure?: string;
  /** A large one gives its fields more room. */
  size?: 'md' | 'lg';
  onClose: () => void;
  onSubmit: () => void;
}

/** A short form in a dialog; Enter sends it. */
export function FormModal(props: FormModalProps) {
  const { opened, title, children, act, canAct, isPending, error, failure, size = 'md', onClose, onSubmit } = props;
  return (
    <Dialog opened={opened} onClose={onClose} size={size} title={title}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (canAct && !isPending) onSubmit();
        }}
      >
        <Stack gap={size}>
          {children}
          <FailureNote error={error} title={failure} />
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
    </Dialog>
  );
}
