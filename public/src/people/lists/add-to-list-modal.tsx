import { Select, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { NewMember } from '../../../../server/contract/audiences.js';
import { useAddMembers, useCreateList } from '../actions.js';
import { audiencesQuery } from '../queries.js';
import { peopleCount } from '../../lib/format.js';
import { FormModal } from '../../ui/dialogs/form-modal.js';
import { say } from '../../ui/say.js';

interface AddToListModalProps {
  members: NewMember[];
  onClose: () => void;
  onDone: () => void;
}

const newList = 'new';

/** Puts chosen people on a list, also on one that is made for them. Shown for as long as it is mounted. */
export function AddToListModal({ members, onClose, onDone }: AddToListModalProps) {
  const lists = useQuery(audiencesQuery).data?.items ?? [];
  const [picked, setPicked] = useState<string | null>(null);
  const [name, setName] = useState('');
  const create = useCreateList();
  const add = useAddMembers();
  const choice = picked ?? (lists.length === 0 ? newList : null);

  async function submit(): Promise<void> {
    const listId = choice === newList ? (await create.mutateAsync(name)).id : (choice ?? '');
    // Made once: after a failure of the second step, the next attempt adds to the same list.
    setPicked(listId);
    const { changed } = await add.mutateAsync({ listId, members });
    const before = members.length - changed;
    say(`${peopleCount(changed)} added${before > 0 ? `; ${peopleCount(before)} on the list already` : ''}.`);
    onDone();
  }

  return (
    <FormModal
      opened
      title={`Add ${peopleCount(members.length)} to a list`}
      act="Add to the list"
      canAct={choice !== null && (choice !== newList || name.trim() !== '')}
      isPending={create.isPending || add.isPending}
      error={create.error ?? add.error}
      onClose={onClose}
      onSubmit={() => {
        // What failed is shown by the form.
        submit().catch(() => undefined);
      }}
    >
      <Select
        label="List"
        size="md"
        searchable
        placeholder="Choose a list"
        data={[
          ...lists.map((list) => ({ value: list.id, label: `${list.name} · ${peopleCount(list.memberCount)}` })),
          { value: newList, label: 'A new list…' },
        ]}
        value={choice}
        onChange={setPicked}
        allowDeselect={false}
      />
      {choice === newList ? (
        <TextInput
          label="Name of the new list"
          size="md"
          maxLength={100}
          value={name}
          onChange={(event) => {
            setName(event.currentTarget.value);
          }}
        />
      ) : null}
    </FormModal>
  );
}
