import { randomBytes } from 'node:crypto';
import { type BinaryNode, encodeSignedDeviceIdentity, type proto } from '@whiskeysockets/baileys';
import type { PrivateContent, QuotedMessage } from '../gateway.js';

/** What a message answers, as the phones show it above the answer. `author` is the JID of whoever wrote it, without a device. */
export interface Quote extends QuotedMessage {
  author: string;
}

/** A text of ours. Files are made into messages where they are uploaded. */
export function privateText({ text }: PrivateContent & { type: 'text' }): proto.IMessage {
  return { extendedTextMessage: { text }, messageContextInfo: { messageSecret: randomBytes(32) } };
}

/** The same message as the answer to this one. What a status says of sharing it again does not go with a letter. */
export function asAnswer(message: proto.IMessage, quote: Quote): proto.IMessage {
  const contextInfo = { stanzaId: quote.messageId, participant: quote.author, quotedMessage: quotedMessage(quote) };
  const { extendedTextMessage, imageMessage, videoMessage, audioMessage } = message;
  return {
    ...message,
    ...(extendedTextMessage && { extendedTextMessage: { ...extendedTextMessage, contextInfo } }),
    ...(imageMessage && { imageMessage: { ...imageMessage, contextInfo } }),
    ...(videoMessage && { videoMessage: { ...videoMessage, contextInfo } }),
    ...(audioMessage && { audioMessage: { ...audioMessage, contextInfo } }),
  };
}

/** As much of it as phones show in small above an answer; they have the rest. */
function quotedMessage({ kind, text }: Quote): proto.IMessage {
  const caption = text === null ? {} : { caption: text };
  switch (kind) {
    case 'text':
      return { conversation: text ?? '' };
    case 'image':
      return { imageMessage: caption };
    case 'video':
      return { videoMessage: caption };
    case 'voice':
      return { audioMessage: { ptt: true } };
    case 'sticker':
      return { stickerMessage: {} };
    case 'document':
      return { documentMessage: caption };
  }
}

/** For our own other devices, which show it in the chat with this person. */
export function asSentTo(destinationJid: string, message: proto.IMessage): proto.IMessage {
  const { messageContextInfo } = message;
  return { deviceSentMessage: { destinationJid, message }, ...(messageContextInfo && { messageContextInfo }) };
}

export interface PrivateStanza {
  messageId: string;
  /** Whom it is for, without a device. */
  to: string;
  mediaType: string | null;
  /** One `<enc>` per device, by its JID. */
  devices: ReadonlyMap<string, BinaryNode>;
  deviceIdentity: proto.IADVSignedDeviceIdentity | null;
  /** What this person gave us as a sign that they know us. */
  token: Uint8Array | null;
}

/** The stanza of a private message, as `relayMessage` of Baileys and whatsmeow's `sendDM` write it. */
export function privateStanza({ messageId, to, mediaType, devices, deviceIdentity, token }: PrivateStanza): BinaryNode {
  const nodes = [...devices].map(([jid, enc]): BinaryNode => ({
    tag: 'to',
    attrs: { jid },
    content: [withMedia(enc, mediaType)],
  }));
  const content: BinaryNode[] = [{ tag: 'participants', attrs: {}, content: nodes }];
  // Only a device to which our session is new has to be shown who we are.
  const hasNewSessions = [...devices.values()].some(({ attrs }) => attrs['type'] === 'pkmsg');
  if (deviceIdentity !== null && hasNewSessions) content.push(identityNode(deviceIdentity));
  if (token !== null) content.push({ tag: 'tctoken', attrs: {}, content: token });
  return { tag: 'message', attrs: { id: messageId, to, type: typeOf(mediaType) }, content };
}

export interface PrivateResend extends Omit<PrivateStanza, 'devices' | 'token'> {
  device: string;
  enc: BinaryNode;
  attempt: number;
  /** The device is one of our own. */
  isOwn: boolean;
}

/** A private message once more for the one device that could not open it (Baileys' `relayMessage`, whatsmeow's `retry.go`). */
export function privateResend(stanza: PrivateResend): BinaryNode {
  const { messageId, to, mediaType, deviceIdentity, device, enc, attempt, isOwn } = stanza;
  const content: BinaryNode[] = [
    withMedia({ ...enc, attrs: { ...enc.attrs, count: String(attempt) } }, mediaType),
    ...(deviceIdentity === null ? [] : [identityNode(deviceIdentity)]),
  ];
  const recipient = isOwn ? { recipient: to } : {};
  const attrs = { id: messageId, to: device, type: typeOf(mediaType), device_fanout: 'false', ...recipient };
  return { tag: 'message', attrs, content };
}

function typeOf(mediaType: string | null): string {
  return mediaType === null ? 'text' : 'media';
}

function withMedia(enc: BinaryNode, mediaType: string | null): BinaryNode {
  return mediaType === null ? enc : { ...enc, attrs: { ...enc.attrs, mediatype: mediaType } };
}

function identityNode(identity: proto.IADVSignedDeviceIdentity): BinaryNode {
  return { tag: 'device-identity', attrs: {}, content: encodeSignedDeviceIdentity(identity, true) };
}
