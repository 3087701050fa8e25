import type { SessionState } from '../contract/sessions.js';

/** What can happen to a session, whoever caused it. */
export type SessionEvent =
  /** Somebody, or the start of the server, wants it to run. */
  | 'start'
  /** A socket is being opened with the credentials of a linked account. */
  | 'dial'
  | 'qr_shown'
  | 'code_shown'
  /** The phone has linked this device; WhatsApp asks for a new connection. */
  | 'paired'
  | 'opened'
  /** The connection is gone and will be tried again. */
  | 'lost'
  /** Not to be tried again without a person. */
  | 'gave_up'
  /** The phone unlinked this device. */
  | 'unlinked'
  | 'stop';

const running: readonly SessionState[] = [
  'starting',
  'waiting_for_qr',
  'waiting_for_pairing_code',
  'connecting',
  'connected',
  'disconnected',
];
const resting: readonly SessionState[] = ['stopped', 'failed', 'logged_out'];
const linking: readonly SessionState[] = ['starting', 'waiting_for_qr', 'waiting_for_pairing_code', 'disconnected'];

/** The whole life of a session: each event, the states in which it means something, and the state that follows. */
export const transitions: Readonly<Record<SessionEvent, { from: readonly SessionState[]; to: SessionState }>> = {
  start: { from: [...resting, ...running], to: 'starting' },
  dial: { from: ['starting', 'disconnected', 'connecting', 'connected'], to: 'connecting' },
  qr_shown: { from: linking, to: 'waiting_for_qr' },
  code_shown: { from: linking, to: 'waiting_for_pairing_code' },
  paired: { from: linking, to: 'connecting' },
  opened: { from: ['starting', 'connecting', 'disconnected'], to: 'connected' },
  lost: { from: running, to: 'disconnected' },
  gave_up: { from: running, to: 'failed' },
  unlinked: { from: [...running, ...resting], to: 'logged_out' },
  stop: { from: [...running, ...resting], to: 'stopped' },
};

/** The state after the event, or undefined where the event means nothing. */
export function nextState(state: SessionState, event: SessionEvent): SessionState | undefined {
  const { from, to } = transitions[event];
  return from.includes(state) ? to : undefined;
}

/** Whether something is being done for the session, now or at `nextRetryAt`. */
export function isRunning(state: SessionState): boolean {
  return running.includes(state);
}

/** Whether a code is shown for somebody to scan or type. */
export function isWaitingForLink(state: SessionState): boolean {
  return state === 'waiting_for_qr' || state === 'waiting_for_pairing_code';
}
