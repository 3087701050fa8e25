import type { ReplyFileReason } from '../contract/inbox/replies.js';
import { growingPauseMs } from '../lib/running/growing-pauses.js';
import type { FileOutcome, ReplyFile } from '../whatsapp/gateway.js';

/** The file of a reply whose turn it is. */
export interface ClaimedFile {
  replyId: string;
  organizationId: string;
  sessionId: string;
  source: ReplyFile;
  /** How often it was begun; whoever began the last time says how it ended. */
  tries: number;
}

/** What an attempt means. `again`: after the pause that the attempt began with, or at once when it was not WhatsApp's fault. */
export type FileSettlement =
  | { state: 'kept'; bytes: number }
  /** `isFinal`: it would be the same another time, so that how it is fetched is forgotten. */
  | { state: 'missing'; reason: ReplyFileReason; isFinal: boolean }
  | { state: 'again'; reason: ReplyFileReason | null; isUncounted: boolean };

/** With these pauses, about three days: WhatsApp keeps files for weeks, and a host that is away is not for long. */
const mostTries = 20;
const pauses = { firstMs: 15_000, longestMs: 6 * 60 * 60_000 };

/** From the beginning of an attempt, of which the process may not see the end, to the next. */
export function pauseAfter(tries: number): number {
  return growingPauseMs(tries, pauses);
}

/** `isRoomShort`: there was room for less than a file may have. */
export function settlementOf(outcome: FileOutcome | 'no_room', tries: number, isRoomShort: boolean): FileSettlement {
  if (outcome === 'no_room') return notNow('no_room', tries);
  if (outcome.result === 'fetched') return { state: 'kept', bytes: outcome.sizeBytes };
  if (outcome.connectionLost) return { state: 'again', reason: null, isUncounted: true };
  switch (outcome.because) {
    case 'gone':
    case 'damaged':
      return { state: 'missing', reason: outcome.because, isFinal: true };
    case 'too_large':
      // Another setting, and it is not.
      return isRoomShort ? notNow('no_room', tries) : { state: 'missing', reason: 'too_large', isFinal: false };
    case 'unreachable':
      return notNow('unreachable', tries);
  }
}

function notNow(reason: 'no_room' | 'unreachable', tries: number): FileSettlement {
  if (tries < mostTries) return { state: 'again', reason, isUncounted: false };
  return { state: 'missing', reason, isFinal: false };
}

/** In words, why a file cannot be fetched again. */
export const whyNever: Readonly<Record<ReplyFileReason, string>> = {
  view_once: 'Its sender wanted it to be seen once, so it is not kept here.',
  too_large: 'It is larger than REPLY_FILE_MAX_MB. Raise that, and fetch it again.',
  no_room: 'There is no room for it.',
  old: 'It came longer ago than files of replies are kept here (KEEP_REPLY_FILES_DAYS).',
  gone: 'WhatsApp has this file no longer. Ask the person to send it again.',
  damaged: 'What WhatsApp has is not what the message says. Ask the person to send it again.',
  unreachable: 'WhatsApp’s media hosts did not give it.',
  unnamed: 'The message does not say where its file is. Look at it on the phone.',
};
