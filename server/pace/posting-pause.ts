import type { PublishFailure, PublishOutcome } from '../whatsapp/gateway.js';

const hourMs = 60 * 60_000;

/** Why posting should stand still, and for how long. `message` is a whole sentence that also stands after "because". */
export interface PauseReason {
  code: string;
  message: string;
  forMs: number;
}

/** How many of the last posts are looked at, and how many of them without an acknowledgement are too many. */
export const recentPosts = 5;
const tooManyUnconfirmed = 3;
/** After a temporary ban has ended, so that the first post does not start the next one. */
export const banMarginMs = hourMs;
const banWithoutTimeMs = 24 * hourMs;

const refusals: Readonly<Record<string, PauseReason>> = {
  '402': {
    code: '402',
    message: 'WhatsApp has banned this account for some time (402). Look at its phone.',
    forMs: banWithoutTimeMs,
  },
  '429': {
    code: '429',
    message: 'WhatsApp said that this account posts too much (429).',
    forMs: 2 * hourMs,
  },
  '463': {
    code: '463',
    message: 'WhatsApp has restricted this account (463). Look at its phone before you go on.',
    forMs: 24 * hourMs,
  },
};

/** What WhatsApp answered to a post. `none`: nothing in time, and `code` is that of a refusal. */
export type PostAnswer = { answer: 'confirmed' } | { answer: 'none' } | { answer: 'refused'; code: string };

/**
 * Whether the outcome of a post means that the account should stop for a while. `recent`: WhatsApp's answers to the last
 * posts, this one included, newest first.
 */
export function pauseAfter(
  outcome: PublishOutcome | PublishFailure,
  recent: readonly PostAnswer[],
): PauseReason | undefined {
  if (outcome.result === 'rejected' && refusals[outcome.code]) return refusals[outcome.code];
  if (outcome.result === 'acknowledged' || outcome.result === 'not_sent') return undefined;
  const looked = recent.slice(0, recentPosts);
  const unconfirmed = looked.filter(({ answer }) => answer === 'none').length;
  const codes = looked.flatMap((one) => (one.answer === 'refused' ? [one.code] : []));
  if (unconfirmed + codes.length < tooManyUnconfirmed) return undefined;
  return {
    code: codes[0] ?? 'unconfirmed',
    message: answersInWords(codes, unconfirmed, looked.length),
    forMs: hourMs,
  };
}

/** "WhatsApp refused 2 (500) and did not confirm 1 of the last 5 posts." */
function answersInWords(codes: readonly string[], unconfirmed: number, looked: number): string {
  const refused = `refused ${String(codes.length)} (${[...new Set(codes)].join(', ')})`;
  const silent = `did not confirm ${String(unconfirmed)}`;
  const did = [...(codes.length > 0 ? [refused] : []), ...(unconfirmed > 0 ? [silent] : [])].join(' and ');
  return `WhatsApp ${did} of the last ${String(looked)} posts.`;
}

/** A temporary ban that closed the connection. `untilMs` is how long WhatsApp said it lasts, if it did. */
export function pauseForBan(untilMs: number | undefined): PauseReason {
  const message = 'WhatsApp has banned this account for some time (402). Look at its phone.';
  return { code: '402', message, forMs: (untilMs ?? banWithoutTimeMs) + banMarginMs };
}
