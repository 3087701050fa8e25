import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import type { PeopleChange, PeopleService } from '../people/people-service.js';
import type { PeopleScope } from '../people/person.js';
import type { AddressBookNews, PersonAddress } from '../whatsapp/gateway.js';
import type { AddressBookRoom } from './address-book-room.js';
import { type AddressBooksStore, unknownAddressBook } from './address-books-store.js';
import type { ChatRecord, ChatsStore } from './chats-store.js';
import { type ContactChange, type ContactRecord, isNobody, isRenamed, joined, unsaved, withChange } from './contact.js';
import type { ContactsStore } from './contacts-store.js';
import { type ChatNews, type Fact, isAboutNobodyNew, personOf, runsOf } from './facts.js';

export interface ContactsRecorderParts {
  people: PeopleService;
  contacts: ContactsStore;
  chats: ChatsStore;
  books: AddressBooksStore;
  room: AddressBookRoom;
  unitOfWork: UnitOfWork;
  clock: Clock;
  /** Called after the commit of anything that changed the list of contacts. */
  onChanged: (scope: PeopleScope) => void;
}

const removedPerStep = 500;

/** Writes what the phone tells. Every step can be repeated: what is told twice is recorded once. */
export class ContactsRecorder {
  constructor(private readonly parts: ContactsRecorderParts) {}

  /** Resolves once it is committed. News of a session that is gone change nothing. */
  async record(sessionId: string, news: readonly AddressBookNews[]): Promise<void> {
    const { people, unitOfWork, onChanged } = this.parts;
    await unitOfWork.run(async (tx) => {
      const scope = await people.lock(tx, sessionId);
      if (!scope) return;
      let hasChanged = false;
      for (const part of runsOf(news)) {
        const changed = Array.isArray(part)
          ? await this.recordFacts(tx, scope, part)
          : await this.recordState(tx, scope, part);
        hasChanged ||= changed;
      }
      if (!hasChanged) return;
      const book = (await this.parts.books.find(sessionId, tx)) ?? unknownAddressBook;
      await this.parts.books.save(tx, scope, { ...book, changedAt: this.now() });
      tx.afterCommit(() => {
        onChanged(scope);
      });
    });
  }

  async onMerges(tx: Tx, { merges, ...scope }: PeopleChange): Promise<void> {
    const { contacts, chats, books } = this.parts;
    const survivors = new Map(merges.map((merge) => [merge.goneId, merge.survivorId]));
    const known = await contacts.find(tx, [...survivors.keys(), ...survivors.values()]);
    const kept = new Map<string, ContactRecord>();
    const chatRecords = await chats.find(tx, scope.sessionId, [...survivors.keys(), ...survivors.values()]);
    const keptChats = new Map<string, ChatRecord>();
    for (const [goneId, survivorId] of survivors) {
      const gone = known.get(goneId);
      const survivor = kept.get(survivorId) ?? known.get(survivorId);
      if (gone?.isKnown === true && survivor) kept.set(survivorId, joined(survivor, gone));
      const chat = chatRecords.get(goneId);
      if (chat)
        keptChats.set(
          survivorId,
          joinedChat(keptChats.get(survivorId) ?? chatRecords.get(survivorId), chat, survivorId),
        );
    }
    await contacts.save(tx, scope, [...kept.values()], this.now());
    await chats.delete(tx, scope.sessionId, [...survivors.keys()]);
    await chats.save(tx, scope, [...keptChats.values()]);
    await books.movePeople(tx, scope, survivors);
  }

  /** Forgets somebody whom the phone told of. What it tells anew is recorded anew. */
  async forgetPerson(tx: Tx, scope: PeopleScope, personId: string) {
    const { contacts, chats, books } = this.parts;
    const known = await contacts.find(tx, [personId]);
    await contacts.delete(tx, [personId]);
    if (known.get(personId)?.isKnown === true) {
      tx.afterCommit(() => {
        this.parts.onChanged(scope);
      });
    }
    return {
      contacts: known.get(personId)?.isKnown === true ? 1 : 0,
      chats: await chats.forgetPerson(tx, personId),
      statusPrivacy: await books.forgetPerson(tx, personId),
    };
  }

  /** Names and numbers may have moved: what lists are sorted and searched by is made again. */
  async onChanged(tx: Tx, { changedIds, ...scope }: PeopleChange): Promise<void> {
    const known = await this.parts.contacts.find(tx, changedIds);
    const concerned = [...known.values()].filter((record) => record.isKnown);
    if (concerned.length === 0) return;
    await this.parts.contacts.save(tx, scope, concerned, this.now());
    tx.afterCommit(() => {
      this.parts.onChanged(scope);
    });
  }

  private async recordFacts(tx: Tx, scope: PeopleScope, told: readonly Fact[]): Promise<boolean> {
    const { people, contacts, room } = this.parts;
    const facts = await this.withoutStrangers(tx, scope, await room.forContacts(tx, scope, told));
    const addressed = addressedIn(facts);
    const ids = await people.resolve(
      tx,
      scope.sessionId,
      addressed.map(({ person }) => person),
    );
    const idOf = new Map(addressed.map(({ fact }, index) => [fact, ids[index] ?? '']));
    const changes = new Map<string, ContactChange>();
    for (const [fact, id] of idOf) {
      if (fact.type !== 'chat-removed') changes.set(id, changeAfter(changes.get(id), fact));
    }
    const known = await contacts.find(tx, [...changes.keys()]);
    const changed: ContactRecord[] = [];
    const renamed: ContactRecord[] = [];
    const toldAgain: string[] = [];
    for (const [id, change] of changes) {
      const record = known.get(id);
      if (!record) continue;
      const next = withChange(record, change);
      if (!record.isKnown && isNobody(next)) continue;
      const isTold = change.savedName !== undefined;
      if (next === record && record.isKnown) {
        if (isTold) toldAgain.push(id);
        continue;
      }
      changed.push({ ...next, savedAt: isTold ? this.now() : next.savedAt });
      if (isRenamed(record, next)) renamed.push(next);
    }
    await this.saveNames(tx, scope, renamed);
    await this.saveContacts(tx, scope, changed);
    if (toldAgain.length > 0) await contacts.touchSaved(tx, toldAgain, this.now());
    await this.recordChats(tx, scope, facts, idOf);
    return changed.length > 0;
  }

  /** Without the end of what was never told of: it makes nobody. */
  private async withoutStrangers(tx: Tx, scope: PeopleScope, facts: readonly Fact[]): Promise<readonly Fact[]> {
    if (!facts.some(isAboutNobodyNew)) return facts;
    const addressed = addressedIn(facts);
    const addresses = addressed.map(({ person }) => person);
    const { ids, unknown } = await this.parts.people.foresee(tx, scope.sessionId, addresses);
    const told = new Set(ids.filter((_, index) => addressed[index] && !isAboutNobodyNew(addressed[index].fact)));
    const strangers = new Set<Fact>();
    for (const [index, { fact }] of addressed.entries()) {
      const id = ids[index] ?? '';
      if (unknown.has(id) && !told.has(id)) strangers.add(fact);
    }
    return strangers.size === 0 ? facts : facts.filter((fact) => !strangers.has(fact));
  }

  private async recordChats(
    tx: Tx,
    scope: PeopleScope,
    facts: readonly Fact[],
    idOf: ReadonlyMap<Fact, string>,
  ): Promise<void> {
    const { chats, room } = this.parts;
    const told = facts.flatMap((fact) => {
      if ('person' in fact) return [];
      const personId = idOf.get(fact) ?? null;
      return [{ fact, personId, key: personId ?? ('groupJid' in fact.chat ? fact.chat.groupJid : '') }];
    });
    if (told.length === 0) return;
    const known = await chats.find(
      tx,
      scope.sessionId,
      told.map(({ key }) => key),
    );
    const saved = new Map<string, ChatRecord>();
    const removed = new Set<string>();
    for (const { fact, key, personId } of told) {
      if (fact.type === 'chat-removed') {
        saved.delete(key);
        known.delete(key);
        removed.add(key);
        continue;
      }
      removed.delete(key);
      const before = saved.get(key) ?? known.get(key);
      saved.set(key, chatAfter(before ?? { key, personId, name: null, unreadCount: 0, lastMessageAt: 0 }, fact));
    }
    if (removed.size > 0) await chats.delete(tx, scope.sessionId, [...removed]);
    const added = [...saved.values()].filter(({ key }) => !known.has(key));
    const kept = new Set(await room.forChats(tx, scope, added));
    await chats.save(
      tx,
      scope,
      [...saved.values()].filter((chat) => known.has(chat.key) || kept.has(chat)),
    );
  }

  private async recordState(tx: Tx, scope: PeopleScope, news: Exclude<AddressBookNews, Fact>): Promise<boolean> {
    const { books, people, contacts, chats } = this.parts;
    const now = this.now();
    const book = (await books.find(scope.sessionId, tx)) ?? unknownAddressBook;
    switch (news.type) {
      case 'linked': {
        const isAnother = book.phoneNumber !== null && book.phoneNumber !== news.phoneNumber;
        if (isAnother) {
          await contacts.deleteAll(tx, scope.sessionId);
          await chats.deleteAll(tx, scope.sessionId);
          await books.replacePeople(tx, scope, []);
        }
        const kept = isAnother ? unknownAddressBook : book;
        await books.save(tx, scope, { ...kept, phoneNumber: news.phoneNumber, syncStartedAt: now, syncedAt: null });
        return isAnother;
      }
      case 'sync-started':
        await books.save(tx, scope, { ...book, syncStartedAt: now });
        return false;
      case 'synced': {
        const hasRemoved = news.isWhole && (await this.forgetNotTold(tx, scope, book.syncStartedAt ?? 0));
        await books.save(tx, scope, { ...book, syncedAt: now });
        return hasRemoved;
      }
      case 'story-privacy': {
        const ids = await people.resolve(tx, scope.sessionId, news.people);
        await books.replacePeople(tx, scope, ids);
        await books.save(tx, scope, { ...book, storyPrivacyMode: news.mode, storyPrivacyAt: now });
        return false;
      }
      case 'read-receipts':
        await books.save(tx, scope, { ...book, readReceipts: news.areOn, readReceiptsAt: now });
        return false;
    }
  }

  /** Contacts that a whole telling left out are not saved on the phone any more. */
  private async forgetNotTold(tx: Tx, scope: PeopleScope, since: number): Promise<boolean> {
    const { contacts } = this.parts;
    let hasRemoved = false;
    for (;;) {
      const ids = await contacts.listNotToldSince(tx, scope.sessionId, since, removedPerStep);
      if (ids.length === 0) return hasRemoved;
      hasRemoved = true;
      const known = await contacts.find(tx, ids);
      const records = [...known.values()].map(unsaved);
      await this.saveNames(tx, scope, records);
      await this.saveContacts(tx, scope, records);
    }
  }

  private async saveContacts(tx: Tx, scope: PeopleScope, records: readonly ContactRecord[]): Promise<void> {
    const { contacts } = this.parts;
    const gone = records.filter(isNobody).map(({ personId }) => personId);
    await contacts.save(
      tx,
      scope,
      records.filter((record) => !isNobody(record)),
      this.now(),
    );
    if (gone.length > 0) await contacts.delete(tx, gone);
  }

  private async saveNames(tx: Tx, scope: PeopleScope, records: readonly ContactRecord[]): Promise<void> {
    const names = records.map(({ personId, savedName, verifiedName, pushName }) => ({
      id: personId,
      name: savedName,
      verifiedName,
      pushName,
    }));
    if (names.length > 0) await this.parts.people.saveNames(tx, scope, names);
  }

  private now(): number {
    return this.parts.clock.now().getTime();
  }
}

function addressedIn(facts: readonly Fact[]): { fact: Fact; person: PersonAddress }[] {
  return facts.flatMap((fact) => {
    const person = personOf(fact);
    return person === undefined ? [] : [{ fact, person }];
  });
}

function changeAfter(before: ContactChange | undefined, fact: Exclude<Fact, { type: 'chat-removed' }>): ContactChange {
  switch (fact.type) {
    case 'chat':
      return { ...before, inChat: true };
    case 'contact-removed': {
      const { savedName: _, ...rest } = before ?? {};
      return { ...rest, isRemoved: true };
    }
    case 'contact': {
      const { savedName, verifiedName, pushName } = fact;
      return {
        ...before,
        ...(savedName === undefined ? {} : { savedName }),
        ...(verifiedName === undefined ? {} : { verifiedName }),
        ...(pushName === undefined ? {} : { pushName }),
      };
    }
  }
}

function chatAfter(
  before: ChatRecord,
  { name, unread, lastMessageAt }: Extract<ChatNews, { type: 'chat' }>,
): ChatRecord {
  const { unreadCount } = before;
  return {
    ...before,
    name: name ?? before.name,
    unreadCount: unread === undefined ? unreadCount : 'count' in unread ? unread.count : unreadCount + unread.more,
    lastMessageAt: Math.max(before.lastMessageAt, lastMessageAt?.getTime() ?? 0),
  };
}

function joinedChat(survivor: ChatRecord | undefined, gone: ChatRecord, survivorId: string): ChatRecord {
  return {
    key: survivorId,
    personId: survivorId,
    name: survivor?.name ?? gone.name,
    unreadCount: (survivor?.unreadCount ?? 0) + gone.unreadCount,
    lastMessageAt: Math.max(survivor?.lastMessageAt ?? 0, gone.lastMessageAt),
  };
}
