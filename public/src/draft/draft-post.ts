import type { z } from 'zod';
import { linkSchema } from '../../../server/contract/links.js';
import type { LinkPreview } from '../../../server/contract/links.js';
import { countCharacters, maxTextLength } from '../../../server/contract/status-text.js';
import { maxCaptionLength } from '../../../server/contract/statuses.js';
import type { sendStatusBodySchema } from '../../../server/contract/statuses.js';
import type { AudienceInput } from './audience-choice.js';
import type { Draft, DraftFile } from './draft.js';
import { linkFieldsOf } from './draft-links.js';
import { isSplit, splitProblemOf } from './draft-series.js';
import { filledDraft, variableFieldsOf, variableProblemOf } from './draft-variables.js';
import type { ShownPost } from '../post-look/shown-post.js';
import { timeOf, timeProblemOf } from './draft-time.js';

type NewStatus = z.input<typeof sendStatusBodySchema>;

/** The file of a draft; null while there is none, and for types without one. */
export function fileOf({ type, files }: Draft): DraftFile | null {
  return type === 'text' || type === 'url' ? null : (files[type] ?? null);
}

/** What the preview shows of a draft. A moving picture shows as the video that it became. */
export function shownOf(draft: Draft, preview: LinkPreview | null): ShownPost {
  const { type, text, caption, link, backgroundColor, font } = draft;
  const file = fileOf(draft);
  return {
    type: file?.kind ?? type,
    content: type === 'text' ? text : link,
    caption: caption === '' ? null : caption,
    style: { backgroundColor, font },
    media: file,
    preview: type === 'url' ? preview : null,
  };
}

/** What a draft shows, as a request says it: everything but whom it is for and when. */
export function contentOf(draft: Draft): NewStatus {
  const { backgroundColor, font, caption } = draft;
  const file = fileOf(draft);
  if (draft.type === 'text') return { type: 'text', content: draft.text, style: { backgroundColor, font } };
  if (draft.type === 'url' || file === null) {
    return { type: 'url', content: draft.link, caption, style: { backgroundColor, font } };
  }
  if (file.kind === 'audio') return { type: 'audio', content: file.filename, style: { backgroundColor } };
  return { type: file.kind, content: file.filename, caption };
}

/** The request that posts a draft for which there is no problem. */
export function bodyOf(draft: Draft, audience: AudienceInput | null): NewStatus {
  return {
    ...contentOf(draft),
    ...variableFieldsOf(draft),
    ...linkFieldsOf(draft),
    ...(audience === null ? {} : { audience }),
    ...timeOf(draft),
  };
}

/** Why a draft cannot be posted yet, in the order in which a person would mend it; null when it can. */
export function problemOf(draft: Draft, audienceProblem: string | null): string | null {
  const content = isSplit(draft) ? splitProblemOf(draft) : contentProblemOf(filledDraft(draft));
  const problem = content ?? variableProblemOf(draft);
  if (problem !== null) return problem;
  return audienceProblem ?? timeProblemOf(draft);
}

/** What is missing of what a draft shows, or too much; null when it can be posted. */
export function contentProblemOf(draft: Draft): string | null {
  const { type, text, caption, link } = draft;
  if (type === 'text') {
    if (text.trim() === '') return 'Write something to post.';
    return countCharacters(text) > maxTextLength
      ? `At most ${String(maxTextLength)} characters fit in one status.`
      : null;
  }
  if (type === 'url' && link.trim() === '') return 'Give a link to post.';
  if (type === 'url' && !linkSchema.safeParse(link).success) return 'This is not a whole web address.';
  const missing = { image: 'Choose a picture.', video: 'Choose a video.', audio: 'Choose a recording.' };
  if (type !== 'url' && fileOf(draft) === null) return missing[type];
  if (type !== 'audio' && countCharacters(caption) > maxCaptionLength) {
    return `Shorten the caption to ${String(maxCaptionLength)} characters.`;
  }
  return null;
}
