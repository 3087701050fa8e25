import type { Session } from '../../../server/contract/sessions.js';
import { useDeleteSession } from './actions.js';
import { ConfirmModal } from '../ui/dialogs/confirm-modal.js';
import { say } from '../ui/say.js';

interface DeleteAccountModalProps {
  /** The account in question; null keeps the dialog closed. */
  session: Session | null;
  onClose: () => void;
}

export function DeleteAccountModal({ session, onClose }: DeleteAccountModalProps) {
  const remove = useDeleteSession();

  function confirm(sessionId: string, name: string): void {
    remove.mutate(sessionId, {
      onSuccess: () => {
        say('Its phone is no longer linked to Statuscast.', `${name} was deleted`);
        onClose();
      },
    });
  }

  return (
    <ConfirmModal
      opened={session !== null}
      title={`Delete ${session?.sessionName ?? 'account'}?`}
      act="Delete account"
      action={remove}
      onClose={onClose}
      onConfirm={() => {
        if (session !== null) confirm(session.sessionId, session.sessionName);
      }}
    >
      The phone is unlinked, and the account’s posts and viewers are deleted here. Statuses that are already on WhatsApp
      stay there until they expire. This cannot be undone.
    </ConfirmModal>
  );
}
