import { Button, Checkbox, Group, Stack } from '@mantine/core';
import { useState } from 'react';
import type { Contact } from '../../../server/contract/contacts.js';
import { useErasePerson } from './actions.js';
import { addressOfPerson } from './person-address.js';
import { ErasureReceipt } from './erasure-receipt.js';
import { ConfirmModal } from '../ui/dialogs/confirm-modal.js';
import { Dialog } from '../ui/dialogs/dialog.js';

interface ErasePersonModalProps {
  person: Pick<Contact, 'number' | 'lid'>;
  name: string;
  onClose: () => void;
}

/** Asks before a person is erased, and says afterwards what went. Shown for as long as it is mounted. */
export function ErasePersonModal({ person, name, onClose }: ErasePersonModalProps) {
  const erase = useErasePerson();
  const address = addressOfPerson(person);
  const [isOptedOut, setOptedOut] = useState(false);
  const [isForced, setForced] = useState(false);
  if (erase.data) {
    return (
      <Dialog opened title={`${name} was erased`} onClose={onClose}>
        <Stack>
          <ErasureReceipt erasure={erase.data} />
          <Group justify="flex-end">
            <Button onClick={onClose} data-autofocus>
              Done
            </Button>
          </Group>
        </Stack>
      </Dialog>
    );
  }
  return (
    <ConfirmModal
      opened
      title={`Erase ${name} everywhere?`}
      act="Erase everywhere"
      action={erase}
      onClose={onClose}
      onConfirm={() => {
        if (address !== null) erase.mutate({ address, optOut: isOptedOut, force: isForced });
      }}
    >
      <Stack gap="sm">
        <p>
          From all accounts: their names and chats, what they got, viewed, liked and answered, the answers to them, and
          where they are on lists and tags. What is counted of posts stays, and so do opt-outs. Numbers that plans,
          drafts and templates name as their audience stay there. This cannot be undone.
        </p>
        <p>
          Whoever is saved on a phone comes back from there: delete the contact on the phone first. It may take some
          seconds.
        </p>
        {person.number === null ? null : (
          <Checkbox
            label="Opt the number out as well, so that no account posts to it again"
            checked={isOptedOut}
            onChange={(event) => {
              setOptedOut(event.currentTarget.checked);
            }}
          />
        )}
        <Checkbox
          label="Also while a post is on its way to them, or is being taken back"
          checked={isForced}
          onChange={(event) => {
            setForced(event.currentTarget.checked);
          }}
        />
      </Stack>
    </ConfirmModal>
  );
}
