import type { Answer, AnswerOrigin, AnswerReplyBody, AnswerState, AnswerType } from '../contract/inbox/replies.js';
import type { StatusMedia } from '../contract/statuses.js';
import { timestamp, timestampOrNull } from '../lib/timestamp.js';
import type { PrivateOutcome, QuotedMessage } from '../whatsapp/gateway.js';

/** What is answered to a reply. Times are epoch milliseconds. */
export interface AnswerRecord {
  id: string;
  organizationId: string;
  sessionId: string;
  replyId: string;
  /** Chosen when it was accepted: every attempt sends the same message. */
  messageId: string;
  origin: AnswerOrigin;
  state: AnswerState;
  type: AnswerType;
  /** The text, or the caption. */
  text: string | null;
  media: StatusMedia | null;
  createdBy: string | null;
  createdAt: number;
  /** How often it was begun to be sent; whoever began the last one says how it ended. */
  attempts: number;
  sentAt: number | null;
  deliveredAt: number | null;
  readAt: number | null;
  error: AnswerFailure | null;
}

export interface AnswerFailure {
  code: string;
  message: string;
}

/** The answer as it leaves the process, with whom it is for: whoever erases them finds it by that in what is kept. */
export function publicAnswer(record: AnswerRecord, person: Answer['person']): Answer {
  const { id, sessionId, replyId, origin, state, type, text, media, createdBy, error } = record;
  return {
    id,
    sessionId,
    replyId,
    person,
    origin,
    state,
    type,
    text,
    media,
    createdBy,
    createdAt: timestamp(record.createdAt),
    sentAt: timestampOrNull(record.sentAt),
    deliveredAt: timestampOrNull(record.deliveredAt),
    readAt: timestampOrNull(record.readAt),
    error,
  };
}

/** What of a request is kept beside its file. */
export function textOf(body: AnswerReplyBody): string | null {
  if (body.type === 'text') return body.content;
  return 'caption' in body ? (body.caption ?? null) : null;
}

/** What did not leave for so long would surprise whoever gets it. */
export const goodForMs = 24 * 60 * 60 * 1000;

const msPerCharacter = 40;
const shortestTypingMs = 700;
const longestTypingMs = 6_000;

/** About as long as a person needs, who types fast. */
export function typingMs(text: string | null): number {
  return Math.min(longestTypingMs, Math.max(shortestTypingMs, (text ?? '').length * msPerCharacter));
}

/** A reply as it is shown above its answer. */
export function quoteOf(reply: { messageId: string; kind: string; text: string | null }): QuotedMessage {
  const { messageId, text } = reply;
  return { messageId, kind: quotedKinds[reply.kind] ?? 'text', text };
}

const quotedKinds: Readonly<Record<string, QuotedMessage['kind']>> = {
  image: 'image',
  video: 'video',
  voice: 'voice',
  audio: 'voice',
  sticker: 'sticker',
  document: 'document',
};

/** So often is an answer begun before it is given up; waiting for a connection does not count. */
const mostAttempts = 5;

/** What an attempt means for the answer. `again`: it stays in the queue, under the same id. */
export type AnswerSettlement =
  | { state: 'sent'; at: Date }
  | { state: 'failed'; error: AnswerFailure }
  | { state: 'again'; isForConnection: boolean };

export function settlementOf(outcome: PrivateOutcome, attempts: number): AnswerSettlement {
  switch (outcome.result) {
    case 'acknowledged':
      return { state: 'sent', at: outcome.at };
    case 'rejected':
      return failed(outcome.code, rejectionInWords(outcome.code));
    case 'unconfirmed':
      if (outcome.connectionLost || attempts < mostAttempts) return again(outcome.connectionLost);
      return failed(
        'unconfirmed',
        'The answer left, but WhatsApp did not confirm it. Look into the chat before you answer again.',
      );
    case 'not_sent':
      if (outcome.because !== undefined) {
        const [code, message] = reasons[outcome.because];
        return failed(code, message);
      }
      if (outcome.connectionLost || attempts < mostAttempts) return again(outcome.connectionLost);
      return failed('not_sent', 'The answer could not be prepared, and nothing was sent. Answer again later.');
  }
}

const reasons = {
  upload_refused: [
    'whatsapp_error',
    'WhatsApp’s media servers did not take the file, and nothing was sent. Answer again later.',
  ],
  file_gone: ['media_missing', 'The file of this answer is gone from the server. Upload it again and answer anew.'],
  not_on_whatsapp: [
    'not_on_whatsapp',
    'WhatsApp does not know this person any more. They may have deleted their account.',
  ],
  no_device: [
    'no_device',
    'WhatsApp gave no keys for any device of this person, so nothing could be encrypted for them. Answer again later.',
  ],
} as const satisfies Record<string, readonly [string, string]>;

function rejectionInWords(code: string): string {
  if (code === '463') {
    return 'WhatsApp refused the answer: this account may not write to this person at the moment (463). Answer from the phone, or later.';
  }
  if (code === '429') return 'WhatsApp refused the answer because it was too much (429). Answer again later.';
  return `WhatsApp refused the answer with code ${code}. Answer again; if that happens each time, answer from the phone.`;
}

function failed(code: string, message: string): AnswerSettlement {
  return { state: 'failed', error: { code, message } };
}

function again(isForConnection: boolean): AnswerSettlement {
  return { state: 'again', isForConnection };
}
