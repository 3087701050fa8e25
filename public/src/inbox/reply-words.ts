import type { Answer, Reply, ReplyFileReason, ReplyKind } from '../../../server/contract/inbox/replies.js';
import { formatPhoneNumber } from '../lib/format.js';

const kindWords = {
  text: 'Text',
  image: 'Picture',
  video: 'Video',
  voice: 'Voice note',
  audio: 'Sound',
  sticker: 'Sticker',
  document: 'Document',
  other: 'A message that only the phone can show',
} as const satisfies Record<ReplyKind, string>;

const whyMissing = {
  view_once: 'was meant to be seen once, and is not kept',
  too_large: 'is too large to be kept here',
  no_room: 'found no room here',
  old: 'came so long ago that it is not kept any more',
  gone: 'is no longer at WhatsApp',
  damaged: 'is damaged',
  unreachable: 'could not be fetched from WhatsApp',
  unnamed: 'came without saying where it is',
} as const satisfies Record<ReplyFileReason, string>;

/** By what a person is called here. */
export function nameOfSender({ name, number }: Reply['person']): string {
  return name ?? (number === null ? 'Somebody whose number is not known' : formatPhoneNumber(number));
}

/** What is said in place of words, where a reply has none. */
export function wordsOf({ kind, text, takenBackAt }: Pick<Reply, 'kind' | 'text' | 'takenBackAt'>): string {
  if (takenBackAt !== null) return 'Its sender deleted this message.';
  return text ?? kindWords[kind];
}

const mostLines = 12;
const mostCharacters = 800;

/** As much of a text as a list shows at first; the text itself where that is all of it. */
export function beginningOf(text: string): string {
  const lines = text.split('\n', mostLines + 1);
  const some = lines.length > mostLines ? lines.slice(0, mostLines).join('\n') : text;
  if (some.length <= mostCharacters) return some;
  // Not within a letter that is made of several.
  return Array.from(some.slice(0, mostCharacters + 1))
    .slice(0, -1)
    .join('');
}

/** What is said of a file that is not here. */
export function missingFile({ kind, file }: Pick<Reply, 'kind' | 'file'>): string {
  const why = file?.reason ? whyMissing[file.reason] : 'is not here';
  return `${kindWords[kind]}: it ${why}.`;
}

/** What is said of a file that is on its way. */
export function comingFile({ kind, file }: Pick<Reply, 'kind' | 'file'>): string {
  const what = kindWords[kind];
  if (file?.reason === 'no_room') return `${what}: it found no room here, and comes when there is some.`;
  if (file?.reason === 'unreachable')
    return `${what}: it could not be fetched from WhatsApp. It is tried again by itself.`;
  return `${what}: it is being fetched from WhatsApp.`;
}

/** Whether somebody may have mended why a file is not here. */
export function mayBeFetched({ file }: Pick<Reply, 'file'>): boolean {
  return file?.reason === 'too_large' || file?.reason === 'no_room' || file?.reason === 'unreachable';
}

/** By what the post that is answered is known. */
export function postWords({ type, content, caption }: Reply['status']): string {
  const words = type === 'text' || type === 'url' ? content : (caption ?? '');
  return words === '' ? `a ${type}` : words;
}

/** What became of an answer. */
export function answerState({ state, origin, deliveredAt, readAt, error }: Answer): string {
  if (state === 'failed') return error?.message ?? 'It was not sent.';
  if (readAt !== null) return 'read';
  if (deliveredAt !== null) return 'delivered';
  if (origin === 'phone') return 'answered on the phone';
  return state === 'sent' ? 'sent' : 'on its way …';
}
