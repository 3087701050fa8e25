import type { proto } from '@whiskeysockets/baileys';
import { statusBroadcast } from '../wire/jid.js';
import type { Delivery, ReceivedMessage } from './delivery.js';

/** A private message as the person sees it; words when no app would show it so. `ownNumber` is that of whoever gets it. */
export function readLetter(
  delivery: Delivery,
  message: proto.IMessage,
  ownNumber: string,
): ReceivedMessage | { reason: string } {
  const isOwn = delivery.from.phoneNumber === ownNumber;
  const copy = message.deviceSentMessage;
  if (copy && !isOwn) return { reason: 'a copy for own devices (deviceSentMessage) that came from somebody else' };
  if (isOwn && !copy && !message.protocolMessage) {
    return { reason: 'a message between own devices that does not say whom it was sent to (deviceSentMessage)' };
  }
  if (copy && !copy.destinationJid) return { reason: 'a copy for own devices without the chat that it belongs to' };
  const shown = copy?.message ?? message;
  const { extendedTextMessage: text, imageMessage: image, videoMessage: video, audioMessage: audio } = shown;
  const quoted = (text ?? image ?? video ?? audio)?.contextInfo;
  const isAboutStatus = quoted?.remoteJid === statusBroadcast;
  return {
    id: delivery.messageId,
    from: { phoneNumber: delivery.from.phoneNumber, lid: delivery.from.lid },
    sentTo: copy?.destinationJid ?? null,
    type: image ? 'image' : video ? 'video' : audio ? (audio.ptt ? 'voice' : 'audio') : 'text',
    text: shown.conversation ?? text?.text ?? image?.caption ?? video?.caption ?? null,
    quotedStatusId: isAboutStatus ? (quoted.stanzaId ?? null) : null,
    quotedId: quoted?.stanzaId ?? null,
    quotedText: quoted?.quotedMessage?.conversation ?? quoted?.quotedMessage?.extendedTextMessage?.text ?? null,
    message: shown,
    copies: 1,
    at: delivery.at,
  };
}
