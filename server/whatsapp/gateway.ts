/**
 * The port to WhatsApp, in this product's words. Nothing outside `server/whatsapp` knows which library speaks the wire.
 */

import type { Tx } from '../db/unit-of-work.js';
import type { PersonAddress } from './person-address.js';
import type { PrivateOutcome, PrivateLetter } from './private-message.js';
import type { FileOutcome, FileTarget, ReplyFile, ReplyNews } from './reply-news.js';
import type { StatusContent } from './status-content.js';

export type { PrivateContent, PrivateOutcome, PrivateLetter, QuotedMessage } from './private-message.js';

export type {
  ImageContent,
  LinkContent,
  MediaContent,
  MediaFile,
  StatusContent,
  TextContent,
  VideoContent,
  VoiceContent,
} from './status-content.js';
export type { PersonAddress } from './person-address.js';
export type { FileOutcome, FileTarget, ReplyFile, ReplyNews } from './reply-news.js';

/** WhatsApp did not answer a question that has to be answered before anything may leave. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError';

  constructor(
    message: string,
    readonly about: 'recipients' | 'story_privacy' = 'recipients',
  ) {
    super(message);
  }
}

/** The linked account as WhatsApp names it. `jid` and `lid` are whole JIDs without a device. */
export interface AccountIdentity {
  jid: string;
  lid: string | null;
  phoneNumber: string;
  deviceId: number;
  pushName: string | null;
  /** The system of the phone, as it said when it linked this device. */
  platform: string | null;
}

export type ReceiptKind = 'delivered' | 'read' | 'played';

/** What somebody reacted to a status with; null: they took it back. */
export interface Reaction {
  emoji: string | null;
  /** By the clock of the person's device, as far as that can be: the last one counts, in whatever order they come. */
  reactedAt: Date;
}

/** A wire fact about one of our statuses. Own devices never appear here. `at` is WhatsApp's time. */
export type StatusReceipt = {
  messageId: string;
  person: PersonAddress;
  at: Date;
  /** It came as receipts for private messages do: whether it is about a status, only its id can tell. */
  viaChat?: true;
} & (
  | { kind: ReceiptKind }
  /** Told with the reply itself, not among receipts. */
  | { kind: 'replied' }
  | { kind: 'reacted'; reaction: Reaction }
);

/** What is right to do after a close. */
export type CloseAction =
  /** Part of the normal course (right after pairing): at once, and not a failure. */
  | 'reconnect_now'
  /** Again with growing pauses, for as long as it takes. */
  | 'reconnect'
  /** Again with growing pauses, a few times only. */
  | 'reconnect_few'
  /** Again after `retryAfterMs`. */
  | 'pause'
  /** Never on our own: a person must act first. */
  | 'stop'
  /** The credentials are worthless: delete them; linking starts over. */
  | 'unlink'
  /** Nobody scanned or typed the code in time; credentials were never made. */
  | 'link_expired';

export type GatewayEvent =
  | { type: 'qr'; qr: string; expiresAt: Date }
  | { type: 'pairing-code'; pairingCode: string; phoneNumber: string; expiresAt: Date }
  | { type: 'paired'; account: AccountIdentity }
  | { type: 'open'; account: AccountIdentity }
  | { type: 'account-changed'; account: AccountIdentity }
  /**
   * The socket is gone for good; a new `open` is needed. `code` is WhatsApp's close code, null when there was none;
   * `message` is for a person and ends with the `remedy`, if a person can do something; `reason` is for the log.
   * `retryAfterMs` is set when WhatsApp named a time.
   */
  | {
      type: 'closed';
      code: number | null;
      reason: string;
      message: string;
      remedy: string | null;
      action: CloseAction;
      retryAfterMs: number | null;
    };

/** Whom an account shows statuses to, as its phone has it. */
export const statusSettings = ['contacts', 'allowlist', 'denylist'] as const;
export type StatusSetting = (typeof statusSettings)[number];
export type StoryPrivacyMode = StatusSetting;

/** A number and the LID of the same person, as WhatsApp told it. */
export interface AddressPair {
  phoneNumber: string;
  lid: string;
  /** Another number that was written for this person, where WhatsApp answered with its own. */
  writtenAs?: string | undefined;
}

/** What WhatsApp knows of a number that somebody wrote. */
export interface FoundNumber {
  exists: boolean;
  /** The number by which WhatsApp knows the person: for some countries not the one that was written. */
  phoneNumber: string;
  /** null for somebody who has none. */
  lid: string | null;
}

/** One thing that the phone, or WhatsApp, told of the account's address book. Only what is set is news. */
export type AddressBookNews =
  /** The device was linked anew: everything is told again. */
  | { type: 'linked'; phoneNumber: string }
  /**
   * `savedName`: as saved on the phone; `verifiedName`: of a business, as its certificate says; `pushName`: as the person
   * calls themselves.
   */
  | { type: 'contact'; person: PersonAddress; savedName?: string; verifiedName?: string; pushName?: string }
  /** No longer saved on the phone. */
  | { type: 'contact-removed'; person: PersonAddress }
  /** `chat` is a person, or the JID of a group. */
  | {
      type: 'chat';
      chat: PersonAddress | { groupJid: string };
      name?: string;
      /** A new count, or how many messages came on top of the last one. */
      unread?: { count: number } | { more: number };
      lastMessageAt?: Date;
    }
  | { type: 'chat-removed'; chat: PersonAddress | { groupJid: string } }
  /** Whom the phone shows statuses to. `people` are those of the list; nobody for `contacts`. */
  | { type: 'story-privacy'; mode: StoryPrivacyMode; people: PersonAddress[] }
  /** Whether the account sends read receipts. WhatsApp then also hides who viewed its statuses. */
  | { type: 'read-receipts'; areOn: boolean }
  /** From here on the saved contacts are told from the beginning. */
  | { type: 'sync-started' }
  /** Every saved contact was told. `isWhole`: since the last `sync-started`, so whoever was not told is not saved any more. */
  | { type: 'synced'; isWhole: boolean };

export type NumberCheck =
  | { result: 'answered'; exists: boolean; jid: string | null; lid: string | null }
  /** WhatsApp did not answer in time, or not with sense; `reason` is for the log. */
  | { result: 'unanswered'; reason: string };

export type ResyncOutcome =
  | { result: 'told' }
  /** The phone has not shared the keys of the address book yet; it tells all of it as soon as it does. */
  | { result: 'no_keys' }
  | { result: 'failed'; reason: string };

/** A device of this person could not open a status, for the `attempt`th time (from 1). */
export interface RetryRequest {
  messageId: string;
  person: PersonAddress;
  attempt: number;
  /** It was not the status that could not be opened, but what takes it back. */
  isRevoke: boolean;
}

export interface GatewayListener {
  onEvent(event: GatewayEvent): void;
  /**
   * Receipts for our statuses, reactions among them, in wire order. WhatsApp is told that we have them only after this settles, so a
   * rejection or a crash makes it deliver them again: recording must be idempotent.
   */
  onReceipts(receipts: StatusReceipt[]): Promise<void>;
  /**
   * Private messages that answer a status, and what became of messages that may have done so, in wire order. WhatsApp is told that
   * we have them only after this settles, as with receipts: recording must be idempotent.
   */
  onReplies(news: ReplyNews[]): Promise<void>;
  /** Whether the person was among the recipients and may have it again. Without it nobody but the own devices gets it. */
  onRetry?(request: RetryRequest): Promise<boolean>;
  /** A phone number and a LID turned out to be the same person. */
  onAddressPairs(pairs: AddressPair[]): Promise<void>;
  /**
   * The address book, in the order it was told, a few hundred at a time; the next ones come after this has settled.
   * After a rejection no `synced` follows on this connection.
   */
  onAddressBook(news: AddressBookNews[]): Promise<void>;
}

export type LinkMethod =
  { method: 'qrcode' } | { method: 'pairing'; phoneNumber: string; customCode?: string | undefined };

export interface OpenRequest {
  sessionId: string;
  /** Used only when the session has no credentials yet. */
  link: LinkMethod;
  listener: GatewayListener;
}

/** `no_lid`, `no_number`: the account posts to LIDs, or to numbers, and the person is known by the other only. */
export type RecipientOutcome = 'included' | 'no_device' | 'no_lid' | 'no_number' | 'not_on_whatsapp' | 'key_error';

export interface RecipientResult {
  /** The very object that the request named. */
  person: PersonAddress;
  outcome: RecipientOutcome;
}

/** A part of a post that WhatsApp has acknowledged. */
export interface AcknowledgedChunk {
  recipients: RecipientResult[];
  at: Date;
  /**
   * WhatsApp gave no keys for the own phone, so that the post is missing under "My status" there; undefined when the part was
   * not for the own devices.
   */
  ownPhoneIsMissing?: boolean | undefined;
}

/** One of those a post is for, before it leaves. */
export interface Addressee {
  /** The very object that the request named. */
  person: PersonAddress;
  /** All that is known of the person by now. */
  address: PersonAddress;
}

/** What a post has been waiting for during some seconds, and when it is given up, if that is known. */
export interface PublishWait {
  /**
   * `lookup`: whom to address, and their keys. `upload`: the file. `ack`: the confirmation of what has left; `late_ack`: one
   * of before. `slower`: a pause after WhatsApp said that it was too much, or nothing.
   */
  what: 'lookup' | 'upload' | 'ack' | 'late_ack' | 'slower';
  until: Date | null;
}

export interface PublishRequest {
  /** Chosen by us when the status was accepted; the same id on every attempt makes a repeat harmless. */
  messageId: string;
  content: StatusContent;
  /** Without the own account, which the publisher always adds. Those who come first are served first. */
  recipients: PersonAddress[];
  /** Some have it already, the own devices among them: these are the others. */
  resumed?: boolean;
  /**
   * Told after each part that WhatsApp acknowledged; the next one waits until it settles. Those it was told of are not in
   * the outcome again.
   */
  onChunk?: ((chunk: AcknowledgedChunk) => Promise<void>) | undefined;
  onProgress?: ((progress: { done: number; total: number }) => void) | undefined;
  /** Told when something has been waited for some seconds, and with null when it goes on. */
  onWaiting?: ((waiting: PublishWait | null) => void) | undefined;
  /**
   * Asked about everybody before anything is encrypted, when their LIDs are known as far as they can be, and again before
   * a part leaves: who of these must not get it. They are in no outcome. Not asked when a part is repeated, which may have
   * reached them. After an `UnansweredError` nothing (more) of the post leaves.
   */
  leftOut?: ((recipients: readonly Addressee[]) => Promise<ReadonlySet<PersonAddress>>) | undefined;
  /**
   * `apply`, the default: `leftOut` is not asked before WhatsApp has answered, or refused to, whom the phone shows statuses
   * to. `ignore`: that is no matter of this post.
   */
  storyPrivacy?: 'apply' | 'ignore';
  /** Whom the account shows statuses to; WhatsApp is told with the post. Asked after `leftOut`. Default `contacts`. */
  setting?: () => Promise<StatusSetting>;
}

export interface RevokeRequest {
  /** Of the message that takes the other one back. */
  messageId: string;
  /** The status to take back. */
  revokedId: string;
  /** Everybody who got it, without the own account. */
  recipients: PersonAddress[];
  /** It was taken back from some already, the own devices among them: these are the others. */
  resumed?: boolean;
  /** As with a post. */
  onChunk?: PublishRequest['onChunk'];
}

/** Why a post, or what was left of it, did not arrive. */
export type PublishFailure =
  /** WhatsApp refused it; `code` is its ack code. */
  | { result: 'rejected'; code: string }
  /** It left, and no ack came in time: nobody knows. `connectionLost`: because the connection ended. */
  | { result: 'unconfirmed'; connectionLost: boolean }
  /**
   * Nobody was sent anything; `reason` is for the log. `connectionLost`: because the connection ended. `upload`: WhatsApp
   * did not take the file, or we do not have it any more. `nobodyLeft`: everybody was left out (`leftOut`).
   * `ownPhoneIsMissing`: it was for the own account alone, whose phone has no usable keys. `storyPrivacyIsUnknown`: nobody
   * can say from whom the phone hides statuses.
   */
  | {
      result: 'not_sent';
      reason: string;
      connectionLost: boolean;
      upload?: 'refused' | 'file_gone';
      nobodyLeft?: true;
      ownPhoneIsMissing?: true;
      storyPrivacyIsUnknown?: true;
    };

export type PublishOutcome = { recipients: RecipientResult[] } & (
  | { result: 'acknowledged'; at: Date }
  /** Some have it, and `rest` is what happened then. Those who are in no list were not reached. */
  | { result: 'partly_sent'; at: Date; rest: PublishFailure }
  | PublishFailure
);

/** How well one connection works, counted from its beginning. */
export interface ConnectionHealth {
  /** The last news from WhatsApp: any stanza that is not an answer to something we sent. */
  lastEventAt: Date | null;
  /** The last time WhatsApp took something that we sent. */
  lastAckAt: Date | null;
  /** Incoming messages that could not be read. */
  decryptFailures: number;
  /** Of what waited while the account was offline, how many have not come yet. */
  pendingOfflineItems: number;
}

export interface GatewayConnection {
  readonly sessionId: string;
  health(): ConnectionHealth;
  /** Asks for an 8-letter code for this number. Rejects with `not_connected` when the socket is not ready for it. */
  requestPairingCode(phoneNumber: string, customCode?: string): Promise<{ pairingCode: string; expiresAt: Date }>;
  /** Posts one status. Outcomes are data; it rejects only on bugs and on `not_connected`. */
  publishStatus(request: PublishRequest): Promise<PublishOutcome>;
  /** Takes a status back from those who got it. Outcomes as with a post. */
  revokeStatus(request: RevokeRequest): Promise<PublishOutcome>;
  /** Sends one private message. Outcomes are data; it rejects only on bugs and on `not_connected`. */
  sendPrivately(person: PersonAddress, letter: PrivateLetter): Promise<PrivateOutcome>;
  /**
   * Tells somebody that their message was read, unless the account keeps that to itself; own devices hear of it either way.
   * Whether it arrives nobody knows. Rejects when the connection is, or gets, lost.
   */
  markRead(person: PersonAddress, messageId: string): Promise<void>;
  /** Fetches, proves and opens a file that somebody sent. Outcomes are data; it rejects for `not_connected`, and when the disk fails. */
  fetchFile(file: ReplyFile, target: FileTarget): Promise<FileOutcome>;
  /**
   * What WhatsApp knows of these numbers, by the number as it is given; those of which it does not speak are missing. What was
   * seen before is not asked again. The pairs are told to the listener before it resolves. Undefined when no answer
   * comes; it rejects only with `not_connected`.
   */
  findNumbers(phoneNumbers: readonly string[]): Promise<ReadonlyMap<string, FoundNumber> | undefined>;
  /** Whether this number is on WhatsApp. Outcomes are data; it rejects only with `not_connected`. */
  checkNumber(phoneNumber: string): Promise<NumberCheck>;
  /**
   * Asks for all saved contacts again, from the first change on. They arrive as news between `sync-started` and `synced`;
   * resolves when the listener has taken them. Rejects only with `not_connected`.
   */
  resyncAddressBook(): Promise<ResyncOutcome>;
  /** Unlinks the device. `confirmed` tells whether WhatsApp answered. Credentials are deleted in both cases. */
  logout(): Promise<{ confirmed: boolean }>;
  /** Closes the socket and keeps the credentials. Idempotent; resolves when everything is saved. */
  close(): Promise<void>;
}

export interface WhatsAppGateway {
  /** Opens the session's socket. Failures arrive as a `closed` event, never as an exception. */
  open(request: OpenRequest): GatewayConnection;
  /** Whether the session is linked to a device (not: half-way through linking). */
  isLinked(sessionId: string): Promise<boolean>;
  /** Deletes credentials and keys. The caller closes the connection first. */
  forget(sessionId: string): Promise<void>;
  /**
   * Deletes what is kept under these numbers and LIDs to talk with somebody's devices, which is made anew when it is needed. Whether they hold a key for
   * statuses goes on to count, without their name: the next post has a new one. How many rows went.
   */
  forgetPerson(tx: Tx, sessionId: string, users: readonly string[]): Promise<{ devices: number; keys: number }>;
  /** Deletes what is kept of these messages for devices that could not open them. How many there were. */
  forgetMessages(tx: Tx, sessionId: string, messageIds: readonly string[]): Promise<number>;
  /** Deletes at most so many messages that are kept for devices that could not open them, once none asks any more. How many there were. */
  forgetOldMessages(atMost: number): Promise<number>;
  /** An id for a new message, in the form that WhatsApp's own clients use. */
  newMessageId(account: Pick<AccountIdentity, 'jid'> | null): string;
}
