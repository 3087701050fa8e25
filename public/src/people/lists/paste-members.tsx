import { Button, Group, Stack, TagsInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { AudienceList } from '../../../../server/contract/audiences.js';
import { useAddMembers } from '../actions.js';
import { useNumbers } from '../../lib/use-numbers.js';
import { tagsQuery } from '../queries.js';
import { formatNumber, peopleCount } from '../../lib/format.js';
import { NumbersField } from '../../ui/fields/numbers-field.js';
import { FailureNote } from '../../ui/failure-note.js';
import { say } from '../../ui/say.js';

/** Numbers from anywhere, onto a list. */
export function PasteMembers({ list, onDone }: { list: AudienceList; onDone: () => void }) {
  const [text, setText] = useState('');
  const [tags, setTags] = useState<string[]>([]);
  const { parsed, isReading } = useNumbers(text);
  const known = useQuery(tagsQuery).data?.items ?? [];
  const add = useAddMembers();
  const { numbers, tooMany } = parsed;

  function submit(): void {
    const members = numbers.map((phoneNumber) => ({ phoneNumber, tags }));
    add.mutate(
      { listId: list.id, members },
      {
        onSuccess: ({ changed }) => {
          const before = numbers.length - changed;
          say(
            `${peopleCount(changed)} added to “${list.name}”${before > 0 ? `, ${formatNumber(before)} on it already` : ''}.`,
          );
          onDone();
        },
      },
    );
  }

  return (
    <Stack>
      <NumbersField
        label="Numbers"
        description="With country code, one per line or separated by commas."
        value={text}
        parsed={parsed}
        onChange={setText}
      />
      <TagsInput
        label="Tag them"
        description="If you like. Press Enter after each tag."
        size="md"
        maxTags={20}
        data={known.map(({ tag }) => tag)}
        value={tags}
        onChange={setTags}
      />
      <FailureNote error={add.error} />
      <Group justify="flex-end">
        <Button disabled={numbers.length === 0 || tooMany || isReading} loading={add.isPending} onClick={submit}>
          {numbers.length === 0 ? 'Add people' : `Add ${peopleCount(numbers.length)}`}
        </Button>
      </Group>
    </Stack>
  );
}
