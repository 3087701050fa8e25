import { TextInput } from '@mantine/core';
import { useState } from 'react';
import type { AudienceList } from '../../../../server/contract/audiences.js';
import { useCreateList, useRenameList } from '../actions.js';
import { FormModal } from '../../ui/dialogs/form-modal.js';

interface ListNameModalProps {
  /** The list to rename; null makes a new one. */
  list: AudienceList | null;
  onClose: () => void;
  onDone: (list: AudienceList) => void;
}

/** Names a new list, or an old one anew. Shown for as long as it is mounted. */
export function ListNameModal({ list, onClose, onDone }: ListNameModalProps) {
  const [name, setName] = useState(list?.name ?? '');
  const create = useCreateList();
  const rename = useRenameList();
  const error = create.error ?? rename.error;

  function submit(): void {
    const done = { onSuccess: onDone };
    if (list === null) create.mutate(name, done);
    else rename.mutate({ id: list.id, name }, done);
  }

  return (
    <FormModal
      opened
      title={list === null ? 'New list' : 'Rename the list'}
      act={list === null ? 'Make the list' : 'Rename'}
      canAct={name.trim() !== '' && name.trim() !== list?.name}
      isPending={create.isPending || rename.isPending}
      error={error}
      onClose={onClose}
      onSubmit={submit}
    >
      <TextInput
        label="Name"
        description="As you will find it when you write a post."
        placeholder="Regulars"
        size="md"
        maxLength={100}
        value={name}
        onChange={(event) => {
          setName(event.currentTarget.value);
        }}
        data-autofocus
      />
    </FormModal>
  );
}
