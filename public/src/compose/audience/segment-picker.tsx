import { NativeSelect, Radio, Select, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { audienceChoiceShape } from '../../draft/audience-choice.js';
import type { AudienceChoice } from '../../draft/audience-choice.js';
import { tagsQuery } from '../../people/queries.js';
import { peopleCount } from '../../lib/format.js';

interface SegmentPickerProps {
  choice: AudienceChoice;
  onChange: (change: Partial<AudienceChoice>) => void;
}

const days = [1, 3, 7, 14, 30, 60, 90, 180, 365];

/** People by what they did with earlier posts, or by a tag they have. */
export function SegmentPicker({ choice, onChange }: SegmentPickerProps) {
  const tags = useQuery(tagsQuery);
  const items = tags.data?.items ?? [];
  const hasNoTags = tags.data !== undefined && items.length === 0;
  return (
    <Stack gap="md">
      <Radio.Group
        label="Who"
        value={choice.segment}
        onChange={(value) => {
          const segment = audienceChoiceShape.segment.safeParse(value);
          if (segment.success) onChange({ segment: segment.data });
        }}
      >
        <Stack gap="sm" mt={8}>
          <Radio
            value="viewed"
            label="Viewed lately"
            description="They opened one of this account’s posts in the chosen time."
          />
          <Radio
            value="never_viewed"
            label="Never viewed"
            description="They got posts of this account and opened none."
          />
          <Radio value="tagged" label="Have a tag" description="Tags come from lists, imports and the People screen." />
        </Stack>
      </Radio.Group>
      {choice.segment === 'viewed' ? (
        <NativeSelect
          label="In the last"
          size="md"
          value={String(choice.viewedDays)}
          data={days.map((each) => ({ value: String(each), label: each === 1 ? '1 day' : `${String(each)} days` }))}
          onChange={(event) => {
            onChange({ viewedDays: Number(event.currentTarget.value) });
          }}
        />
      ) : null}
      {choice.segment === 'tagged' ? (
        <Select
          label="Tag"
          size="md"
          searchable
          disabled={hasNoTags}
          placeholder={hasNoTags ? 'Nobody has a tag yet' : 'Choose a tag'}
          nothingFoundMessage="There is no such tag."
          data={items.map(({ tag, peopleCount: count }) => ({ value: tag, label: `${tag} · ${peopleCount(count)}` }))}
          value={items.some(({ tag }) => tag === choice.tag) ? choice.tag : null}
          onChange={(tag) => {
            onChange({ tag: tag ?? '' });
          }}
          allowDeselect={false}
        />
      ) : null}
    </Stack>
  );
}
