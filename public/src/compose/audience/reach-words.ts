import type { AudiencePreview, ExclusionReason } from '../../../../server/contract/audiences.js';

/** Why people are left out: after a number in a line, and as a sentence about them. */
export const reasonWords: Record<ExclusionReason, { short: string; long: string }> = {
  own_account: { short: 'your own number', long: 'Your own number gets every post anyway, and is not counted.' },
  excepted: { short: 'your exceptions', long: 'You chose to leave them out of this post.' },
  opted_out: { short: 'opted out', long: 'They do not want your posts. You see them under People, Opt-outs.' },
  story_privacy_denied: {
    short: 'hidden from on the phone',
    long: 'The status privacy on the phone hides your statuses from them.',
  },
  story_privacy_not_allowed: {
    short: 'not chosen on the phone',
    long: 'The status privacy on the phone shows statuses to chosen people only.',
  },
  story_privacy_unknown: {
    short: 'perhaps hidden from on the phone',
    long: 'WhatsApp has not said whether they are on the phone’s list. It is asked again when the post goes out.',
  },
  opt_out_unknown: {
    short: 'perhaps opted out',
    long: 'WhatsApp has not said which of the numbers that opted out are theirs. It is asked again when the post goes out.',
  },
  exception_unknown: {
    short: 'perhaps your exceptions',
    long: 'WhatsApp has not said whether they are among your exceptions, so they are left out.',
  },
};

/** "opted out 4, your exceptions 8": the reasons of one or several previews, the most frequent first. */
export function reasonsOf(previews: readonly AudiencePreview[]): { reason: ExclusionReason; count: number }[] {
  const counts = new Map<ExclusionReason, number>();
  for (const { excludedByReason } of previews) {
    for (const { reason, count } of excludedByReason) counts.set(reason, (counts.get(reason) ?? 0) + count);
  }
  return [...counts].map(([reason, count]) => ({ reason, count })).sort((one, other) => other.count - one.count);
}

/** "a few seconds", "about 3 minutes". */
export function aboutDuration(seconds: number): string {
  if (seconds < 15) return 'a few seconds';
  if (seconds < 50) return 'less than a minute';
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return minutes <= 1 ? 'about a minute' : `about ${String(minutes)} minutes`;
  const hours = Math.round(minutes / 60);
  return hours === 1 ? 'about an hour' : `about ${String(hours)} hours`;
}

/** What is missing from these previews, one per account; null when nothing is. `names`: of the accounts, by their ids. */
export function missingListWords(
  previews: readonly { sessionId: string; preview: Pick<AudiencePreview, 'note'> }[],
  names: ReadonlyMap<string, string>,
): string | null {
  const missing = previews.filter(({ preview }) => preview.note?.code === 'story_privacy_unknown');
  if (missing.length === 0) return null;
  const named = missing.map(({ sessionId }) => names.get(sessionId) ?? sessionId).join(', ');
  const which = previews.length > 1 ? ` of ${named}` : '';
  return `WhatsApp has not said yet from whom the phone${which} hides statuses. Whoever that is counts here; the post waits until it is known, and leaves them out.`;
}
