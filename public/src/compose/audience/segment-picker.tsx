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
const posts = [1, 3, 5, 10, 20, 50, 100];
/** How far back to look, by the value of its option. */
const spans = new Map<string, Partial<AudienceChoice>>([
  ...days.map((each) => [`d${String(each)}`, { viewedDays: each, viewedPosts: 0 }] as const),
  ...posts.map((each) => [`p${String(each)}`, { viewedPosts: each }] as const),
]);
const spanOptions = [
  ...days.map((each) => ({ value: `d${String(each)}`, label: each === 1 ? '1 day' : `${String(each)} days` })),
  ...posts.map((each) => ({ value: `p${String(each)}`, label: each === 1 ? '1 post' : `${String(each)} posts` })),
];

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
          <Radio value="liked" label="Liked lately" description="They reacted to one, and did not take it back." />
          <Radio value="replied" label="Answered lately" description="They wrote back to one." />
          <Radio
            value="lost"
            label="Lost lately"
            description="They viewed posts before, and none in the chosen time."
          />
          <Radio
            value="never_viewed"
            label="Never viewed"
            description="They got posts of this account and opened none."
          />
          <Radio value="tagged" label="Have a tag" description="Tags come from lists, imports and the People screen." />
          {choice.otherSegment === null ? null : (
            <Radio value="other" label="As it was" description="Several conditions, as they were given to the API." />
          )}
        </Stack>
      </Radio.Group>
      {isLately(choice.segment) ? (
        <NativeSelect
          label="In the last"
          size="md"
          value={choice.viewedPosts > 0 ? `p${String(choice.viewedPosts)}` : `d${String(choice.viewedDays)}`}
          data={spanOptions}
          onChange={(event) => {
            onChange(spans.get(event.currentTarget.value) ?? {});
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

function isLately(segment: AudienceChoice['segment']): boolean {
  return segment !== 'never_viewed' && segment !== 'tagged' && segment !== 'other';
}
