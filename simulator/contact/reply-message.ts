import { proto } from '@whiskeysockets/baileys';

export const attachedKinds = ['image', 'video', 'voice', 'audio', 'sticker', 'document'] as const;
export type AttachedKind = (typeof attachedKinds)[number];

/** What a message says of an encrypted file, so that whoever has the message can open and prove it. */
export interface FileClaim {
  mediaKey: Uint8Array;
  fileSha256: Uint8Array;
  fileEncSha256: Uint8Array;
  sizeBytes: number;
}

/** A file that lies encrypted on the media host. */
export interface AttachedFile {
  kind: AttachedKind;
  claim: FileClaim;
  directPath: string;
  url: string;
  mimeType: string;
  filename?: string | undefined;
  seconds?: number | undefined;
}

/** What somebody answers with: words, or a file with words below it. */
export interface ReplyWish {
  text?: string | undefined;
  file?: AttachedFile | undefined;
  /** In the wrapping of messages that disappear, or of what may be seen once. */
  wrapped?: 'ephemeral' | 'view_once' | undefined;
}

/** The message as a phone writes it. */
export function replyMessage({ text, file, wrapped }: ReplyWish, contextInfo: proto.IContextInfo): proto.IMessage {
  const message = file
    ? fileMessage(file, text, contextInfo)
    : { extendedTextMessage: { text: text ?? '', contextInfo } };
  if (wrapped === 'ephemeral') return { ephemeralMessage: { message } };
  return wrapped === 'view_once' ? { viewOnceMessageV2: { message } } : message;
}

function fileMessage(file: AttachedFile, caption: string | undefined, contextInfo: proto.IContextInfo): proto.IMessage {
  const { kind, claim, directPath, url, mimeType: mimetype, filename: fileName, seconds } = file;
  const { mediaKey, fileSha256, fileEncSha256, sizeBytes: fileLength } = claim;
  const common = { url, directPath, mediaKey, fileSha256, fileEncSha256, fileLength, mimetype, contextInfo };
  const words = caption === undefined ? {} : { caption };
  const lasting = seconds === undefined ? {} : { seconds };
  if (kind === 'image') return { imageMessage: { ...common, ...words } };
  if (kind === 'video') return { videoMessage: { ...common, ...words, ...lasting } };
  if (kind === 'sticker') return { stickerMessage: common };
  if (kind === 'voice' || kind === 'audio') return { audioMessage: { ...common, ...lasting, ptt: kind === 'voice' } };
  return { documentMessage: { ...common, ...words, ...(fileName === undefined ? {} : { fileName, title: fileName }) } };
}

/** Other words in place of those of an earlier message. */
export function editMessage(key: proto.IMessageKey, text: string, at: number): proto.IMessage {
  const type = proto.Message.ProtocolMessage.Type.MESSAGE_EDIT;
  const protocolMessage = { type, key, editedMessage: { extendedTextMessage: { text } }, timestampMs: at };
  return { editedMessage: { message: { protocolMessage } } };
}

/** An earlier message is deleted for everyone. */
export function revokeMessage(key: proto.IMessageKey): proto.IMessage {
  return { protocolMessage: { type: proto.Message.ProtocolMessage.Type.REVOKE, key } };
}
