import type { z } from 'zod';
import type { DraftStatus, draftStatusSchema } from '../../../server/contract/planning/drafts.js';
import { nextFreeSlot } from '../../../server/contract/planning/plans.js';
import { isFileType } from '../post-look/shown-post.js';
import { segmentChoiceOf } from './segment-choice.js';
import { emptyAudienceChoice, type AudienceChoice, type AudienceInput } from './audience-choice.js';
import { emptyDraft, type Draft } from './draft.js';
import { contentOf, fileOf } from './draft-post.js';
import { linkChoiceOf, linkFieldsOf } from './draft-links.js';
import { newRepeat, scheduleTimeOf, timeOf, timeZoneOf } from './draft-time.js';
import { repeatOf } from './repeat.js';
import type { SavedDraft } from './saved-drafts.js';

type DraftInput = z.input<typeof draftStatusSchema>;

/** A draft as the server keeps it, however unfinished. */
export function draftStatusOf(draft: Draft, audience: AudienceInput | null, sessionIds: string[]): DraftInput {
  const { type, caption, numbers } = draft;
  const shown = isFileType(type) && fileOf(draft) === null ? { type, caption } : contentOf(draft);
  const people =
    audience !== null
      ? { audience }
      : draft.audience === 'numbers' && numbers.trim() !== ''
        ? { targetNumbers: numbers }
        : {};
  const variables = Object.keys(draft.values).length === 0 ? {} : { variables: draft.values };
  return {
    ...shown,
    ...people,
    ...variables,
    ...linkFieldsOf(draft),
    ...plannedOf(draft),
    sessionIds,
    staggerSeconds: draft.staggerSeconds,
  };
}

function plannedOf(draft: Draft): Pick<DraftStatus, 'scheduledAt' | 'timeZone' | 'rule'> {
  if (draft.when === 'later' && draft.at === '') return {};
  if (draft.when !== 'repeat') return timeOf(draft);
  const timeZone = timeZoneOf(draft);
  const { startsAt, rule } = scheduleTimeOf(draft.repeat ?? newRepeat(timeZone), timeZone);
  return { scheduledAt: startsAt, timeZone, rule };
}

/** What was kept, as the composer goes on with it. */
export function draftOfSaved({ id, status, media }: SavedDraft): Draft {
  const { type = 'text', content = '', caption = '', style = {}, sessionIds = [], staggerSeconds = 0 } = status;
  const file =
    media === null || !isFileType(type)
      ? {}
      : { [type]: { ...media, kind: type, name: content, note: null, parts: [] } };
  return {
    ...emptyDraft,
    draftId: id,
    type,
    caption,
    files: file,
    staggerSeconds,
    text: type === 'text' ? content : '',
    link: type === 'url' ? content : '',
    backgroundColor: style.backgroundColor ?? emptyDraft.backgroundColor,
    font: style.font ?? emptyDraft.font,
    values: status.variables ?? {},
    ...linkChoiceOf(status),
    ...choiceOf(status),
    accounts: sessionIds.length > 1 ? sessionIds : null,
    ...whenOf(status),
  };
}

function whenOf({ scheduledAt, timeZone = '', rule }: DraftStatus): Pick<Draft, 'when' | 'at' | 'timeZone' | 'repeat'> {
  if (rule !== undefined && scheduledAt !== undefined) {
    return { when: 'repeat', at: '', timeZone, repeat: repeatOf(rule, scheduledAt) ?? null };
  }
  if (scheduledAt === undefined) return { when: 'now', at: '', timeZone: '', repeat: null };
  if (scheduledAt === nextFreeSlot) return { when: 'slot', at: '', timeZone: '', repeat: null };
  // A time with an offset was kept by a program; the field of the composer takes one on the wall.
  const isOnWall = !/(Z|[+-]\d{2}:\d{2})$/.test(scheduledAt);
  return { when: 'later', at: isOnWall ? scheduledAt.slice(0, 16) : '', timeZone, repeat: null };
}

function choiceOf({ audience, targetNumbers }: DraftStatus): AudienceChoice {
  if (audience === undefined) {
    if (targetNumbers === undefined) return emptyAudienceChoice;
    const numbers = typeof targetNumbers === 'string' ? targetNumbers : targetNumbers.join('\n');
    return { ...emptyAudienceChoice, audience: 'numbers', numbers };
  }
  if (audience.kind === 'self') return { ...emptyAudienceChoice, audience: 'self' };
  const { except = {}, storyPrivacy } = audience;
  const common: AudienceChoice = {
    ...emptyAudienceChoice,
    audience: audience.kind,
    exceptNumbers: (except.numbers ?? []).join('\n'),
    exceptListIds: except.listIds ?? [],
    exceptTags: except.tags ?? [],
    ignorePrivacy: storyPrivacy === 'ignore',
  };
  if (audience.kind === 'numbers') return { ...common, numbers: audience.numbers.join('\n') };
  if (audience.kind === 'list') return { ...common, listId: audience.listId };
  if (audience.kind !== 'segment') return common;
  return { ...common, ...segmentChoiceOf(audience.segment) };
}
