import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { sentenceOf } from '../../lib/api-client.js';
import { audiencesQuery } from '../../people/queries.js';
import { peopleCount } from '../../lib/format.js';
import { LinkButton } from '../../ui/link-button.js';
import { Note } from '../../ui/note.js';

interface ListSelectProps {
  /** Id of the list; empty while none is chosen. */
  value: string;
  onChange: (listId: string) => void;
}

/** One of the lists, by name. */
export function ListSelect({ value, onChange }: ListSelectProps) {
  const lists = useQuery(audiencesQuery);
  const items = lists.data?.items ?? [];
  if (lists.isError && lists.data === undefined) return <Note tone="bad">{sentenceOf(lists.error)}</Note>;
  if (lists.data !== undefined && items.length === 0) {
    return (
      <Note tone="quiet" title="There is no list yet">
        A list holds people you post to together, such as regulars or one town.{' '}
        <LinkButton to="/people" variant="subtle" size="compact-sm">
          Make a list
        </LinkButton>
      </Note>
    );
  }
  return (
    <Select
      label="List"
      size="md"
      searchable
      placeholder={lists.isPending ? 'Loading…' : 'Choose a list'}
      nothingFoundMessage="No list has this in its name."
      data={items.map(({ id, name, memberCount }) => ({ value: id, label: `${name} · ${peopleCount(memberCount)}` }))}
      value={items.some(({ id }) => id === value) ? value : null}
      onChange={(listId) => {
        onChange(listId ?? '');
      }}
      allowDeselect={false}
    />
  );
}
