import { encodeWAMessage, proto } from '@whiskeysockets/baileys';

/** Encoded and padded once; the padding's length is random. */
export function encodeContent(message: proto.IMessage): Buffer {
  return Buffer.from(encodeWAMessage(proto.Message.create(message)));
}

/** What {@link encodeContent} made. */
export function decodeContent(payload: Buffer): proto.IMessage {
  const padding = payload.at(-1) ?? 0;
  return proto.Message.decode(payload.subarray(0, payload.length - padding));
}
