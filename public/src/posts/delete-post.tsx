import { Button } from '@mantine/core';
import { IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import type { Status } from '../../../server/contract/statuses.js';
import { useCancelStatus } from './actions.js';
import { ConfirmModal } from '../ui/dialogs/confirm-modal.js';
import { Note } from '../ui/note.js';

/** Takes a post that is out back from everybody's phone, after asking. */
export function DeletePost({ status, className }: { status: Status; className: string | undefined }) {
  const [isAsking, setAsking] = useState(false);
  const remove = useCancelStatus();

  function close(): void {
    setAsking(false);
  }

  if (status.deletingSince !== null && status.deletionError === null) {
    const { done, total } = status.deletionProgress ?? { done: 0, total: 0 };
    return (
      <Note tone="quiet">
        It is being deleted from everybody’s phone{done > 0 ? `: ${String(done)} of ${String(total)} so far` : ''}.
      </Note>
    );
  }
  return (
    <>
      {status.deletionError === null ? null : (
        <Note tone="bad" title="It was not deleted everywhere">
          {status.deletionError.message}
        </Note>
      )}
      <Button
        variant="default"
        leftSection={<IconTrash size={18} stroke={1.7} aria-hidden />}
        onClick={() => {
          setAsking(true);
        }}
        className={className}
      >
        Delete for everyone…
      </Button>
      <ConfirmModal
        opened={isAsking}
        title="Delete this post for everyone?"
        act="Delete for everyone"
        action={remove}
        onClose={close}
        onConfirm={() => {
          remove.mutate(status, { onSuccess: close });
        }}
      >
        WhatsApp takes it off the phones of those who got it. Who viewed it until now stays here. This cannot be undone.
      </ConfirmModal>
    </>
  );
}
