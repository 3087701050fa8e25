import type { AudienceList } from '../../../../server/contract/audiences.js';
import { useDeleteList } from '../actions.js';
import { peopleCount } from '../../lib/format.js';
import { ConfirmModal } from '../../ui/dialogs/confirm-modal.js';

interface DeleteListModalProps {
  list: AudienceList;
  onClose: () => void;
  onDeleted: () => void;
}

/** Asks before a list goes. Shown for as long as it is mounted. */
export function DeleteListModal({ list, onClose, onDeleted }: DeleteListModalProps) {
  const remove = useDeleteList();
  return (
    <ConfirmModal
      opened
      title={`Delete “${list.name}”?`}
      act="Delete the list"
      action={remove}
      onClose={onClose}
      onConfirm={() => {
        remove.mutate(list.id, { onSuccess: onDeleted });
      }}
    >
      The list of {peopleCount(list.memberCount)} goes. Contacts on the phone, tags and what was posted to the list
      stay. Planned and repeating posts to it will fail. This cannot be undone; export the list first if you may need it
      again.
    </ConfirmModal>
  );
}
