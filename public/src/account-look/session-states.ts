import type { Session, SessionState } from '../../../server/contract/sessions.js';
import type { Tone } from '../ui/tone.js';

interface StateWords {
  label: string;
  tone: Tone;
  /** What it means, and what to do about it. */
  hint: string;
}

/** Every state of an account in words and tone. */
export const sessionStateWords: Record<SessionState, StateWords> = {
  connected: { label: 'Connected', tone: 'good', hint: 'Ready to post.' },
  starting: { label: 'Starting', tone: 'waiting', hint: 'This takes a few seconds.' },
  connecting: { label: 'Connecting', tone: 'waiting', hint: 'Talking to WhatsApp. This takes a few seconds.' },
  waiting_for_qr: { label: 'Waiting for scan', tone: 'attention', hint: 'Scan the QR code with the phone to link it.' },
  waiting_for_pairing_code: {
    label: 'Waiting for code',
    tone: 'attention',
    hint: 'Enter the code on the phone to link it.',
  },
  disconnected: {
    label: 'Reconnecting',
    tone: 'attention',
    hint: 'The connection was lost. It is tried again by itself.',
  },
  failed: {
    label: 'Stopped with an error',
    tone: 'bad',
    hint: 'It gave up trying. Restart it when the cause is gone.',
  },
  logged_out: { label: 'Unlinked', tone: 'bad', hint: 'The phone removed this device. Link it again to post.' },
  stopped: { label: 'Stopped', tone: 'quiet', hint: 'It was stopped and keeps its link. Start it to post.' },
};

/** Whether a phone has been paired with this account, connected now or not. */
export function isLinked(session: Session): boolean {
  return session.state !== 'logged_out' && session.jid !== null;
}

/** Whether a post is accepted: it goes out now, or as soon as the account is back by itself. */
export function canPost(session: Session): boolean {
  return session.connected || (isLinked(session) && ['starting', 'connecting', 'disconnected'].includes(session.state));
}

/** Whether the account shows a code and waits for its phone. */
export function isLinking({ state }: Pick<Session, 'state'>): boolean {
  return state === 'waiting_for_qr' || state === 'waiting_for_pairing_code';
}

/** Whether nothing goes on until a person acts. */
export function isIdle({ state }: Pick<Session, 'state'>): boolean {
  return state === 'stopped' || state === 'failed' || state === 'logged_out';
}
