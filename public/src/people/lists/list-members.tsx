import { ActionIcon, Button } from '@mantine/core';
import { IconTag, IconUserMinus, IconX } from '@tabler/icons-react';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AudienceList, Member } from '../../../../server/contract/audiences.js';
import { useAddMembers, useRemoveMembers } from '../actions.js';
import { membersQuery } from '../queries.js';
import { formatNumber, formatPhoneNumber, peopleCount } from '../../lib/format.js';
import { sayFailure, sayWithUndo } from '../../ui/say.js';
import { useSearchWords } from '../../lib/use-search-words.js';
import { usePicked } from '../../lib/use-picked.js';
import { PagedRows } from '../../ui/paged-rows.js';
import { Panel } from '../../ui/panel.js';
import { PersonRow } from '../person-row.js';
import { PickedBar } from '../../ui/picked-bar.js';
import { SearchField } from '../../ui/fields/search-field.js';
import { TagPeopleModal } from '../tag-people-modal.js';

/** Who is on a list: searched, tagged, taken off. */
export function ListMembers({ list }: { list: AudienceList }) {
  const { typed, setTyped, search } = useSearchWords();
  const members = useInfiniteQuery(membersQuery(list.id, search));
  const picked = usePicked<Member>();
  const [isTagging, setTagging] = useState(false);
  const remove = useRemoveFrom(list, picked.clear);
  const chosen = [...picked.picked.values()];
  const total = members.data?.pages[0]?.total;

  return (
    <Panel
      label="Members"
      {...(list.memberCount === 0
        ? {}
        : {
            tools: <SearchField label="Search name or number" value={typed} onChange={setTyped} flex={1} miw={180} />,
          })}
      {...(search === '' || total === undefined ? {} : { summary: `${formatNumber(total)} found` })}
    >
      <PagedRows
        query={members}
        row={(member) => (
          <PersonRow
            key={member.phoneNumber}
            name={nameOf(member)}
            detail={detailOf(member)}
            tags={member.tags}
            picked={{
              isPicked: picked.has(member.phoneNumber),
              toggle: () => {
                picked.toggle(member.phoneNumber, member);
              },
            }}
            action={
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={`Take ${nameOf(member)} off the list`}
                onClick={() => {
                  remove([member]);
                }}
              >
                <IconX size={18} aria-hidden />
              </ActionIcon>
            }
          />
        )}
        empty={
          search === ''
            ? 'Nobody is on this list yet. Add people: paste their numbers, import a file, or choose them among your contacts.'
            : 'Nobody here has this in their name or number.'
        }
      />
      <PickedBar count={chosen.length} onClear={picked.clear}>
        <Button
          variant="light"
          size="compact-md"
          leftSection={<IconTag size={17} aria-hidden />}
          onClick={() => {
            setTagging(true);
          }}
        >
          Tag…
        </Button>
        <Button
          variant="light"
          size="compact-md"
          leftSection={<IconUserMinus size={17} aria-hidden />}
          onClick={() => {
            remove(chosen);
          }}
        >
          Take off the list
        </Button>
      </PickedBar>
      {isTagging ? (
        <TagPeopleModal
          numbers={chosen.map(({ phoneNumber }) => phoneNumber)}
          onClose={() => {
            setTagging(false);
          }}
          onDone={() => {
            setTagging(false);
            picked.clear();
          }}
        />
      ) : null}
    </Panel>
  );
}

function nameOf({ name, phoneNumber }: Member): string {
  return name ?? formatPhoneNumber(phoneNumber);
}

/** The number beside a name, and what else is known of the person, as the columns of an import told it. */
function detailOf({ name, phoneNumber, fields }: Member): string {
  const further = Object.entries(fields).map(([field, value]) => `${field}: ${value}`);
  return [name === null ? 'No name' : formatPhoneNumber(phoneNumber), ...further].join(' · ');
}

/** Takes people off at once, and puts them back as they were when asked to. */
function useRemoveFrom({ id, name }: AudienceList, onRemoved: () => void): (members: Member[]) => void {
  const remove = useRemoveMembers();
  const add = useAddMembers();
  return (members) => {
    const numbers = members.map(({ phoneNumber }) => phoneNumber);
    remove.mutate(
      { listId: id, numbers },
      {
        onError: sayFailure('Nobody was taken off the list'),
        onSuccess: () => {
          onRemoved();
          sayWithUndo(`${peopleCount(numbers.length)} taken off “${name}”.`, () => {
            const again = members.map((member) => ({
              phoneNumber: member.phoneNumber,
              ...(member.name !== null && { name: member.name }),
              fields: member.fields,
            }));
            add.mutate({ listId: id, members: again }, { onError: sayFailure('They were not put back') });
          });
        },
      },
    );
  };
}
