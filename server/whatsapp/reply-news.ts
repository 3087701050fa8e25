import type { ReplyKind } from '../contract/inbox/replies.js';
import type { PersonAddress } from './person-address.js';

/** A file on WhatsApp's media hosts, as the message that came with it names it. Nothing of it is checked yet. */
export interface ReplyFile {
  /** Path and query below any of the media hosts. */
  directPath: string;
  /** From which the keys of the file are derived, for the kind of media that it is. */
  mediaKey: Uint8Array;
  keysOf: 'image' | 'video' | 'audio' | 'document';
  fileSha256: Uint8Array;
  /** Of the file as it lies there; null where the message does not say it. */
  fileEncSha256: Uint8Array | null;
  /** What the sender says of it. */
  sizeBytes: number | null;
  mimeType: string | null;
  filename: string | null;
  width: number | null;
  height: number | null;
  durationMs: number | null;
}

/** Where a file of a reply goes while it comes. */
export interface FileTarget {
  /** Of a file that is not there yet. Whoever asks deletes it, also half of it, or moves it where it belongs. */
  path: string;
  maxBytes: number;
  /** Ends the fetching. */
  signal: AbortSignal;
}

/**
 * What came of fetching a file. `gone`: none of the hosts has it any more. `damaged`: it is not what the message says. `unreachable`:
 * for now; `connectionLost`: because the connection ended, or whoever asked did not want it any more. `reason` is for the log.
 */
export type FileOutcome =
  | { result: 'fetched'; sizeBytes: number }
  | {
      result: 'not_fetched';
      because: 'gone' | 'damaged' | 'too_large' | 'unreachable';
      reason: string;
      connectionLost: boolean;
    };

/**
 * A private message of somebody that answers a status, or what its sender did with one afterwards; of which messages that is
 * said, only their ids can tell. Also what own devices answer to such a message; they appear nowhere else here.
 */
export type ReplyNews = {
  /** Of the message that answers. */
  messageId: string;
  person: PersonAddress;
  /** WhatsApp's time. */
  at: Date;
} & (
  | {
      change: 'sent';
      /** How its sender calls themselves. */
      pushName: string | null;
      statusMessageId: string;
      kind: ReplyKind;
      /** The words of a text, or the caption of a file. */
      text: string | null;
      file: ReplyFile | null;
      /** The sender wanted the file to be seen once, and not kept. */
      isViewOnce: boolean;
    }
  | { change: 'edited'; text: string }
  | {
      /** Another device of the account wrote to this person, quoting a message of theirs (`quotedId`) or a status. */
      change: 'answered';
      quotedId: string;
      statusMessageId: string | null;
      kind: ReplyKind;
      text: string | null;
    }
  | { change: 'taken_back' }
);
