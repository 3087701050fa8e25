import { z } from 'zod';
import type { audienceSchema } from '../../../server/contract/audiences.js';
import { emptySegmentChoice, segmentChoiceShape, segmentOf } from './segment-choice.js';

/** The choice of an audience, as a draft keeps it. Every alternative keeps its own, so that a look at another loses nothing. */
export const audienceChoiceShape = {
  audience: z.enum(['contacts', 'list', 'segment', 'numbers', 'self']),
  /** As they were pasted. */
  numbers: z.string(),
  listId: z.string(),
  ...segmentChoiceShape,
  exceptNumbers: z.string(),
  exceptListIds: z.array(z.string()),
  exceptTags: z.array(z.string()),
  ignorePrivacy: z.boolean(),
};
export type AudienceChoice = {
  [Field in keyof typeof audienceChoiceShape]: z.output<(typeof audienceChoiceShape)[Field]>;
};

export const emptyAudienceChoice: AudienceChoice = {
  audience: 'contacts',
  numbers: '',
  listId: '',
  ...emptySegmentChoice,
  exceptNumbers: '',
  exceptListIds: [],
  exceptTags: [],
  ignorePrivacy: false,
};

/** An audience as a request names it. */
export type AudienceInput = z.input<typeof audienceSchema>;

/** What the API is asked for; null while something is missing. `numbers` and `exceptNumbers` are digits. */
export function audienceOf(choice: AudienceChoice, numbers: string[], exceptNumbers: string[]): AudienceInput | null {
  if (choice.audience === 'self') return { kind: 'self' };
  const { exceptListIds, exceptTags } = choice;
  const except = {
    ...(exceptNumbers.length > 0 && { numbers: exceptNumbers }),
    ...(exceptListIds.length > 0 && { listIds: exceptListIds }),
    ...(exceptTags.length > 0 && { tags: exceptTags }),
  };
  const common = {
    ...(Object.keys(except).length > 0 && { except }),
    ...(choice.ignorePrivacy && { storyPrivacy: 'ignore' as const }),
  };
  switch (choice.audience) {
    case 'contacts':
      return { kind: 'contacts', ...common };
    case 'numbers':
      return numbers.length === 0 ? null : { kind: 'numbers', numbers, ...common };
    case 'list':
      return choice.listId === '' ? null : { kind: 'list', listId: choice.listId, ...common };
    case 'segment': {
      const segment = segmentOf(choice);
      return segment === null ? null : { kind: 'segment', segment, ...common };
    }
  }
}

/** What is missing from a choice that makes no audience yet. */
export function missingFrom({ audience }: AudienceChoice): string {
  if (audience === 'list') return 'Choose a list.';
  if (audience === 'segment') return 'Choose a tag.';
  return 'Add at least one number.';
}

/** How many kinds of people are left out by choice. */
export function exceptionCount({ exceptNumbers, exceptListIds, exceptTags }: AudienceChoice): number {
  return exceptListIds.length + exceptTags.length + (exceptNumbers.trim() === '' ? 0 : 1);
}
