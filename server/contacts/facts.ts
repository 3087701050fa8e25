import type { AddressBookNews, PersonAddress } from '../whatsapp/gateway.js';

export type ContactNews = Extract<AddressBookNews, { type: 'contact' | 'contact-removed' }>;
export type ChatNews = Extract<AddressBookNews, { type: 'chat' | 'chat-removed' }>;
/** What the phone says of one contact or one chat. */
export type Fact = ContactNews | ChatNews;

export function isFact(news: AddressBookNews): news is Fact {
  return ['contact', 'contact-removed', 'chat', 'chat-removed'].includes(news.type);
}

/** Undefined for groups. */
export function personOf(fact: Fact): PersonAddress | undefined {
  if ('person' in fact) return fact.person;
  return 'groupJid' in fact.chat ? undefined : fact.chat;
}

/** Whether it makes nobody a contact. */
export function isAboutNobodyNew({ type }: Fact): boolean {
  return type === 'contact-removed' || type === 'chat-removed';
}

/** Facts that follow each other are written together; everything else stands alone, in its place. */
export function runsOf(news: readonly AddressBookNews[]): (Fact[] | Exclude<AddressBookNews, Fact>)[] {
  const runs: (Fact[] | Exclude<AddressBookNews, Fact>)[] = [];
  for (const one of news) {
    if (!isFact(one)) {
      runs.push(one);
      continue;
    }
    const last = runs.at(-1);
    if (Array.isArray(last)) last.push(one);
    else runs.push([one]);
  }
  return runs;
}
