import type { Status, StatusState } from '../../../server/contract/statuses.js';
import type { Tone } from '../ui/tone.js';

/** Every state of a post in a word and tone. */
export const statusStateWords: Record<StatusState, { label: string; tone: Tone; hint: string }> = {
  scheduled: { label: 'Scheduled', tone: 'waiting', hint: 'It goes out by itself at the chosen time.' },
  queued: { label: 'Queued', tone: 'waiting', hint: 'It goes out as soon as the account is free.' },
  sending: { label: 'Sending', tone: 'waiting', hint: 'It is on its way to WhatsApp.' },
  sent: { label: 'Live', tone: 'good', hint: 'WhatsApp has it, and shows it to your audience.' },
  failed: { label: 'Failed', tone: 'bad', hint: 'It did not go out.' },
  canceled: { label: 'Canceled', tone: 'quiet', hint: 'It was canceled before it went out.' },
  deleted: { label: 'Deleted', tone: 'quiet', hint: 'It was taken back and is no longer shown on WhatsApp.' },
  expired: { label: 'Ended', tone: 'quiet', hint: 'Its 24 hours are over, so WhatsApp no longer shows it.' },
};

/** Whether the post is still on its way out. */
export function isUnderWay({ state }: Pick<Status, 'state'>): boolean {
  return state === 'queued' || state === 'sending';
}

/** Whether people can or could see the post, so that its counts mean something. */
export function wasPosted({ state }: Pick<Status, 'state'>): boolean {
  return state === 'sent' || state === 'expired' || state === 'deleted';
}
