import { proto, type BaileysEventMap, type BinaryNode, type Chat, type Contact } from '@whiskeysockets/baileys';
import { getBinaryNodeChild, getBinaryNodeChildren } from '@whiskeysockets/baileys';
import { asText } from '../../contract/values/texts.js';
import { parseJid, personOfJid } from '../wire/addresses.js';
import { lidServer, userServer } from '../jid.js';
import type { StateChange } from '../app-state/open-mutation.js';
import type { AddressBookNews, AddressPair, PersonAddress, StoryPrivacyMode } from '../gateway.js';

/*
 * What Baileys emits about the address book, in our words. Pure: the same input gives the same news.
 */

export type StoryPrivacyNews = Extract<AddressBookNews, { type: 'story-privacy' }>;

type Emitted<E extends keyof BaileysEventMap> = BaileysEventMap[E];

/** Longer names are cut: they come from other people's phones. */
const maxNameLength = 200;

/**
 * Entries of the synchronised state: `["contact", jid]` with the name that was saved on the phone, or its removal; and
 * `["lid_contact", lid]`, equally saved by hand. Where a LID is named beside a number, the two are a pair. Source:
 * `processSyncAction` and `processContactAction` of Baileys.
 */
export function newsOfContactChanges(changes: readonly StateChange[]): {
  news: AddressBookNews[];
  pairs: AddressPair[];
} {
  const news: AddressBookNews[] = [];
  const pairs: AddressPair[] = [];
  for (const { isRemoval, index, value } of changes) {
    const [type, id = ''] = index;
    if (type !== 'contact' && type !== 'lid_contact') continue;
    const { contactAction } = value;
    const { fullName, firstName, username } = contactAction ?? value.lidContactAction ?? {};
    const name = cleanName(fullName) ?? cleanName(firstName) ?? cleanName(username);
    const contact: Contact = {
      id,
      ...(name === undefined ? {} : { name }),
      ...(contactAction?.lidJid ? { lid: contactAction.lidJid } : {}),
      ...(contactAction?.pnJid ? { phoneNumber: contactAction.pnJid } : {}),
    };
    const person = personOfContact(contact);
    if (person === undefined) continue;
    news.push(...(isRemoval ? [{ type: 'contact-removed', person } as const] : newsOfSavedContacts([contact])));
    const { phoneNumber, lid } = person;
    if (phoneNumber !== null && lid !== null) pairs.push({ phoneNumber, lid });
  }
  return { news, pairs };
}

/** What Baileys tells of contacts saved by hand, outside the collection that {@link newsOfContactChanges} is about. */
export function newsOfSavedContacts(contacts: Emitted<'contacts.upsert'>): AddressBookNews[] {
  return contacts.flatMap((contact): AddressBookNews[] => {
    const person = personOfContact(contact);
    const savedName = cleanName(contact.name);
    return person === undefined || savedName === undefined ? [] : [{ type: 'contact', person, savedName }];
  });
}

/** Names that come with messages: what people call themselves, and what the certificate of a business says. */
export function newsOfContactUpdates(contacts: Emitted<'contacts.update'>): AddressBookNews[] {
  return contacts.flatMap((contact) => newsOfOwnNames(contact));
}

/**
 * One chunk of history. A conversation's name is not taken for a saved one: the phone puts there what it shows, which is
 * a business's own name as well, or the number. Push names come in chunks of their own, as `notify`.
 */
export function newsOfHistory({ chats, contacts }: Emitted<'messaging-history.set'>): AddressBookNews[] {
  const partners = new Map(contacts.map((contact) => [contact.id, contact]));
  return [
    ...contacts.flatMap((contact) => newsOfOwnNames(contact)),
    ...chats.flatMap((chat) => {
      const contact = partners.get(chat.id ?? '');
      const partner = contact === undefined ? undefined : personOfContact(contact);
      return newsOfChat(chat, partner, { count: Math.max(0, chat.unreadCount ?? 0) }) ?? [];
    }),
  ];
}

export function newsOfNewChats(chats: Emitted<'chats.upsert'>): AddressBookNews[] {
  return chats.flatMap((chat) => newsOfChat(chat, undefined, undefined) ?? []);
}

/** Before Baileys puts updates together, a count above zero is what came on top, 0 is read, -1 is marked as unread. */
export function newsOfChatUpdates(updates: Emitted<'chats.update'>): AddressBookNews[] {
  return updates.flatMap((update): AddressBookNews[] => {
    const { unreadCount } = update;
    const hasCount = typeof unreadCount === 'number';
    if (!hasCount && secondsOf(update.conversationTimestamp) === undefined) return [];
    const unread = !hasCount ? undefined : unreadCount > 0 ? { more: unreadCount } : { count: unreadCount < 0 ? 1 : 0 };
    return toList(newsOfChat(update, undefined, unread));
  });
}

export function newsOfRemovedChats(jids: Emitted<'chats.delete'>): AddressBookNews[] {
  return jids.flatMap((jid): AddressBookNews[] => {
    const chat = partnerOf(jid);
    return chat === undefined ? [] : [{ type: 'chat-removed', chat }];
  });
}

/** Only `statusPrivacy` (App state, `StatusPrivacyAction`) concerns the address book. */
export function newsOfSettings(update: Emitted<'settings.update'>): AddressBookNews[] {
  if (update.setting !== 'statusPrivacy') return [];
  const { mode, userJid } = update.value;
  const word = mode === null || mode === undefined ? undefined : appStateModes[mode];
  if (word === undefined) return [];
  return [{ type: 'story-privacy', mode: word, people: peopleOf(userJid ?? []) }];
}

/**
 * The answer to the IQ `status` `<privacy/>`: `<list type default>` with `<user jid>`; the one marked default is in force.
 * Undefined for anything that does not name a mode. Source: whatsmeow `GetStatusPrivacy`.
 */
export function newsOfPrivacyAnswer(answer: BinaryNode): StoryPrivacyNews | undefined {
  const lists = getBinaryNodeChildren(getBinaryNodeChild(answer, 'privacy'), 'list');
  const active = lists.find((list) => list.attrs['default'] === 'true');
  const mode = answerModes[active?.attrs['type'] ?? ''];
  if (active === undefined || mode === undefined) return undefined;
  const jids = getBinaryNodeChildren(active, 'user').flatMap((user) => user.attrs['jid'] ?? []);
  return { type: 'story-privacy', mode, people: mode === 'contacts' ? [] : peopleOf(jids) };
}

/** A pair of addresses of one person, whichever of the two comes first. */
export function pairOf(one: string, other: string): AddressPair | undefined {
  const parsed = [parseJid(one), parseJid(other)];
  const phoneNumber = parsed.find((jid) => jid?.server === userServer)?.user;
  const lid = parsed.find((jid) => jid?.server === lidServer)?.user;
  return phoneNumber === undefined || lid === undefined ? undefined : { phoneNumber, lid };
}

const { StatusDistributionMode } = proto.SyncActionValue.StatusPrivacyAction;
const appStateModes: Readonly<Record<number, StoryPrivacyMode>> = {
  [StatusDistributionMode.CONTACTS]: 'contacts',
  [StatusDistributionMode.ALLOW_LIST]: 'allowlist',
  [StatusDistributionMode.DENY_LIST]: 'denylist',
  // To nobody but those who are named, if they are.
  [StatusDistributionMode.CLOSE_FRIENDS]: 'allowlist',
};
const answerModes: Readonly<Record<string, StoryPrivacyMode>> = {
  contacts: 'contacts',
  whitelist: 'allowlist',
  blacklist: 'denylist',
};

/**
 * Source: Baileys reads the verified name from the certificate in a message's `<verified_name>` (`decryptMessageNode`) and
 * from the notice about a business in the history (`processHistoryMessage`).
 */
function newsOfOwnNames(contact: Partial<Contact>): AddressBookNews[] {
  const person = personOfContact(contact);
  const pushName = cleanName(contact.notify);
  const verifiedName = cleanName(contact.verifiedName);
  if (person === undefined || (pushName === undefined && verifiedName === undefined)) return [];
  return [
    {
      type: 'contact',
      person,
      ...(verifiedName === undefined ? {} : { verifiedName }),
      ...(pushName === undefined ? {} : { pushName }),
    },
  ];
}

function newsOfChat(
  chat: Partial<Chat>,
  partner: PersonAddress | undefined,
  unread: { count: number } | { more: number } | undefined,
): Extract<AddressBookNews, { type: 'chat' }> | undefined {
  const who = partner ?? partnerOf(chat.id);
  if (who === undefined) return undefined;
  const name = cleanName(chat.displayName) ?? cleanName(chat.name);
  const seconds = secondsOf(chat.conversationTimestamp);
  return {
    type: 'chat',
    chat: who,
    ...(name === undefined ? {} : { name }),
    ...(unread === undefined ? {} : { unread }),
    ...(seconds === undefined ? {} : { lastMessageAt: new Date(seconds * 1000) }),
  };
}

/** A group or a person; status updates, channels and broadcast lists are no chats here. */
function partnerOf(jid: string | null | undefined): PersonAddress | { groupJid: string } | undefined {
  if (jid?.endsWith('@g.us') === true) return { groupJid: jid };
  return jid === 'status@broadcast' || jid === '0@s.whatsapp.net' ? undefined : personOfJid(jid);
}

function personOfContact({ id, lid, phoneNumber }: Partial<Contact>): PersonAddress | undefined {
  const named = partnerOf(id);
  if (named === undefined || 'groupJid' in named) return undefined;
  return {
    phoneNumber: named.phoneNumber ?? personOfJid(phoneNumber)?.phoneNumber ?? null,
    lid: named.lid ?? personOfJid(lid)?.lid ?? null,
  };
}

function peopleOf(jids: readonly string[]): PersonAddress[] {
  return jids.flatMap((jid) => personOfJid(jid) ?? []);
}

function toList<T>(value: T | undefined): T[] {
  return value === undefined ? [] : [value];
}

function cleanName(name: string | null | undefined): string | undefined {
  const clean = name === null || name === undefined ? undefined : asText(name.trim(), maxNameLength).trim();
  return clean === undefined || clean === '' ? undefined : clean;
}

/** Protobuf's 64-bit numbers come as objects of their own. */
function secondsOf(value: Chat['conversationTimestamp']): number | undefined {
  const seconds = typeof value === 'number' ? value : value?.toNumber();
  return seconds === undefined || seconds <= 0 ? undefined : seconds;
}
