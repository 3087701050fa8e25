import { Button } from '@mantine/core';
import { IconHandStop, IconListDetails, IconTag } from '@tabler/icons-react';
import { useState } from 'react';
import type { Contact } from '../../../server/contract/contacts.js';
import { AddToListModal } from './lists/add-to-list-modal.js';
import { OptOutModal } from './opt-out-modal.js';
import { PickedBar } from '../ui/picked-bar.js';
import { TagPeopleModal } from './tag-people-modal.js';

interface ContactActionsProps {
  contacts: Contact[];
  onClear: () => void;
}

const actions = [
  { name: 'list', label: 'Add to a list…', Icon: IconListDetails },
  { name: 'tag', label: 'Tag…', Icon: IconTag },
  { name: 'optOut', label: 'Opt out…', Icon: IconHandStop },
] as const;

/** What can be done with ticked contacts. */
export function ContactActions({ contacts, onClear }: ContactActionsProps) {
  const [action, setAction] = useState<(typeof actions)[number]['name'] | null>(null);
  const members = contacts.flatMap(({ number, name }) =>
    number === null ? [] : [{ phoneNumber: number, ...(name !== null && { name }) }],
  );
  const numbers = members.map(({ phoneNumber }) => phoneNumber);

  function close(): void {
    setAction(null);
  }
  function done(): void {
    close();
    onClear();
  }

  return (
    <>
      <PickedBar count={contacts.length} onClear={onClear}>
        {actions.map(({ name, label, Icon }) => (
          <Button
            key={name}
            variant="light"
            size="compact-md"
            leftSection={<Icon size={17} aria-hidden />}
            onClick={() => {
              setAction(name);
            }}
          >
            {label}
          </Button>
        ))}
      </PickedBar>
      {action === 'list' ? <AddToListModal members={members} onClose={close} onDone={done} /> : null}
      {action === 'tag' ? <TagPeopleModal numbers={numbers} onClose={close} onDone={done} /> : null}
      {action === 'optOut' ? <OptOutModal numbers={numbers} onClose={close} onDone={done} /> : null}
    </>
  );
}
