import { type BinaryNode, normalizeMessageContent, proto } from '@whiskeysockets/baileys';
import { longestReplyText, type ReplyKind } from '../../contract/inbox/replies.js';
import type { ReplyFile, ReplyNews } from '../gateway.js';
import { personOfJid, statusBroadcast } from '../wire/addresses.js';
import { isOwn, messageIdForm, type OwnAddress, timeOf, withHint } from './receipts.js';

/** The parts of a message that hold a file, with the kind of reply that they make and the kind of keys that the file has. */
const fileParts = {
  imageMessage: ['image', 'image'],
  videoMessage: ['video', 'video'],
  ptvMessage: ['video', 'video'],
  audioMessage: ['audio', 'audio'],
  stickerMessage: ['sticker', 'image'],
  documentMessage: ['document', 'document'],
} as const satisfies Partial<Record<keyof proto.IMessage, readonly [ReplyKind, ReplyFile['keysOf']]>>;
type FilePart = keyof typeof fileParts;
type AnyFile = proto.Message.IImageMessage &
  proto.Message.IVideoMessage &
  proto.Message.IAudioMessage &
  proto.Message.IDocumentMessage;

const { Type } = proto.Message.ProtocolMessage;
const longestName = 255;
const longestPushName = 100;
const longestMimeType = 100;
const longestPath = 2_048;
const keyBytes = 32;
const hashBytes = 32;

/**
 * What an opened private message says of replies to statuses: that it is one, or that it edits or takes back a message which may
 * have been one. Undefined for every other message, for those of own devices, and for what names no message by an id in the form
 * that ids have. `now` stands in for a time that is missing.
 */
export function readReply(
  { attrs }: BinaryNode,
  message: proto.IMessage,
  { own, now }: { own: OwnAddress; now: Date },
): ReplyNews | undefined {
  const sender = personOfJid(attrs['from']);
  const content = normalizeMessageContent(message);
  if (!sender || !content) return undefined;
  const person = withHint(sender, attrs, 'sender');
  if (isOwn(person, own)) return undefined;
  const said = { person, at: timeOf(attrs['t'], now) };
  const change = readChange(content.protocolMessage);
  if (change) return { ...said, ...change };
  const messageId = attrs['id'] ?? '';
  const statusMessageId = answeredStatus(content);
  if (statusMessageId === undefined || !messageIdForm.test(messageId)) return undefined;
  const pushName = readText(attrs['notify']?.trim(), longestPushName);
  const found = {
    messageId,
    ...said,
    change: 'sent',
    pushName,
    statusMessageId,
    isViewOnce: isViewOnce(message),
  } as const;
  const attached = filePartOf(content);
  if (!attached) return { ...found, ...wordsOf(content), file: null };
  const [part, file] = attached;
  const kind = part === 'audioMessage' && file.ptt === true ? 'voice' : fileParts[part][0];
  return { ...found, kind, text: readText(file.caption), file: readFile(part, file) };
}

/**
 * What another device of the account answered to somebody, by what the message quotes; undefined for what quotes nothing, which
 * answers no reply in particular. Its `recipient` says to whom it was sent.
 */
export function readOwnAnswer(
  { attrs }: BinaryNode,
  message: proto.IMessage,
  { own, now }: { own: OwnAddress; now: Date },
): ReplyNews | undefined {
  const sender = personOfJid(attrs['from']);
  const person = personOfJid(attrs['recipient']);
  const content = normalizeMessageContent(message);
  const messageId = attrs['id'] ?? '';
  if (!sender || !isOwn(sender, own) || !person || !content || !messageIdForm.test(messageId)) return undefined;
  const quotedId = quotedBy(content);
  if (quotedId === undefined) return undefined;
  const statusMessageId = answeredStatus(content) ?? null;
  const found = {
    messageId,
    person,
    at: timeOf(attrs['t'], now),
    change: 'answered',
    quotedId,
    statusMessageId,
  } as const;
  const attached = filePartOf(content);
  if (!attached) return { ...found, ...wordsOf(content) };
  const [part, file] = attached;
  const kind = part === 'audioMessage' && file.ptt === true ? 'voice' : fileParts[part][0];
  return { ...found, kind, text: readText(file.caption) };
}

/** The id of the message that one of the parts quotes. */
function quotedBy(content: proto.IMessage): string | undefined {
  for (const part of Object.values(content) as unknown[]) {
    const id = contextOf(part)?.stanzaId ?? '';
    if (messageIdForm.test(id)) return id;
  }
  return undefined;
}

/** The id of the status that one of the message's parts quotes. */
function answeredStatus(content: proto.IMessage): string | undefined {
  for (const part of Object.values(content) as unknown[]) {
    const context = contextOf(part);
    const id = context?.stanzaId ?? '';
    if (context?.remoteJid === statusBroadcast && messageIdForm.test(id)) return id;
  }
  return undefined;
}

function contextOf(part: unknown): proto.IContextInfo | undefined {
  if (typeof part !== 'object' || part === null || !('contextInfo' in part)) return undefined;
  return (part.contextInfo as proto.IContextInfo | null) ?? undefined;
}

function readChange(
  found: proto.Message.IProtocolMessage | null | undefined,
): { messageId: string; change: 'taken_back' } | { messageId: string; change: 'edited'; text: string } | undefined {
  const messageId = found?.key?.id ?? '';
  if (!messageIdForm.test(messageId)) return undefined;
  if (found?.type === Type.REVOKE) return { messageId, change: 'taken_back' };
  if (found?.type !== Type.MESSAGE_EDIT) return undefined;
  const edited = normalizeMessageContent(found.editedMessage ?? undefined) ?? {};
  const text = readText(filePartOf(edited)?.[1].caption) ?? wordsOf(edited).text;
  return text === null ? undefined : { messageId, change: 'edited', text };
}

function filePartOf(content: proto.IMessage): [FilePart, AnyFile] | undefined {
  for (const part of Object.keys(fileParts) as FilePart[]) {
    const file = content[part];
    if (file) return [part, file];
  }
  return undefined;
}

/** Of what is no file. Somebody who answers with a place or a card has said at least what it is called. */
function wordsOf(content: proto.IMessage): { kind: ReplyKind; text: string | null } {
  const text = content.extendedTextMessage?.text ?? content.conversation;
  if (text != null) return { kind: 'text', text: readText(text) };
  const { locationMessage: place, contactMessage: card } = content;
  const words = [place?.name, place?.address, card?.displayName].filter((word) => word != null && word !== '');
  return { kind: 'other', text: readText(words.join(', ')) };
}

function isViewOnce(message: proto.IMessage): boolean {
  const inner = message.ephemeralMessage?.message ?? message;
  if (inner.viewOnceMessage ?? inner.viewOnceMessageV2 ?? inner.viewOnceMessageV2Extension) return true;
  return filePartOf(normalizeMessageContent(message) ?? {})?.[1].viewOnce === true;
}

/** null where the message does not name it well enough to fetch and prove it. */
function readFile(part: FilePart, file: AnyFile): ReplyFile | null {
  const directPath = pathOf(file);
  const { mediaKey, fileSha256, fileEncSha256 } = file;
  if (directPath === undefined || mediaKey?.length !== keyBytes || fileSha256?.length !== hashBytes) return null;
  return {
    directPath,
    mediaKey,
    fileSha256,
    keysOf: fileParts[part][1],
    fileEncSha256: fileEncSha256?.length === hashBytes ? fileEncSha256 : null,
    sizeBytes: countOf(Number(file.fileLength ?? 0)),
    mimeType: readText(file.mimetype, longestMimeType),
    filename: readText(file.fileName, longestName),
    width: countOf(file.width ?? 0),
    height: countOf(file.height ?? 0),
    durationMs: countOf((file.seconds ?? 0) * 1000),
  };
}

/**
 * Where the file lies on the media hosts. Which host that is, the sender of a message does not get to say: it could be a machine
 * in our own network.
 */
function pathOf({ directPath, url }: AnyFile): string | undefined {
  const given = directPath ?? '';
  const address = given.startsWith('/') ? `https://host.invalid${given}` : (url ?? '');
  if (!URL.canParse(address)) return undefined;
  const { protocol, pathname, search } = new URL(address);
  if (protocol !== 'https:') return undefined;
  const path = `${pathname}${search}`;
  return path.length <= longestPath && path !== '/' ? path : undefined;
}

function countOf(value: number): number | null {
  return Number.isSafeInteger(value) && value > 0 && value < 2 ** 40 ? value : null;
}

/** Without what no database takes, and no longer than a person writes. */
function readText(text: string | null | undefined, longest = longestReplyText): string | null {
  const readable = (text ?? '')
    .replaceAll('\u0000', '')
    .slice(0, longest)
    .replaceAll(/\p{Cs}/gu, '\ufffd');
  return readable === '' ? null : readable;
}
