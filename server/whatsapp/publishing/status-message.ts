import { randomBytes } from 'node:crypto';
import { type BinaryNode, encodeSignedDeviceIdentity, proto } from '@whiskeysockets/baileys';
import { statusBroadcast } from '../wire/addresses.js';
import type { LinkContent, MediaContent, StatusSetting, TextContent } from '../gateway.js';
import type { MediaSeal } from './media-cipher.js';

/** Opaque: `#RRGGBB` as the 0xAARRGGBB number of the protocol. */
export function argbOf(color: string): number {
  return (0xff000000 | Number.parseInt(color.slice(1), 16)) >>> 0;
}

/** What the viewers' phones show. Always an extended text: a plain one is not a status. */
export function textMessage(content: TextContent | LinkContent): proto.IMessage {
  return {
    extendedTextMessage: {
      text: content.text,
      textArgb: argbOf(content.textColor),
      backgroundArgb: argbOf(content.backgroundColor),
      font: content.font,
      ...(content.type === 'link' && linkFields(content)),
    },
    messageContextInfo: { messageSecret: randomBytes(32) },
  };
}

function linkFields({ url, preview }: LinkContent): proto.Message.IExtendedTextMessage {
  return {
    matchedText: url,
    previewType: proto.Message.ExtendedTextMessage.PreviewType.NONE,
    ...(preview && {
      title: preview.title,
      ...(preview.description !== null && { description: preview.description }),
      ...(preview.thumbnail && { jpegThumbnail: preview.thumbnail }),
    }),
    contextInfo: shareable,
  };
}

/** Where an uploaded file is, and what opens it. */
export interface UploadedMedia extends MediaSeal {
  url: string;
  directPath: string;
}

/** Without it phones offer no button to share the status again (Baileys #2633). */
const shareable: proto.IContextInfo = { featureEligibilities: { canBeReshared: true } };

/** A picture, a video or a voice note, whose file is on WhatsApp's media hosts. */
export function mediaMessage(content: MediaContent, media: UploadedMedia, now: Date): proto.IMessage {
  const file = {
    url: media.url,
    directPath: media.directPath,
    mediaKey: media.mediaKey,
    mediaKeyTimestamp: Math.floor(now.getTime() / 1000),
    fileSha256: media.fileSha256,
    fileEncSha256: media.fileEncSha256,
    fileLength: media.sizeBytes,
    mimetype: content.file.mimeType,
  };
  const messageContextInfo = { messageSecret: randomBytes(32) };
  if (content.type === 'voice') {
    const { waveform, backgroundColor, durationMs } = content;
    const sound = { ptt: true, seconds: secondsOf(durationMs), waveform, backgroundArgb: argbOf(backgroundColor) };
    return { audioMessage: { ...file, ...sound }, messageContextInfo };
  }
  const { caption, width, height, thumbnail } = content;
  const picture = {
    ...file,
    ...(caption !== null && { caption }),
    width,
    height,
    jpegThumbnail: thumbnail,
    contextInfo: shareable,
  };
  if (content.type === 'image') return { imageMessage: picture, messageContextInfo };
  const { durationMs, isAnimation } = content;
  return {
    videoMessage: { ...picture, seconds: secondsOf(durationMs), ...(isAnimation && { gifPlayback: true }) },
    messageContextInfo,
  };
}

/** Zero would show as no duration at all. */
function secondsOf(durationMs: number): number {
  return Math.max(1, Math.round(durationMs / 1000));
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
  /** What kind of file the message has; null for text. */
  mediaType: string | null;
  /** The message under the sender key, the same for everybody. */
  ciphertext: Uint8Array;
  /** One `<to>` per device that is given the sender key, under its session; the bare name of whoever has it on all devices. */
  participants: BinaryNode[];
  /** Sent along when a session is new to its device, which then checks who we are. */
  deviceIdentity: proto.IADVSignedDeviceIdentity | null;
  /** Whom the account shows statuses to, as its phone has it. */
  setting: StatusSetting;
}

/**
 * The stanza of a post. It has a `<meta>` that names the audience setting and no addressing mode: with one, the server
 * refuses it (479). Shape as sent by the official web client, described in whatsapp-rust #925, which leaves the meta off
 * revokes.
 */
export function statusStanza(stanza: StatusStanza): BinaryNode {
  const { messageId, isRevoke, mediaType, ciphertext, participants, deviceIdentity, setting } = stanza;
  const media: Record<string, string> = mediaType === null ? {} : { mediatype: mediaType };
  const content: BinaryNode[] = [
    { tag: 'enc', attrs: { v: '2', type: 'skmsg', ...media }, content: ciphertext },
    { tag: 'participants', attrs: {}, content: participants.map((to) => withMediaType(to, media)) },
  ];
  if (deviceIdentity !== null) content.push(identityNode(deviceIdentity));
  if (!isRevoke) content.push(settingNode(setting));
  return { tag: 'message', attrs: addressOfStatus(messageId, isRevoke, mediaType), content };
}

export interface ResendStanza extends Omit<StatusStanza, 'ciphertext' | 'participants'> {
  /** The device that asked. */
  device: string;
  /** The message with the sender key in it, under the device's session. */
  enc: BinaryNode;
  /** How often the device has asked. */
  attempt: number;
}

/**
 * A post once more for one device, which alone gets it: named on the stanza, with the message itself under its own session
 * (whatsmeow `retry.go`, zapo `retry/replay.ts`). In a list of participants its person's other devices would get it again.
 */
export function resendStanza(stanza: ResendStanza): BinaryNode {
  const { messageId, isRevoke, mediaType, deviceIdentity, setting, device, enc, attempt } = stanza;
  const media: Record<string, string> = mediaType === null ? {} : { mediatype: mediaType };
  const content: BinaryNode[] = [{ ...enc, attrs: { ...enc.attrs, count: String(attempt), ...media } }];
  if (deviceIdentity !== null) content.push(identityNode(deviceIdentity));
  if (!isRevoke) content.push(settingNode(setting));
  return {
    tag: 'message',
    attrs: { ...addressOfStatus(messageId, isRevoke, mediaType), participant: device },
    content,
  };
}

function addressOfStatus(id: string, isRevoke: boolean, mediaType: string | null): Record<string, string> {
  const edit: Record<string, string> = isRevoke ? { edit: '7' } : {};
  return { id, to: statusBroadcast, type: mediaType === null ? 'text' : 'media', ...edit };
}

function identityNode(identity: proto.IADVSignedDeviceIdentity): BinaryNode {
  return { tag: 'device-identity', attrs: {}, content: encodeSignedDeviceIdentity(identity, true) };
}

function settingNode(setting: StatusSetting): BinaryNode {
  return { tag: 'meta', attrs: { status_setting: setting } };
}

/** The web client names the kind of file beside every key too. */
function withMediaType(to: BinaryNode, media: Record<string, string>): BinaryNode {
  if (!Array.isArray(to.content) || Object.keys(media).length === 0) return to;
  return { ...to, content: to.content.map((enc) => ({ ...enc, attrs: { ...enc.attrs, ...media } })) };
}

/** The `mediatype` of a message on the wire (`getMediaType` in Baileys); null for plain text. */
export function mediaTypeOf(message: proto.IMessage): string | null {
  if (message.imageMessage) return 'image';
  if (message.videoMessage) return message.videoMessage.gifPlayback === true ? 'gif' : 'video';
  if (message.audioMessage) return message.audioMessage.ptt === true ? 'ptt' : 'audio';
  return message.extendedTextMessage?.matchedText ? 'url' : null;
}
