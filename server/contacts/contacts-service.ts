import type {
  Chat,
  Contact,
  ContactsResync,
  ContactsSummary,
  ListContactsQuery,
  NumberCheckAnswer,
  StoryPrivacy,
} from '../contract/contacts.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import type { Quotas } from '../access/quotas.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import type { EventBus } from '../events/event-bus.js';
import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { withDeadline } from '../lib/deadline.js';
import type { Logger } from '../lib/logger.js';
import { Pages } from '../lib/page.js';
import type { PeopleService } from '../people/people-service.js';
import type { PeopleScope } from '../people/person.js';
import type {
  AddressBookNews,
  FoundNumber,
  GatewayConnection,
  PersonAddress,
  StoryPrivacyMode,
} from '../whatsapp/gateway.js';
import { lidJid, userOf } from '../whatsapp/jid.js';
import { AddressBookRoom } from './address-book-room.js';
import { type AddressBooksStore, unknownAddressBook } from './address-books-store.js';
import type { ChatsStore } from './chats-store.js';
import { searchTermsOf } from './contact.js';
import { ContactsRecorder } from './contacts-recorder.js';
import type { ContactsStore } from './contacts-store.js';
import { chatCursor, contactCursor } from './list-cursor.js';
import { NumberCheckLimit, type NumberCheckAllowance } from './number-check-limit.js';

export interface ContactsServiceParts {
  sessions: { connectionOf(sessionId: string): GatewayConnection | undefined };
  people: PeopleService;
  contacts: ContactsStore;
  chats: ChatsStore;
  books: AddressBooksStore;
  quotas: Quotas;
  unitOfWork: UnitOfWork;
  bus: EventBus;
  clock: Clock;
  logger: Logger;
}

const contactPages = new Pages(contactCursor);
const chatPages = new Pages(chatCursor);
/** One event per session and second while contacts come in. */
const eventDelayMs = 1_000;
const maxListedPeople = 500;
/** Whoever accepts a post, or previews one, waits for this. */
const findMs = 15_000;
const hiddenViews =
  'Read receipts are switched off on the phone: WhatsApp then hides who viewed the statuses, and views stay at zero.';

/** The address book of each account: contacts, chats, whom the phone shows statuses to. */
export class ContactsService {
  readonly recorder: ContactsRecorder;
  private readonly limit: NumberCheckLimit;
  private readonly room: AddressBookRoom;
  private readonly timers = new Map<string, { timer: NodeJS.Timeout; scope: PeopleScope }>();
  private readonly resyncs = new Map<string, { startedAt: Date; done: Promise<void> }>();
  private readonly background = new Set<Promise<void>>();
  /** Connections that were asked already whether they have to tell everything again. */
  private readonly asked = new WeakSet<GatewayConnection>();
  private unsubscribe: (() => void) | undefined;

  constructor(private readonly parts: ContactsServiceParts) {
    this.limit = new NumberCheckLimit(parts.clock);
    this.room = new AddressBookRoom(parts);
    this.recorder = new ContactsRecorder({
      ...parts,
      room: this.room,
      onChanged: (scope) => {
        this.tellSoon(scope);
      },
    });
  }

  /** From here on, an account whose contacts were never told to the end is asked for them when it connects. */
  start(): void {
    this.unsubscribe = this.parts.bus.subscribe((event) => {
      if (event.name === 'session-deleted') {
        this.limit.forget(event.sessionId);
        this.room.forget(event.sessionId);
      }
      if (event.name !== 'connection-status' || !event.payload.connected) return;
      this.inBackground(this.askWhenIncomplete(event.sessionId));
    });
  }

  async stop(): Promise<void> {
    this.unsubscribe?.();
    await this.drain();
  }

  /** Resolves when everything that was told is recorded and published. */
  async drain(): Promise<void> {
    for (const { timer, scope } of [...this.timers.values()]) {
      clearTimeout(timer);
      this.tell(scope);
    }
    await Promise.all(this.background);
  }

  /** Resolves once the news are committed. */
  record(sessionId: string, news: readonly AddressBookNews[]): Promise<void> {
    return this.recorder.record(sessionId, news);
  }

  /** Forgets somebody in one account, how many rows of each kind. What the phone tells anew is known again. */
  forgetPerson(tx: Tx, scope: PeopleScope, personId: string) {
    return this.recorder.forgetPerson(tx, scope, personId);
  }

  /** By name. */
  async list(sessionId: string, query: ListContactsQuery): Promise<Page<Contact>> {
    const { rows, total } = await this.parts.contacts.list(sessionId, {
      onlySaved: query.filter === 'saved',
      terms: searchTermsOf(query.search),
      ...contactPages.wanted(query),
    });
    const { items, nextCursor } = contactPages.cut(rows, query, ({ sortName, contact: { personId } }) => ({
      sortName,
      personId,
    }));
    return { items: items.map(({ contact }) => contact), total, nextCursor };
  }

  /** The newest message first. */
  async listChats(sessionId: string, query: PageQuery): Promise<Page<Chat>> {
    const { rows, total } = await this.parts.chats.list(sessionId, chatPages.wanted(query));
    const { items, nextCursor } = chatPages.cut(rows, query, (last) => last);
    return { items: items.map(({ chat }) => chat), total, nextCursor };
  }

  async summary(sessionId: string): Promise<ContactsSummary> {
    const [counts, chats, book] = await Promise.all([
      this.parts.contacts.summary(sessionId),
      this.parts.chats.count(sessionId),
      this.parts.books.find(sessionId),
    ]);
    const { quotas } = this.parts;
    const full = [quotas.wordsWhenFull('contact', counts.total), quotas.wordsWhenFull('chat', chats)];
    return {
      sessionId,
      ...counts,
      chats,
      warning: full.filter((words) => words !== null).join(' ') || null,
      syncedAt: timeOf(book?.syncedAt),
      changedAt: timeOf(book?.changedAt),
      isResyncing: this.resyncs.has(sessionId),
    };
  }

  async storyPrivacy(sessionId: string): Promise<StoryPrivacy> {
    const book = (await this.parts.books.find(sessionId)) ?? unknownAddressBook;
    const { people, total } = await this.parts.books.listPeople(sessionId, maxListedPeople);
    return {
      sessionId,
      mode: book.storyPrivacyMode,
      total,
      people,
      readAt: timeOf(book.storyPrivacyAt),
      readReceipts: {
        areOn: book.readReceipts,
        readAt: timeOf(book.readReceiptsAt),
        warning: book.readReceipts === false ? hiddenViews : null,
      },
    };
  }

  /** Whom the phone shows statuses to, for whoever makes an audience; null while it is not known. */
  async storyPrivacyList(sessionId: string): Promise<{ mode: StoryPrivacyMode; people: PersonAddress[] } | null> {
    const mode = (await this.parts.books.find(sessionId))?.storyPrivacyMode ?? null;
    // To all contacts is to nobody in particular, whoever a list that does not count now names.
    return mode && { mode, people: mode === 'contacts' ? [] : await this.parts.books.listAddresses(sessionId) };
  }

  /** null while it is not known. */
  async storyPrivacyMode(sessionId: string): Promise<StoryPrivacyMode | null> {
    return (await this.parts.books.find(sessionId))?.storyPrivacyMode ?? null;
  }

  isOnStoryPrivacyList(sessionId: string, personId: string): Promise<boolean> {
    return this.parts.books.isListed(sessionId, personId);
  }

  /** What WhatsApp knows of these numbers; undefined when it cannot be asked now, or does not answer in time. */
  async findNumbers(
    sessionId: string,
    phoneNumbers: readonly string[],
  ): Promise<ReadonlyMap<string, FoundNumber> | undefined> {
    const connection = this.parts.sessions.connectionOf(sessionId);
    if (!connection) return undefined;
    try {
      return await withDeadline(connection.findNumbers(phoneNumbers), findMs, 'Asking who has some numbers');
    } catch (error) {
      this.parts.logger.info({ sessionId, err: error }, 'WhatsApp was asked about numbers in vain');
      return undefined;
    }
  }

  /** Everyone saved on the phone, for whoever makes an audience. In no order. */
  listSaved(sessionId: string): Promise<{ personId: string; phoneNumber: string | null; lid: string | null }[]> {
    return this.parts.contacts.listSaved(sessionId);
  }

  /**
   * Asks WhatsApp whether a number can be reached. Throws `not_connected`, `rate_limited`, and `whatsapp_error` when no
   * answer comes.
   */
  async checkNumber(sessionId: string, phoneNumber: string): Promise<NumberCheckAnswer> {
    const connection = this.connectionOf(sessionId);
    this.limit.countCheck(sessionId);
    const check = await connection.checkNumber(phoneNumber);
    if (check.result === 'unanswered') {
      this.parts.logger.info({ sessionId, reason: check.reason }, 'a number could not be checked');
      throw new AppError('whatsapp_error', 'WhatsApp did not say whether this number exists. Try again later.');
    }
    const { exists, jid, lid } = check;
    if (jid !== null && lid !== null) {
      const known = userOf(jid);
      await this.parts.people.recordPairs(sessionId, [{ phoneNumber: known, lid, writtenAs: phoneNumber }]);
    }
    return { phoneNumber, exists, jid, lid: lid === null ? null : lidJid(lid) };
  }

  /** How many numbers the account may still look up. */
  numberChecksLeft(sessionId: string): NumberCheckAllowance {
    return this.limit.allowance(sessionId);
  }

  /** Asks the phone for all saved contacts again, in the background. One that runs already is the same. */
  resync(sessionId: string): ContactsResync {
    const connection = this.connectionOf(sessionId);
    const { startedAt } = this.resyncs.get(sessionId) ?? this.startResync(sessionId, connection);
    return { sessionId, startedAt: startedAt.toISOString() };
  }

  private connectionOf(sessionId: string): GatewayConnection {
    const connection = this.parts.sessions.connectionOf(sessionId);
    if (!connection) throw new AppError('not_connected', 'The account is not connected to WhatsApp.');
    return connection;
  }

  private startResync(sessionId: string, connection: GatewayConnection): { startedAt: Date; done: Promise<void> } {
    const done = connection
      .resyncAddressBook()
      .then((outcome) => {
        if (outcome.result === 'told') this.parts.logger.info({ sessionId }, 'the phone told all contacts');
        else this.parts.logger.info({ sessionId, outcome }, 'the phone did not tell its contacts');
      })
      .finally(() => this.resyncs.delete(sessionId));
    const resync = { startedAt: this.parts.clock.now(), done };
    this.resyncs.set(sessionId, resync);
    this.inBackground(done);
    return resync;
  }

  /** A first telling that a crash cut short is not repeated by the phone on its own. */
  private async askWhenIncomplete(sessionId: string): Promise<void> {
    const connection = this.parts.sessions.connectionOf(sessionId);
    if (!connection || this.asked.has(connection)) return;
    this.asked.add(connection);
    const book = await this.parts.books.find(sessionId);
    if ((book?.syncedAt ?? null) !== null || this.resyncs.has(sessionId)) return;
    await this.startResync(sessionId, connection).done;
  }

  private tellSoon(scope: PeopleScope): void {
    if (this.timers.has(scope.sessionId)) return;
    const timer = setTimeout(() => {
      this.tell(scope);
    }, eventDelayMs);
    this.timers.set(scope.sessionId, { timer, scope });
  }

  private tell({ organizationId, sessionId }: PeopleScope): void {
    this.timers.delete(sessionId);
    this.inBackground(
      this.parts.unitOfWork.run(async (tx) => {
        const { total } = await this.parts.contacts.count(tx, sessionId);
        tx.emit({ name: 'contacts-updated', organizationId, sessionId, payload: { sessionId, total } });
      }),
    );
  }

  private inBackground(work: Promise<void>): void {
    const settled = work
      .catch((error: unknown) => {
        this.parts.logger.warn({ err: error }, 'work on an address book failed');
      })
      .finally(() => this.background.delete(settled));
    this.background.add(settled);
  }
}

function timeOf(ms: number | null | undefined): string | null {
  return ms === null || ms === undefined ? null : new Date(ms).toISOString();
}
