import type { CloseAction } from '../gateway.js';

/** What to do after a close: what happened in words and, where a person must act, the remedy. */
export interface DisconnectRule {
  action: CloseAction;
  what: string;
  remedy: string | null;
}

/** Mends by itself. */
function mends(action: CloseAction, what: string): DisconnectRule {
  return { action, what, remedy: null };
}

/** Stays as it is until a person does something. */
function needsPerson(action: CloseAction, what: string, remedy: string): DisconnectRule {
  return { action, what, remedy };
}

const lost = mends('reconnect', 'The connection to WhatsApp was lost.');

/**
 * One row per close code. The codes are those of `<failure reason>` and `<stream:error code>`, or what Baileys makes of a
 * lost socket (408, 428); 440 stands for a conflict.
 */
const rules: Readonly<Record<number, DisconnectRule>> = {
  401: needsPerson('unlink', 'The account was unlinked from this device.', 'Start the session again and link it anew.'),
  402: mends('pause', 'WhatsApp has suspended the account for a while. Posting stops until the suspension is over.'),
  403: needsPerson(
    'stop',
    'WhatsApp has locked the account, or its phone is gone.',
    'Open WhatsApp on the phone and follow what it says, then start the session again.',
  ),
  405: needsPerson(
    'stop',
    'WhatsApp no longer accepts the version of this client.',
    'Update this server, then start the session again.',
  ),
  406: needsPerson(
    'stop',
    'WhatsApp has banned this number.',
    'Ask for a review in WhatsApp on the phone; once it is lifted, start the session again.',
  ),
  408: lost,
  409: needsPerson(
    'stop',
    'WhatsApp refused how this client introduces itself.',
    'Update this server, then start the session again.',
  ),
  411: needsPerson(
    'stop',
    'The account does not support linked devices.',
    'Update WhatsApp on the phone, then log the session out and link it again.',
  ),
  428: lost,
  440: needsPerson(
    'stop',
    'Another program uses the same linked device.',
    'Stop that program, then start this session again.',
  ),
  500: mends('reconnect', 'WhatsApp ended the connection because of an error.'),
  503: mends('reconnect', 'WhatsApp is not available at the moment.'),
  515: mends('reconnect_now', 'WhatsApp asked for a new connection.'),
};

const linkExpired = needsPerson(
  'link_expired',
  'Nobody linked the account in time.',
  'Start the session again for a new QR code or pairing code.',
);

/** The socket is open and does not work. */
export const stuck = mends('reconnect', 'The connection to WhatsApp was open but did not work any more.');

/** 405, once a newer version of WhatsApp Web is known. */
export const newVersion = mends('reconnect_now', 'WhatsApp asked for a newer client version.');

/** The account insists on a passkey, which only a browser on WhatsApp's own site can present. */
export const passkeyGate = needsPerson(
  'stop',
  'This account asks for its passkey before it links a device, and a server cannot present one.',
  'Remove the passkey in WhatsApp on the phone (Settings, Account, Passkeys), then start the session again and link it.',
);

/** `codes_ended`: the last QR code of an attempt to link ran out. */
export type ClosePhase = 'linking' | 'codes_ended' | 'linked';

/** What a close code means; null is a socket that closed without one. The phase tells the two meanings of 408 apart. */
export function ruleForClose(code: number | null, phase: ClosePhase): DisconnectRule {
  if (phase === 'codes_ended') return linkExpired;
  if (phase === 'linking' && code === 401) {
    return needsPerson('unlink', 'WhatsApp refused the attempt to link.', 'Start the session again to retry.');
  }
  if (code === null) return lost;
  const rule = rules[code];
  if (rule !== undefined) return rule;
  if (code >= 400 && code < 500) {
    return needsPerson(
      'reconnect_few',
      `WhatsApp refused the connection (code ${String(code)}).`,
      'If it stays so, update this server, then start the session again.',
    );
  }
  return mends('reconnect', `WhatsApp ended the connection (code ${String(code)}).`);
}

/** What is shown to a person: what happened and what to do. */
export function inWords({ what, remedy }: Pick<DisconnectRule, 'what' | 'remedy'>): string {
  return remedy === null ? what : `${what} ${remedy}`;
}

const suspensionReasons: Readonly<Record<string, string>> = {
  '101': 'too many messages to people who did not save the number',
  '102': 'too many people blocked the number',
  '103': 'too many groups with people who did not save the number',
  '104': 'the same message to too many people',
  '106': 'too many messages to a broadcast list',
};

/** The suspension behind a 402: its end in milliseconds from now (with a minute's margin) and its reason in words. */
export function readSuspension(attributes: Readonly<Record<string, unknown>>): {
  retryAfterMs: number;
  reason: string | null;
} {
  const seconds = Number(attributes['expire']);
  const known = Number.isFinite(seconds) && seconds > 0 ? seconds : 3600;
  return { retryAfterMs: (known + 60) * 1000, reason: suspensionReasons[String(attributes['code'])] ?? null };
}
