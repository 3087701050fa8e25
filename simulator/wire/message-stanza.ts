import { parseJid, statusBroadcast, type DeviceAddress } from './jid.js';
import { bytesOf, childOf, childrenOf, element, unixSeconds, type BinaryNode } from './node.js';

export interface EncryptedPart {
  type: string;
  bytes: Buffer;
  attrs: Readonly<Record<string, string>>;
}

export interface Participant {
  jid: string;
  address: DeviceAddress;
  /** Null for a bare `<to>`: the device reads the shared ciphertext with the sender key that it has. */
  part: EncryptedPart | null;
}

/** A `<message>` of a client, read but not judged. */
export interface OutgoingMessage {
  id: string;
  to: string;
  /** The one device that a resend of a status is for. */
  participant: string | undefined;
  type: string;
  edit: string | undefined;
  addressingMode: string | undefined;
  category: string | undefined;
  statusSetting: string | undefined;
  /** `<enc>` elements on the stanza itself: the shared ciphertext of a status, or the one of a direct resend. */
  direct: EncryptedPart[];
  participants: Participant[];
  deviceIdentity: Buffer | undefined;
}

const pairwise: ReadonlySet<string> = new Set(['pkmsg', 'msg']);

/** Reads a client's message. Words when it is malformed in itself. */
export function readMessage(node: BinaryNode): OutgoingMessage | string {
  const { id, to, participant: onlyDevice, type, edit, addressing_mode: addressingMode, category } = node.attrs;
  if (!id || id.length > 128) return 'a message needs an id of at most 128 characters';
  if (!to) return 'a message without an addressee';
  if (!type) return 'a message without a type';
  const direct: EncryptedPart[] = [];
  for (const enc of childrenOf(node, 'enc')) {
    const part = readPart(enc);
    if (typeof part === 'string') return part;
    direct.push(part);
  }
  const participants: Participant[] = [];
  for (const entry of childrenOf(childOf(node, 'participants'), 'to')) {
    const participant = readParticipant(entry);
    if (typeof participant === 'string') return participant;
    participants.push(participant);
  }
  const deviceIdentity = bytesOf(childOf(node, 'device-identity'));
  const parts = [...direct, ...participants.flatMap(({ part }) => part ?? [])];
  if (parts.length === 0) return 'a message without any ciphertext';
  if (parts.some((part) => part.type === 'pkmsg') && !deviceIdentity) return 'a pkmsg without a device identity';
  const statusSetting = childOf(node, 'meta')?.attrs['status_setting'];
  const addresses = { id, to, participant: onlyDevice, type, edit, addressingMode, category, statusSetting };
  return { ...addresses, direct, participants, deviceIdentity };
}

function readParticipant(entry: BinaryNode): Participant | string {
  const jid = entry.attrs['jid'] ?? '';
  const address = parseJid(jid);
  if (!address) return `the participant "${jid}" is no device`;
  const [enc, ...others] = childrenOf(entry, 'enc');
  if (!enc) return { jid, address, part: null };
  if (others.length > 0) return `the participant ${jid} has more than one ciphertext`;
  const part = readPart(enc);
  if (typeof part === 'string') return part;
  if (!pairwise.has(part.type)) return `the participant ${jid} got a ciphertext of type "${part.type}"`;
  return { jid, address, part };
}

function readPart(enc: BinaryNode): EncryptedPart | string {
  const { type = '', v } = enc.attrs;
  const bytes = bytesOf(enc);
  if (v !== '2') return `a ciphertext of version "${v ?? ''}"`;
  if (!pairwise.has(type) && type !== 'skmsg') return `a ciphertext of unknown type "${type}"`;
  if (!bytes?.length) return 'an empty ciphertext';
  return { type, bytes, attrs: enc.attrs };
}

/**
 * Words when what a status must look like on the wire does not hold. A status names its devices in `<participants>`; a
 * resend names one as `participant` and has its ciphertext on the stanza itself (whatsmeow, zapo), or comes as a status.
 */
export function judgeStatusShape(message: OutgoingMessage): string | null {
  const [shared, ...others] = message.direct;
  if (message.participant !== undefined) {
    if (!parseJid(message.participant)) return `a resend to "${message.participant}", which is no device`;
    if (message.participants.length > 0) return 'a resend to one device with a list of participants';
    return shared && pairwise.has(shared.type) && others.length === 0
      ? null
      : 'a resend to one device needs exactly one pairwise ciphertext';
  }
  if (!shared || others.length > 0 || shared.type !== 'skmsg') return 'a status needs exactly one skmsg';
  const seen = new Set<string>();
  for (const { jid } of message.participants) {
    if (seen.has(jid)) return `the device ${jid} is addressed twice`;
    seen.add(jid);
  }
  return null;
}

export interface MessageAck {
  id: string;
  to: string;
  error?: string | undefined;
  phash?: string | undefined;
  refreshLid?: boolean | undefined;
}

export function messageAck({ id, to, error, phash, refreshLid }: MessageAck): BinaryNode {
  const refresh = refreshLid ? 'true' : undefined;
  return element('ack', { class: 'message', id, from: to, t: unixSeconds(), error, phash, refresh_lid: refresh });
}

/** The envelope that a device receives for a message. */
export interface IncomingEnvelope {
  id: string;
  from: string;
  participant?: string | undefined;
  recipient?: string | undefined;
  type: string;
  notify: string;
  senderLid?: string | undefined;
  senderPn?: string | undefined;
  edit?: string | undefined;
  category?: string | undefined;
  parts: EncryptedPart[];
  deviceIdentity?: Buffer | undefined;
  offline?: boolean;
}

export function incomingMessage(envelope: IncomingEnvelope): BinaryNode {
  const isStatus = envelope.from === statusBroadcast;
  const children = envelope.parts.map(({ attrs, bytes }) => element('enc', attrs, bytes));
  if (envelope.deviceIdentity) children.push(element('device-identity', {}, envelope.deviceIdentity));
  return element(
    'message',
    {
      id: envelope.id,
      from: envelope.from,
      participant: envelope.participant,
      recipient: envelope.recipient,
      t: unixSeconds(),
      type: envelope.type,
      notify: envelope.notify,
      edit: envelope.edit,
      category: envelope.category,
      ...(isStatus
        ? { participant_lid: envelope.senderLid, participant_pn: envelope.senderPn }
        : { sender_lid: envelope.senderLid, sender_pn: envelope.senderPn }),
    },
    children,
  );
}
