import type { CloseAction } from './gateway.js';

/** What to do after a close and, where a person must act, the sentence that tells them how. */
export interface DisconnectRule {
  action: CloseAction;
  message: string;
}

const lost: DisconnectRule = { action: 'reconnect', message: 'The connection to WhatsApp was lost.' };

/**
 * One row per close code. The codes are those of `<failure reason>` and `<stream:error code>`, or what Baileys makes of a
 * lost socket (408, 428); 440 stands for a conflict.
 */
const rules: Readonly<Record<number, DisconnectRule>> = {
  401: { action: 'unlink', message: 'The account was unlinked from this device. Link it again.' },
  402: {
    action: 'pause',
    message: 'WhatsApp has suspended the account for a while. Posting stops until the suspension is over.',
  },
  403: {
    action: 'stop',
    message:
      'WhatsApp has locked the account or its phone is gone. Open WhatsApp on the phone and follow what it says, then start again.',
  },
  405: {
    action: 'stop',
    message: 'WhatsApp no longer accepts this client version. Update this server, then start again.',
  },
  406: { action: 'stop', message: 'WhatsApp has banned this number. Ask for a review in WhatsApp on the phone.' },
  408: lost,
  409: { action: 'stop', message: 'WhatsApp refused how this client introduces itself. Update this server.' },
  411: {
    action: 'stop',
    message: 'The account does not support linked devices. Update WhatsApp on the phone, then link again.',
  },
  428: lost,
  440: {
    action: 'stop',
    message: 'Another program uses the same linked device. Stop that program, then start this session again.',
  },
  500: { action: 'reconnect', message: 'WhatsApp ended the connection because of an error.' },
  503: { action: 'reconnect', message: 'WhatsApp is not available at the moment.' },
  515: { action: 'reconnect_now', message: 'WhatsApp asked for a new connection.' },
};

const linkExpired: DisconnectRule = {
  action: 'link_expired',
  message: 'Nobody linked the account in time. Start the session again for a new QR code or pairing code.',
};

/** `codes_ended`: the last QR code of an attempt to link ran out. */
export type ClosePhase = 'linking' | 'codes_ended' | 'linked';

/** What a close code means; null is a socket that closed without one. The phase tells the two meanings of 408 apart. */
export function ruleForClose(code: number | null, phase: ClosePhase): DisconnectRule {
  if (phase === 'codes_ended') return linkExpired;
  if (phase === 'linking' && code === 401) {
    return { action: 'unlink', message: 'WhatsApp refused the attempt to link. Start the session again to retry.' };
  }
  if (code === null) return lost;
  const rule = rules[code];
  if (rule !== undefined) return rule;
  if (code >= 400 && code < 500) {
    return { action: 'reconnect_few', message: `WhatsApp refused the connection (code ${String(code)}).` };
  }
  return { action: 'reconnect', message: `WhatsApp ended the connection (code ${String(code)}).` };
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
