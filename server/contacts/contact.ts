/** How an account knows somebody, as it is stored beside the person. */
export interface ContactRecord {
  personId: string;
  phoneNumber: string | null;
  savedName: string | null;
  verifiedName: string | null;
  pushName: string | null;
  isSaved: boolean;
  inChat: boolean;
  /** Epoch milliseconds of the last time that the phone told it is saved. */
  savedAt: number | null;
}

/** What news of one batch say about one person, put together. */
export interface ContactChange {
  savedName?: string;
  verifiedName?: string;
  pushName?: string;
  inChat?: true;
  /** Not saved any more; a `savedName` beside it came later. */
  isRemoved?: true;
}

/** The same for upper and lower case, with and without accents, however the letters were put together. */
export function folded(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().replace(/\s+/g, ' ').trim();
}

/** What lists are sorted by: names first, then those who have only a number. */
export function sortNameOf({ savedName, verifiedName, pushName, phoneNumber }: ContactRecord): string {
  const name = folded(savedName ?? verifiedName ?? pushName ?? '');
  return name === '' ? `2${phoneNumber ?? ''}` : `1${name}`;
}

export function searchTextOf({ savedName, verifiedName, pushName, phoneNumber }: ContactRecord): string {
  return [savedName, verifiedName, pushName, phoneNumber]
    .flatMap((part) => (part === null ? [] : folded(part)))
    .join('\n');
}

/** The parts to look for: the words as they are, and the digits of a number in whatever way it is written. */
export function searchTermsOf(search: string | undefined): string[] {
  const words = folded(search ?? '');
  if (words === '') return [];
  const digits = words.replace(/[\s+\-().]/g, '');
  return /^\d+$/.test(digits) && digits !== words ? [words, digits] : [words];
}

/** The record after the news; the same object when they say nothing new. */
export function withChange(record: ContactRecord, change: ContactChange): ContactRecord {
  const before = change.isRemoved === true ? unsaved(record) : record;
  const next: ContactRecord = {
    ...before,
    savedName: change.savedName ?? before.savedName,
    verifiedName: change.verifiedName ?? before.verifiedName,
    pushName: change.pushName ?? before.pushName,
    isSaved: before.isSaved || change.savedName !== undefined,
    inChat: record.inChat || change.inChat === true,
  };
  const isSame = !isRenamed(record, next) && next.isSaved === record.isSaved && next.inChat === record.inChat;
  return isSame ? record : next;
}

/** Whether one of the names is another one. */
export function isRenamed(before: ContactRecord, after: ContactRecord): boolean {
  return (
    after.savedName !== before.savedName ||
    after.verifiedName !== before.verifiedName ||
    after.pushName !== before.pushName
  );
}

/** The record of somebody who is not saved on the phone any more. */
export function unsaved<R extends ContactRecord>(record: R): R {
  return { ...record, savedName: null, isSaved: false, savedAt: null };
}

/** Whether nothing is left that would make the person a contact. */
export function isNobody({ isSaved, verifiedName, pushName, inChat }: ContactRecord): boolean {
  return !isSaved && verifiedName === null && pushName === null && !inChat;
}

/** What is known of a person under two rows that turned out to be one. */
export function joined(survivor: ContactRecord | undefined, gone: ContactRecord): ContactRecord {
  if (survivor === undefined) return gone;
  return {
    ...survivor,
    isSaved: survivor.isSaved || gone.isSaved,
    inChat: survivor.inChat || gone.inChat,
    savedAt: Math.max(survivor.savedAt ?? 0, gone.savedAt ?? 0) || null,
  };
}
