import type { MediaContent } from './status-content.js';

/** What a private message of ours shows. */
export type PrivateContent = { type: 'text'; text: string } | MediaContent;

/** The message that a private message answers: shown above it, and found by its id on the phones that have it. */
export interface QuotedMessage {
  messageId: string;
  kind: 'text' | 'image' | 'video' | 'voice' | 'sticker' | 'document';
  /** The text, or what stands below the file. */
  text: string | null;
}

/** A private message to one person, which all their devices and all of ours get. */
export interface PrivateLetter {
  /** Chosen by us when the message was accepted; the same id on every attempt makes a repeat harmless. */
  messageId: string;
  content: PrivateContent;
  /** What it answers, a message of whoever gets this. */
  quoted: QuotedMessage;
  /** For so long they are shown before that we type; 0 shows nothing. */
  typingMs: number;
}

/** `reason` is for the log; `because` says what a person can do something about. */
export type PrivateOutcome =
  | { result: 'acknowledged'; at: Date }
  | { result: 'rejected'; code: string }
  /** It left, and no ack came in time: nobody knows. `connectionLost`: because the connection ended. */
  | { result: 'unconfirmed'; connectionLost: boolean }
  | {
      result: 'not_sent';
      reason: string;
      connectionLost: boolean;
      because?: 'upload_refused' | 'file_gone' | 'not_on_whatsapp' | 'no_device';
    };
