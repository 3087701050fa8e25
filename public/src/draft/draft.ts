import { useEffect, useState } from 'react';
import { z } from 'zod';
import { uploadKindSchema } from '../../../server/contract/media.js';
import {
  colorSchema,
  statusFontSchema,
  statusMediaSchema,
  statusTypeSchema,
} from '../../../server/contract/statuses.js';
import type { Status } from '../../../server/contract/statuses.js';
import { defaultBackgroundColor } from '../../../server/contract/status-colors.js';
import { audienceChoiceShape, emptyAudienceChoice } from './audience-choice.js';
import { emptyLinkChoice, linkChoiceOf, linkChoiceShape } from './draft-links.js';
import { isFileType } from '../post-look/shown-post.js';
import { repeatSchema } from './repeat.js';

const draftFileSchema = statusMediaSchema.extend({
  /** What it became: moving pictures become videos. */
  kind: uploadKindSchema,
  name: z.string(),
  note: z.string().nullable(),
  parts: z.array(z.string()),
});
/** An uploaded file that a draft shows. */
export type DraftFile = z.infer<typeof draftFileSchema>;

const draftSchema = z.object({
  /** The saved draft that this one was begun from. */
  draftId: z.string().nullable().default(null),
  type: statusTypeSchema,
  text: z.string(),
  caption: z.string(),
  link: z.string(),
  /** By the type they were chosen for, so that a look at another type loses nothing. */
  files: z.partialRecord(uploadKindSchema, draftFileSchema),
  /** A text that is too long goes out as several statuses. */
  split: z.boolean(),
  /** Of the words in double braces, by name. */
  values: z.record(z.string(), z.string()),
  backgroundColor: colorSchema,
  font: statusFontSchema,
  ...audienceChoiceShape,
  /** Several accounts that post the same; null while one is picked as usual. */
  accounts: z.array(z.string()).nullable().default(null),
  /** How long after one account the next one posts. */
  staggerSeconds: z.number().default(0),
  when: z.enum(['now', 'later', 'slot', 'repeat']),
  /** Time on the wall of `timeZone`, as a date field has it: 2026-12-24T18:00. */
  at: z.string(),
  /** Empty: that of this browser. */
  timeZone: z.string().default(''),
  repeat: repeatSchema.nullable().default(null),
  ...linkChoiceShape,
});

/** A post that is being written. */
export type Draft = z.infer<typeof draftSchema>;

/** A post of which nothing is written. */
export const emptyDraft: Draft = {
  draftId: null,
  type: 'text',
  text: '',
  caption: '',
  link: '',
  files: {},
  split: false,
  values: {},
  backgroundColor: defaultBackgroundColor,
  font: 'system',
  ...emptyAudienceChoice,
  accounts: null,
  staggerSeconds: 0,
  when: 'now',
  at: '',
  timeZone: '',
  repeat: null,
  ...emptyLinkChoice,
};

const storageName = 'statuscast.draft';

function storedDraft(): Draft {
  try {
    return draftSchema.parse(JSON.parse(sessionStorage.getItem(storageName) ?? ''));
  } catch {
    return emptyDraft;
  }
}

/** The draft of this tab; it survives a look at another screen, and a reload. */
export function useDraft() {
  const [draft, setDraft] = useState(storedDraft);
  useEffect(() => {
    try {
      sessionStorage.setItem(storageName, JSON.stringify(draft));
    } catch {
      // A very long list may not fit the browser's storage; the draft then lives as long as the screen.
    }
  }, [draft]);
  return {
    draft,
    change: (part: Partial<Draft>) => {
      setDraft((before) => ({ ...before, ...part }));
    },
  };
}

/** Starts the next draft from an earlier post: what it shows and its look, with the audience as it was last. */
export function draftFromPost({ type, content, caption, media, style, trackLinks, utm }: Status): void {
  const { backgroundColor, font } = style;
  keep({
    ...(backgroundColor === undefined ? {} : { backgroundColor }),
    ...(font === undefined ? {} : { font }),
    ...(trackLinks ? linkChoiceOf({ trackLinks, utm: utm ?? {} }) : emptyLinkChoice),
    draftId: null,
    type,
    caption: caption ?? '',
    text: type === 'text' ? content : '',
    link: type === 'url' ? content : '',
    files:
      isFileType(type) && media !== null
        ? { [type]: { ...media, kind: type, name: media.filename, note: null, parts: [] } }
        : {},
  });
}

/** Starts the next draft with what another one shows and its look, with the audience as it was last. */
export function draftFrom({ type, text, caption, link, files, backgroundColor, font, trackLinks, utm }: Draft): void {
  keep({ draftId: null, type, text, caption, link, files, values: {}, backgroundColor, font, trackLinks, utm });
}

/** Addresses the draft, as far as it is written, to a list. */
export function draftForList(listId: string): void {
  keep({ audience: 'list', listId });
}

/** Empties what was posted; type, colours, font and audience are kept for the next post. */
export function clearPosted(): void {
  keep({
    draftId: null,
    text: '',
    caption: '',
    link: '',
    files: {},
    split: false,
    values: {},
    accounts: null,
    when: 'now',
    at: '',
    repeat: null,
  });
}

/** Goes on with a saved draft. */
export function draftFromSaved(draft: Draft): void {
  keep(draft);
}

/** The next draft begins with a time on the wall here. */
export function draftForTime(at: string): void {
  keep({ when: 'later', at, timeZone: '' });
}

/** The next draft begins as one that comes again. */
export function draftToRepeat(): void {
  keep({ when: 'repeat' });
}

function keep(part: Partial<Draft>): void {
  sessionStorage.setItem(storageName, JSON.stringify({ ...storedDraft(), ...part }));
}
