import type { proto } from '@whiskeysockets/baileys';
import type { BinaryNode } from '../wire/node.js';
import type { EncryptedPart, SendingDevice } from './contact-device.js';
import type { SignalRefusal } from './signal-refusal.js';
import type { PersonName, Story } from './story-shelf.js';

/** A stanza for one device of this person, as the server takes it apart. */
export interface Delivery {
  messageId: string;
  from: SendingDevice;
  toDevice: number;
  /** The address under which the device was reached: answers carry it as `participant`. */
  addressedAs: string;
  /** The own `<enc>` out of `<participants>` and those of the stanza itself. */
  parts: readonly EncryptedPart[];
  deviceIdentity?: Uint8Array | undefined;
  /** `status` when it was sent to `status@broadcast`, `direct` when to a person or a device. */
  chat: 'status' | 'direct';
  /** Milliseconds since 1970. */
  at: number;
}

export interface ReceivedMessage {
  id: string;
  from: PersonName;
  /** Of a copy of what another device of the person sent: the JID of whom it was sent to. */
  sentTo: string | null;
  type: 'text' | 'image' | 'video' | 'voice' | 'audio';
  text: string | null;
  /** The status that this message answers. */
  quotedStatusId: string | null;
  /** The message, or status, that it quotes, and what it shows of that. */
  quotedId: string | null;
  quotedText: string | null;
  message: proto.IMessage;
  /** How often it arrived, on all devices together. Shown once all the same. */
  copies: number;
  at: number;
}

export type ReceivedContent =
  | { result: 'story'; story: Story; isNew: boolean }
  /** The author took it back, now or before this copy came. */
  | { result: 'deleted'; story: Story }
  | { result: 'message'; message: ReceivedMessage }
  | { result: 'reaction'; statusId: string; emoji: string }
  /** Nothing for a person, for example a key alone. */
  | { result: 'nothing' }
  /** The device has it already: no receipt, no retry. */
  | { result: 'duplicate' }
  /** Nothing could be used; the reasons are in `refusals`. */
  | { result: 'refused' };

/** `answers` are for the sending device; the wire decides when they leave. `refusals` holds all that was wrong, in words. */
export interface Received {
  content: ReceivedContent;
  answers: BinaryNode[];
  refusals: SignalRefusal[];
}
