import { proto } from '@whiskeysockets/baileys';
import { formatJid, statusBroadcast, type AddressForm } from '../wire/jid.js';
import { element, unixSeconds, type BinaryNode } from '../wire/node.js';
import type { PreKeyBundle } from './signal-device.js';
import type { OwnNames, PersonName } from './story-shelf.js';

/** How a person's device appears as a sender: in which form, and under which name. */
export interface SenderAppearance extends PersonName {
  deviceId: number;
  form: AddressForm;
}

/** The address in the wanted form; people without a LID are always named by number. */
export function senderJid(sender: SenderAppearance): string {
  const form = sender.lid === null ? 'pn' : sender.form;
  return formatJid({
    form,
    user: form === 'lid' && sender.lid !== null ? sender.lid : sender.phoneNumber,
    device: sender.deviceId,
  });
}

/** The other address of the same person, as `participant_pn`, `sender_lid` and the like. */
function otherAddress(sender: SenderAppearance, prefix: 'participant' | 'sender'): Record<string, string> {
  if (sender.lid === null) return {};
  const other: AddressForm = sender.form === 'lid' ? 'pn' : 'lid';
  const user = other === 'lid' ? sender.lid : sender.phoneNumber;
  return { [`${prefix}_${other}`]: formatJid({ form: other, user, device: 0 }) };
}

/** `delivered` has no type on the wire. Several ids go into a list, the first one leads. */
export function statusReceipt(receipt: {
  kind: 'delivered' | 'read' | 'played';
  ids: readonly [string, ...string[]];
  participant: string;
  at: number;
}): BinaryNode {
  const [first, ...others] = receipt.ids;
  const items = others.map((id) => element('item', { id }));
  return element(
    'receipt',
    {
      from: statusBroadcast,
      participant: receipt.participant,
      id: first,
      t: unixSeconds(receipt.at),
      type: receipt.kind === 'delivered' ? undefined : receipt.kind,
    },
    items.length > 0 ? [element('list', {}, items)] : undefined,
  );
}

export interface RetryReceipt {
  chat: 'status' | 'direct';
  id: string;
  participant: string;
  count: number;
  error: number;
  registrationId: number;
  /** Sent from the second request on: the way back into a conversation that went wrong. */
  bundle: (PreKeyBundle & { deviceIdentity: Buffer | null }) | null;
  at: number;
}

/** Asks the sending device for a message again. */
export function retryReceipt(retry: RetryReceipt): BinaryNode {
  const t = unixSeconds(retry.at);
  const registration = Buffer.alloc(4);
  registration.writeUInt32BE(retry.registrationId);
  const addresses =
    retry.chat === 'status' ? { from: statusBroadcast, participant: retry.participant } : { from: retry.participant };
  return element('receipt', { ...addresses, id: retry.id, t, type: 'retry' }, [
    element('retry', { count: retry.count, id: retry.id, t, v: '1', error: retry.error }),
    element('registration', {}, registration),
    ...(retry.bundle ? [keysElement(retry.bundle)] : []),
  ]);
}

function keysElement(bundle: PreKeyBundle & { deviceIdentity: Buffer | null }): BinaryNode {
  const { preKey, signedPreKey } = bundle;
  return element('keys', {}, [
    element('type', {}, Buffer.from([5])),
    element('identity', {}, bundle.identity),
    ...(preKey ? [element('key', {}, [keyId(preKey.id), element('value', {}, preKey.publicKey)])] : []),
    element('skey', {}, [
      keyId(signedPreKey.id),
      element('value', {}, signedPreKey.publicKey),
      element('signature', {}, signedPreKey.signature),
    ]),
    ...(bundle.deviceIdentity ? [element('device-identity', {}, bundle.deviceIdentity)] : []),
  ]);
}

function keyId(id: number): BinaryNode {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntBE(id, 0, 3);
  return element('id', {}, bytes);
}

export interface OutgoingMessage extends OwnNames {
  id: string;
  sender: SenderAppearance;
  at: number;
  type: 'text' | 'media' | 'reaction';
  /** `count` tells how often the recipient asked for it. */
  parts: readonly { type: 'pkmsg' | 'msg' | 'skmsg'; bytes: Buffer; hidden?: boolean; count?: number }[];
  deviceIdentity: Buffer | null;
  edit?: string;
  /** Of the copy that own devices get: to whom it was sent. */
  recipient?: string;
}

/** A message about a status: from `status@broadcast`, the sender being the participant. */
export function statusMessage(message: OutgoingMessage): BinaryNode {
  const addresses = {
    from: statusBroadcast,
    participant: senderJid(message.sender),
    ...otherAddress(message.sender, 'participant'),
  };
  return messageElement(message, addresses);
}

/** A private message. */
export function directMessage(message: OutgoingMessage): BinaryNode {
  return messageElement(message, { from: senderJid(message.sender), ...otherAddress(message.sender, 'sender') });
}

function messageElement(message: OutgoingMessage, addresses: Record<string, string>): BinaryNode {
  const parts = message.parts.map(({ type, bytes, hidden, count }) =>
    element('enc', { v: '2', type, 'decrypt-fail': hidden ? 'hide' : undefined, count }, bytes),
  );
  const needsIdentity = message.deviceIdentity !== null && message.parts.some(({ type }) => type === 'pkmsg');
  return element(
    'message',
    {
      ...addresses,
      id: message.id,
      t: unixSeconds(message.at),
      type: message.type,
      notify: message.name,
      edit: message.edit,
      recipient: message.recipient,
    },
    [
      ...parts,
      ...(message.verifiedName === null ? [] : [element('verified_name', {}, nameCertificate(message.verifiedName))]),
      ...(needsIdentity && message.deviceIdentity ? [element('device-identity', {}, message.deviceIdentity)] : []),
    ],
  );
}

/** Without the signatures of the business and of WhatsApp, which no client that is known here checks. */
function nameCertificate(verifiedName: string): Buffer {
  const details = proto.VerifiedNameCertificate.Details.encode({ issuer: 'smb:wa', verifiedName }).finish();
  return Buffer.from(proto.VerifiedNameCertificate.encode({ details }).finish());
}
