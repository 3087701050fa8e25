import type { z } from 'zod';
import { maxSeriesItems } from '../../../server/contract/planning/series.js';
import type { createSeriesBodySchema } from '../../../server/contract/planning/series.js';
import { splitText } from '../../../server/contract/status-text.js';
import type { AudienceInput } from './audience-choice.js';
import type { Draft } from './draft.js';
import { linkFieldsOf } from './draft-links.js';
import { filledDraft, variableFieldsOf } from './draft-variables.js';
import { timeOf } from './draft-time.js';

type NewSeries = z.input<typeof createSeriesBodySchema>;

/** The texts into which a text is split that is longer than one status; one part where it fits. */
export function textPartsOf(draft: Draft): string[] {
  return draft.type === 'text' ? splitText(filledDraft(draft).text) : [];
}

/** Whether a draft goes out as several statuses, one after the other. */
export function isSplit(draft: Draft): boolean {
  return draft.split && textPartsOf(draft).length > 1;
}

/** The draft of the first status that it becomes, or would become. */
export function firstPart(draft: Draft): Draft {
  const [first, second] = textPartsOf(draft);
  return first === undefined || second === undefined ? draft : { ...draft, text: first };
}

/** Why a text cannot go out in parts; null when it can. */
export function splitProblemOf(draft: Draft): string | null {
  if (textPartsOf(draft).length > maxSeriesItems)
    return `Shorten it: a series has at most ${String(maxSeriesItems)} posts.`;
  if (draft.when === 'repeat') return 'A text in parts cannot repeat. Choose another time.';
  if (draft.accounts !== null && draft.accounts.length > 1) {
    return 'A text in parts goes out from one account. Choose one.';
  }
  return null;
}

/** The request that posts a text in parts. */
export function seriesBodyOf(draft: Draft, audience: AudienceInput | null): NewSeries {
  const { backgroundColor, font } = draft;
  const style = { backgroundColor, font };
  return {
    items: textPartsOf(draft).map((content) => ({ type: 'text' as const, content, style })),
    ...variableFieldsOf(draft),
    ...linkFieldsOf(draft),
    ...(audience === null ? {} : { audience }),
    ...timeOf(draft),
  };
}
