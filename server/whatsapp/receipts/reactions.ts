import { type BinaryNode, normalizeMessageContent, type proto } from '@whiskeysockets/baileys';
import { personOfJid, statusBroadcast } from '../wire/addresses.js';
import type { StatusReceipt } from '../gateway.js';
import { isOwn, messageIdForm, type OwnAddress, timeOf, withHint } from './receipts.js';

/** One emoji, however many code points it is made of; what has more, or what no screen shows, is none. */
const emojiForm = /^[^\p{Cc}\p{Cs}]{1,64}$/u;
/** Nobody can see a status for longer: a reaction that claims to be older comes from a clock that is wrong. */
const visibleForMs = 24 * 60 * 60 * 1000;
const secondMs = 1000;

/**
 * The reaction in an opened message, to whatever it names, which at `status@broadcast` is a status; undefined for every other
 * message, and for reactions of own devices. `now` stands in for a time that is missing.
 */
export function readReaction(
  { attrs }: BinaryNode,
  message: proto.IMessage,
  { own, now }: { own: OwnAddress; now: Date },
): StatusReceipt | undefined {
  const found = normalizeMessageContent(message)?.reactionMessage;
  const messageId = found?.key?.id ?? '';
  const viaChat = attrs['from'] !== statusBroadcast;
  const sender = personOfJid(viaChat ? attrs['from'] : attrs['participant']);
  if (!found || !sender || !messageIdForm.test(messageId)) return undefined;
  const person = withHint(sender, attrs, viaChat ? 'sender' : 'participant');
  const text = found.text ?? '';
  if (isOwn(person, own) || (text !== '' && !emojiForm.test(text))) return undefined;
  const at = timeOf(attrs['t'], now);
  const reactedAt = deviceTime(Number(found.senderTimestampMs ?? 0), at);
  const reaction = { emoji: text === '' ? null : text, reactedAt };
  return { messageId, person, at, kind: 'reacted', reaction, ...(viaChat ? { viaChat } : {}) };
}

/** WhatsApp's time is that of a whole second, and of the last attempt; the device's, where it can be right, that of the tap. */
function deviceTime(ms: number, at: Date): Date {
  const isPossible = ms > at.getTime() - visibleForMs && ms < at.getTime() + secondMs;
  return isPossible ? new Date(ms) : at;
}
