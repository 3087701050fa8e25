import { randomBytes } from 'node:crypto';
import { type BinaryNode, encodeSignedDeviceIdentity, proto } from '@whiskeysockets/baileys';
import { statusBroadcast } from './addresses.js';
import type { StatusContent } from './gateway.js';

/** Opaque: `#RRGGBB` as the 0xAARRGGBB number of the protocol. */
export function argbOf(color: string): number {
  return (0xff000000 | Number.parseInt(color.slice(1), 16)) >>> 0;
}

/** What the viewers' phones show. Always an extended text: a plain one is not a status. */
export function statusMessage(content: StatusContent): proto.IMessage {
  return {
    extendedTextMessage: {
      text: content.text,
      textArgb: argbOf(content.textColor),
      backgroundArgb: argbOf(content.backgroundColor),
      font: content.font,
    },
    messageContextInfo: { messageSecret: randomBytes(32) },
  };
}

/** Takes a status back, for everybody who gets this. */
export function revokeMessage(messageId: string): proto.IMessage {
  return {
    protocolMessage: {
      type: proto.Message.ProtocolMessage.Type.REVOKE,
      key: { remoteJid: statusBroadcast, fromMe: true, id: messageId },
    },
  };
}

/** Hands out the sender key under which a post can be read. */
export function keyMessage(distribution: Uint8Array): proto.IMessage {
  return {
    senderKeyDistributionMessage: {
      groupId: statusBroadcast,
      axolotlSenderKeyDistributionMessage: distribution,
    },
  };
}

export interface StatusStanza {
  messageId: string;
  isRevoke: boolean;
  /** The message under the sender key, the same for everybody. */
  ciphertext: Uint8Array;
  /** One `<to>` per device: with the sender key under that device's session, or bare where the device has it. */
  participants: BinaryNode[];
  /** Sent along when a session is new to its device, which then checks who we are. */
  deviceIdentity: proto.IADVSignedDeviceIdentity | null;
}

/**
 * The stanza of a post. It has a `<meta>` that names the audience setting and no addressing mode: with one, the server
 * refuses it (479). Shape as sent by the official web client, described in whatsapp-rust #925, which leaves the meta off
 * revokes.
 */
export function statusStanza(stanza: StatusStanza): BinaryNode {
  const { messageId, isRevoke, ciphertext, participants, deviceIdentity } = stanza;
  const content: BinaryNode[] = [
    { tag: 'enc', attrs: { v: '2', type: 'skmsg' }, content: ciphertext },
    { tag: 'participants', attrs: {}, content: participants },
  ];
  if (deviceIdentity !== null) {
    content.push({ tag: 'device-identity', attrs: {}, content: encodeSignedDeviceIdentity(deviceIdentity, true) });
  }
  if (!isRevoke) content.push({ tag: 'meta', attrs: { status_setting: 'contacts' } });
  const edit: Record<string, string> = isRevoke ? { edit: '7' } : {};
  return { tag: 'message', attrs: { id: messageId, to: statusBroadcast, type: 'text', ...edit }, content };
}
