import { type ClosePhase, type DisconnectRule, inWords, readSuspension, ruleForClose } from './disconnect-table.js';
import type { GatewayEvent } from '../gateway.js';

type ClosedEvent = Extract<GatewayEvent, { type: 'closed' }>;

/** Why a socket is at its end, before it is known what that means. */
export interface CloseCause {
  code: number | null;
  reason: string;
  /** Attributes of the stanza behind it, where there was one. */
  data?: unknown;
  /** What to do, where the code does not tell. */
  rule?: DisconnectRule;
}

/** What Baileys says when the last QR code ran out; the only sign that tells this 408 from a lost connection. */
const codesEndedMessage = 'QR refs attempts ended';

/** What Baileys says when WhatsApp ended the stream in order. */
const streamEndedMessage = 'Connection Terminated by Server';

/** The same end where WhatsApp was first: it closes the stream when the last code has run out. */
export function causeDuringLastCode(cause: CloseCause): CloseCause {
  return cause.reason === streamEndedMessage ? { ...cause, code: 408, reason: codesEndedMessage } : cause;
}

/** Reads the error of Baileys' `close` event: a Boom, whose status code is WhatsApp's close code. */
export function causeOfError(error: unknown): CloseCause {
  if (!(error instanceof Error)) return { code: null, reason: 'closed' };
  const output: unknown = 'output' in error ? error.output : undefined;
  const code = typeof output === 'object' && output !== null && 'statusCode' in output ? output.statusCode : null;
  return {
    code: typeof code === 'number' ? code : null,
    reason: error.message,
    ...('data' in error ? { data: error.data } : {}),
  };
}

/** The event that tells of the end, with what is right to do about it. */
export function closedEvent(cause: CloseCause, linked: boolean): ClosedEvent {
  const phase: ClosePhase = linked ? 'linked' : cause.reason === codesEndedMessage ? 'codes_ended' : 'linking';
  const rule = cause.rule ?? ruleForClose(cause.code, phase);
  const { action, remedy } = rule;
  const message = inWords(rule);
  const event = {
    type: 'closed' as const,
    code: cause.code,
    reason: cause.reason,
    action,
    message,
    remedy,
    retryAfterMs: null,
  };
  if (action !== 'pause') return event;
  const suspension = readSuspension(typeof cause.data === 'object' && cause.data !== null ? { ...cause.data } : {});
  const because = suspension.reason === null ? '' : ` The reason it gave: ${suspension.reason}.`;
  return { ...event, message: message + because, retryAfterMs: suspension.retryAfterMs };
}
