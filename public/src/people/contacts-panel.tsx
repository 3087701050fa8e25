import { Button, NativeSelect, SegmentedControl } from '@mantine/core';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Contact } from '../../../server/contract/contacts.js';
import type { Session } from '../../../server/contract/sessions.js';
import { contactsQuery } from './queries.js';
import type { ContactFilter } from './queries.js';
import { formatPhoneNumber } from '../lib/format.js';
import { useSearchWords } from '../lib/use-search-words.js';
import { usePicked } from '../lib/use-picked.js';
import { ContactActions } from './contact-actions.js';
import { ContactsState } from './contacts-state.js';
import { ErasePersonModal } from './erase-person-modal.js';
import { PagedRows } from '../ui/paged-rows.js';
import { Panel } from '../ui/panel.js';
import { PersonMenu } from './person-menu.js';
import { PersonRow } from './person-row.js';
import { SearchField } from '../ui/fields/search-field.js';

/** The address books of the phones: searched, ticked, and put on lists. */
export function ContactsPanel({ sessions }: { sessions: Session[] }) {
  const [account, setAccount] = useState<string | null>(null);
  const session = sessions.find(({ sessionId }) => sessionId === account) ?? sessions[0];
  if (session === undefined) return null;
  return (
    <ContactsOf key={session.sessionId} session={session}>
      {sessions.length < 2 ? null : (
        <NativeSelect
          aria-label="Account"
          value={session.sessionId}
          data={sessions.map(({ sessionId, sessionName }) => ({ value: sessionId, label: sessionName }))}
          onChange={(event) => {
            setAccount(event.currentTarget.value);
          }}
        />
      )}
    </ContactsOf>
  );
}

function ContactsOf({ session, children }: { session: Session; children: React.ReactNode }) {
  const [filter, setFilter] = useState<ContactFilter['filter']>('saved');
  const { typed, setTyped, search } = useSearchWords();
  const contacts = useInfiniteQuery(contactsQuery(session.sessionId, { search, filter }));
  const picked = usePicked<Contact>();
  // Of somebody whose row is gone by the time that the receipt is read.
  const [erased, setErased] = useState<Contact | null>(null);
  const shown = contacts.data?.pages.flatMap((page) => page.items) ?? [];

  function pickShown(): void {
    picked.pickAll(shown.filter(({ number }) => number !== null).map((each) => [each.personId, each] as const));
  }

  return (
    <Panel
      label="Contacts"
      tools={
        <>
          {children}
          <SegmentedControl
            aria-label="Who to show"
            value={filter}
            onChange={setFilter}
            data={[
              { value: 'saved', label: 'Saved' },
              { value: 'all', label: 'Everyone known' },
            ]}
            radius="md"
          />
          <SearchField label="Search name or number" value={typed} onChange={setTyped} flex={1} miw={180} />
        </>
      }
      summary={
        <>
          <ContactsState session={session} />
          {shown.length === 0 ? null : (
            <Button variant="subtle" size="compact-sm" ml="auto" onClick={pickShown}>
              Choose those shown
            </Button>
          )}
        </>
      }
    >
      <PagedRows
        query={contacts}
        row={(contact) => (
          <PersonRow
            key={contact.personId}
            name={nameOf(contact)}
            detail={detailOf(contact)}
            action={
              <PersonMenu
                person={contact}
                name={nameOf(contact)}
                onErase={() => {
                  setErased(contact);
                }}
              />
            }
            picked={
              contact.number === null
                ? null
                : {
                    isPicked: picked.has(contact.personId),
                    toggle: () => {
                      picked.toggle(contact.personId, contact);
                    },
                  }
            }
          />
        )}
        empty={
          search === ''
            ? 'No contacts yet. The phone tells them after it is linked; save people there and they show here.'
            : 'Nobody here has this in their name or number.'
        }
      />
      {erased === null ? null : (
        <ErasePersonModal
          person={erased}
          name={nameOf(erased)}
          onClose={() => {
            setErased(null);
          }}
        />
      )}
      <ContactActions contacts={[...picked.picked.values()]} onClear={picked.clear} />
    </Panel>
  );
}

function nameOf({ name, number }: Contact): string {
  return name ?? (number === null ? 'Unknown' : formatPhoneNumber(number));
}

function detailOf({ name, number, isSaved, pushName, verifiedName }: Contact): string {
  const facts = [number === null ? 'Number not known yet' : formatPhoneNumber(number)];
  if (!isSaved) facts.push('not saved on the phone');
  if (verifiedName !== null && verifiedName !== name) facts.push(`verified as ${verifiedName}`);
  if (pushName !== null && pushName !== name) facts.push(`goes by ${pushName}`);
  return facts.join(' · ');
}
