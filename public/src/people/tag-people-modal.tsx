import { Autocomplete } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useAddTag } from './actions.js';
import { useNumbers } from '../lib/use-numbers.js';
import { tagsQuery } from './queries.js';
import { peopleCount } from '../lib/format.js';
import { FormModal } from '../ui/dialogs/form-modal.js';
import { NumbersField } from '../ui/fields/numbers-field.js';
import { say } from '../ui/say.js';

interface TagPeopleModalProps {
  /** Who gets the tag; null asks for numbers. */
  numbers: string[] | null;
  onClose: () => void;
  onDone: () => void;
}

/** Gives people a tag. Shown for as long as it is mounted. */
export function TagPeopleModal({ numbers, onClose, onDone }: TagPeopleModalProps) {
  const [tag, setTag] = useState('');
  const [text, setText] = useState('');
  const { parsed, isReading } = useNumbers(text);
  const known = useQuery(tagsQuery).data?.items ?? [];
  const add = useAddTag();
  const wanted = numbers ?? parsed.numbers;
  return (
    <FormModal
      opened
      title={numbers === null ? 'Tag people' : `Tag ${peopleCount(numbers.length)}`}
      act="Give the tag"
      canAct={tag.trim() !== '' && wanted.length > 0 && !parsed.tooMany && !isReading}
      isPending={add.isPending}
      error={add.error}
      onClose={onClose}
      onSubmit={() => {
        add.mutate(
          { tag, numbers: wanted },
          {
            onSuccess: ({ changed, peopleCount: all }) => {
              const words = `${peopleCount(changed)} newly tagged “${tag.trim()}”; ${peopleCount(all)} have it now.`;
              say(words);
              onDone();
            },
          },
        );
      }}
    >
      <Autocomplete
        label="Tag"
        description="A short word, such as vip or berlin. Post to a tag, or leave it out of a post."
        size="md"
        maxLength={50}
        data={known.map((each) => each.tag)}
        value={tag}
        onChange={setTag}
        data-autofocus
      />
      {numbers === null ? (
        <NumbersField
          label="Numbers"
          description="With country code, one per line or separated by commas."
          value={text}
          parsed={parsed}
          onChange={setText}
        />
      ) : null}
    </FormModal>
  );
}
