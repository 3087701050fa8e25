import type { Template } from '../../../server/contract/planning/templates.js';
import { useDeleteTemplate } from './templates.js';
import { ConfirmModal } from '../ui/dialogs/confirm-modal.js';
import { say } from '../ui/say.js';

interface DeleteTemplateProps {
  /** The template in question; null keeps the dialog closed. */
  template: Template | null;
  onClose: () => void;
}

export function DeleteTemplate({ template, onClose }: DeleteTemplateProps) {
  const remove = useDeleteTemplate();

  return (
    <ConfirmModal
      opened={template !== null}
      title={`Delete the template “${template?.name ?? ''}”?`}
      act="Delete template"
      action={remove}
      onClose={onClose}
      onConfirm={() => {
        if (template === null) return;
        remove.mutate(template.id, {
          onSuccess: () => {
            say(`The template “${template.name}” was deleted.`);
            onClose();
          },
        });
      }}
    >
      What was posted from it stays. This cannot be undone.
    </ConfirmModal>
  );
}
