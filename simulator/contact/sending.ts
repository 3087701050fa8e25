import { randomBytes } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import type { AddressForm } from '../wire/jid.js';
import { lidJid, pnJid } from '../wire/jid.js';
import type { BinaryNode } from '../wire/node.js';
import { peerName, type ContactDevice } from './contact-device.js';
import { pad } from './message-padding.js';
import type { OutgoingMessage } from './outgoing-stanzas.js';
import type { CiphertextType, PreKeyBundle } from './signal-device.js';
import { signalRefusal, type SignalRefusal } from './signal-refusal.js';
import type { OwnNames, PersonName } from './story-shelf.js';

/** A device that a message goes to; the bundle is asked for only when there is no session yet. */
export interface Correspondent {
  phoneNumber: string;
  deviceId: number;
  takeBundle(): PreKeyBundle | undefined;
}

export interface SendOptions {
  /** Devices of the person or people it goes to. */
  to: readonly Correspondent[];
  /** The form under which this person appears. */
  form: AddressForm;
  /** Own device that sends; the phone when left out. */
  device?: number;
  at: number;
}

export interface Addressed {
  to: Correspondent;
  node: BinaryNode;
}

/** `skipped` names the devices that could not be reached, with the reason. */
export type Sent = { ok: true; id: string; messages: Addressed[]; skipped: string[] } | { ok: false; reason: string };

export interface Letter {
  sender: PersonName & OwnNames;
  from: ContactDevice;
  message: proto.IMessage;
  options: SendOptions;
  id?: string | undefined;
  build(parts: Omit<OutgoingMessage, 'type'>): BinaryNode;
}

/** Encrypts one message for every device that it goes to. Refused only when none of them can be reached. */
export function sendToAll(letter: Letter): Sent {
  const { sender, from, message, options } = letter;
  const plaintext = proto.Message.encode(message).finish();
  const id = letter.id ?? newMessageId();
  const messages: Addressed[] = [];
  const skipped: string[] = [];
  for (const to of options.to) {
    const encrypted = encryptFor(from, to, plaintext);
    if (!encrypted.ok) {
      skipped.push(`${peerName(to)}: ${encrypted.reason}`);
      continue;
    }
    const node = letter.build({
      id,
      sender: { phoneNumber: sender.phoneNumber, lid: sender.lid, deviceId: from.deviceId, form: options.form },
      name: sender.name,
      verifiedName: sender.verifiedName,
      at: options.at,
      parts: [{ type: encrypted.type, bytes: encrypted.bytes }],
      deviceIdentity: from.deviceIdentity(),
    });
    messages.push({ to, node });
  }
  if (messages.length > 0) return { ok: true, id, messages, skipped };
  return { ok: false, reason: `no device could be reached: ${skipped.join('; ') || 'none was named'}` };
}

/** Pads and encrypts for one device, opening the conversation when there is none. */
export function encryptFor(
  from: ContactDevice,
  to: Correspondent,
  plaintext: Uint8Array,
): { ok: true; type: CiphertextType; bytes: Buffer } | SignalRefusal {
  const peer = peerName(to);
  if (!from.signal.hasSession(peer)) {
    const bundle = to.takeBundle();
    if (!bundle) return signalRefusal('no_session', 'the server has no prekeys for it');
    const started = from.signal.startSession(peer, bundle);
    if (!started.ok) return started;
  }
  return from.signal.encrypt(peer, pad(plaintext));
}

/** An id as phones choose them. */
export function newMessageId(): string {
  return `3A${randomBytes(9).toString('hex').toUpperCase()}`;
}

/** A person's bare address in the wanted form, or by number when there is no LID. */
export function personJid(person: PersonName, form: AddressForm): string {
  return form === 'lid' && person.lid !== null ? lidJid(person.lid) : pnJid(person.phoneNumber);
}
