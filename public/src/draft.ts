import { useEffect, useState } from 'react';
import { z } from 'zod';
import { colorSchema, statusFontSchema } from '../../server/contract/statuses.js';
import type { Status } from '../../server/contract/statuses.js';
import { defaultBackgroundColor } from '../../server/contract/status-colors.js';

const draftSchema = z.object({
  text: z.string(),
  backgroundColor: colorSchema,
  font: statusFontSchema,
  audience: z.enum(['self', 'numbers']),
  numbers: z.string(),
});

/** A post that is being written. */
export type Draft = z.infer<typeof draftSchema>;

const emptyDraft: Draft = {
  text: '',
  backgroundColor: defaultBackgroundColor,
  font: 'system',
  audience: 'numbers',
  numbers: '',
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

/** Starts the next draft from an earlier post: its text and look, with the audience as it was last. */
export function draftFromPost({ content, style }: Status): void {
  const { backgroundColor, font } = style;
  const look = {
    ...(backgroundColor === undefined ? {} : { backgroundColor }),
    ...(font === undefined ? {} : { font }),
  };
  sessionStorage.setItem(storageName, JSON.stringify({ ...storedDraft(), ...look, text: content }));
}

/** Empties the text after it was posted; colours, font and audience are kept for the next post. */
export function clearDraftText(): void {
  sessionStorage.setItem(storageName, JSON.stringify({ ...storedDraft(), text: '' }));
}
