import type { BaileysEventMap, WASocket } from '@whiskeysockets/baileys';
import type { Logger } from '../../lib/logger.js';
import * as translate from './address-book-news.js';
import { keepAddressPairs } from './address-pairs.js';
import { lidJid, phoneJid } from '../jid.js';
import type { StateChange } from '../app-state/open-mutation.js';
import type { AuthState } from '../credentials/auth-state.js';
import type { AddressBookNews, AddressPair, GatewayListener } from '../gateway.js';

/** Bounds one transaction of those who listen, and so how long it holds the event loop. */
const newsPerBatch = 250;
/** Far above the largest address book. Beyond it something is wrong, and memory counts for more. */
const maxWaiting = 400_000;

export interface IntakeParts {
  socket: Pick<WASocket, 'ev' | 'signalRepository'>;
  auth: Pick<AuthState, 'keys'>;
  listener: Pick<GatewayListener, 'onAddressBook' | 'onAddressPairs'>;
  logger: Logger;
  /** How many first syncs Baileys has counted on earlier connections. */
  syncCount: number;
  /** Baileys has counted one more, after everything of it was emitted; also when it gave up waiting for it. */
  onSyncCounted: () => void;
}

/**
 * Takes what concerns the address book before Baileys' own buffer: that holds it back for up to 30 s, mixes saved names
 * with those of conversations, and writes every pair of addresses in a transaction of its own. It goes to the listener in
 * bounded batches, in the order it came, one batch at a time.
 */
export class AddressBookIntake {
  private waiting: AddressBookNews[] = [];
  private pairs: AddressPair[] = [];
  private running: Promise<void> | undefined;
  /** What was recorded ahead of the others last. Never rejects. */
  private first: Promise<void> = Promise.resolve();
  private hasLost = false;
  private isClosed = false;
  private syncCount: number;

  constructor(private readonly parts: IntakeParts) {
    this.syncCount = parts.syncCount;
    const { ev } = parts.socket;
    const pass = ev.emit.bind(ev);
    ev.emit = (event, data) => {
      if (this.intercept(event, data)) return true;
      const passed = pass(event, data);
      if (event === 'creds.update') this.watchCount(data as BaileysEventMap['creds.update']);
      return passed;
    };
  }

  /** Whether something that was told could not be kept on this connection. */
  get isIncomplete(): boolean {
    return this.hasLost;
  }

  push(news: readonly AddressBookNews[]): void {
    if (this.isClosed || news.length === 0) return;
    if (this.waiting.length + news.length > maxWaiting) {
      this.lose(new Error('Too much of the address book is waiting.'));
      return;
    }
    for (const one of news) this.waiting.push(one);
    this.start();
  }

  /**
   * Records news that replace all earlier ones of their type, ahead of what waits: posts wait for it, and a whole address
   * book may be on its way. Rejects when it cannot be recorded.
   */
  async recordFirst(news: translate.StoryPrivacyNews): Promise<void> {
    if (this.isClosed) return;
    this.waiting = this.waiting.filter(({ type }) => type !== news.type);
    const recording = this.parts.listener.onAddressBook([news]);
    this.first = recording.catch(() => undefined);
    await recording;
  }

  /** Resolves once these entries of the phone's address book are recorded; false when they could not be. */
  async record(changes: readonly StateChange[]): Promise<boolean> {
    const { news, pairs } = translate.newsOfContactChanges(changes);
    for (const { phoneNumber, lid } of pairs) this.pushPair(lidJid(lid), phoneJid(phoneNumber));
    this.push(news);
    await this.drain();
    return !this.hasLost && !this.isClosed;
  }

  /** Resolves when nothing waits. */
  async drain(): Promise<void> {
    while (this.running) await this.running;
  }

  /** Gives up what waits: it was not counted as synced, so the next connection asks for it again. */
  async close(): Promise<void> {
    this.isClosed = true;
    this.waiting = [];
    this.pairs = [];
    await Promise.all([this.running, this.first]);
  }

  /** True for what nobody else has to hear of. */
  private intercept<E extends keyof BaileysEventMap>(event: E, data: BaileysEventMap[E]): boolean {
    const news = newsOf(event, data);
    if (news === undefined) return false;
    if (event === 'messaging-history.set') {
      const { lidPnMappings = [] } = data as BaileysEventMap['messaging-history.set'];
      for (const { lid, pn } of lidPnMappings) this.pushPair(lid, pn);
    }
    if (event === 'lid-mapping.update') {
      const { lid, pn } = data as BaileysEventMap['lid-mapping.update'];
      this.pushPair(lid, pn);
    }
    this.push(news);
    return true;
  }

  /** Baileys also emits all credentials again, with a count that has not moved. */
  private watchCount({ accountSyncCounter = 0 }: BaileysEventMap['creds.update']): void {
    if (accountSyncCounter <= this.syncCount) return;
    this.syncCount = accountSyncCounter;
    this.parts.onSyncCounted();
  }

  private pushPair(lid: string, phone: string): void {
    const pair = translate.pairOf(lid, phone);
    if (pair === undefined || this.isClosed) return;
    this.pairs.push(pair);
    this.start();
  }

  private start(): void {
    this.running ??= this.deliverAll().finally(() => {
      this.running = undefined;
    });
  }

  private async deliverAll(): Promise<void> {
    // What is told in one go is handed over together.
    await new Promise(setImmediate);
    while (this.pairs.length > 0 || this.waiting.length > 0) {
      // Pairs first: posting needs them, and `synced` must not come before they are kept.
      if (this.pairs.length > 0) await this.deliverPairs(this.pairs.splice(0, newsPerBatch));
      else await this.deliverNews(this.waiting.splice(0, newsPerBatch));
      await new Promise(setImmediate);
    }
  }

  private async deliverPairs(pairs: AddressPair[]): Promise<void> {
    try {
      await keepAddressPairs(this.parts, pairs);
      await this.parts.listener.onAddressPairs(pairs);
    } catch (error) {
      this.lose(error);
    }
  }

  private async deliverNews(batch: AddressBookNews[]): Promise<void> {
    const news = this.hasLost ? batch.filter(({ type }) => type !== 'synced') : batch;
    if (news.length === 0) return;
    try {
      await this.parts.listener.onAddressBook(news);
    } catch (error) {
      this.lose(error);
    }
  }

  private lose(error: unknown): void {
    this.hasLost = true;
    if (!this.isClosed) this.parts.logger.warn({ err: error }, 'a part of the address book was not recorded');
  }
}

/** Undefined for events that do not concern the address book. */
function newsOf<E extends keyof BaileysEventMap>(event: E, data: BaileysEventMap[E]): AddressBookNews[] | undefined {
  switch (event) {
    case 'contacts.upsert':
      return translate.newsOfSavedContacts(data as BaileysEventMap['contacts.upsert']);
    case 'contacts.update':
      return translate.newsOfContactUpdates(data as BaileysEventMap['contacts.update']);
    case 'messaging-history.set':
      return translate.newsOfHistory(data as BaileysEventMap['messaging-history.set']);
    case 'chats.upsert':
      return translate.newsOfNewChats(data as BaileysEventMap['chats.upsert']);
    case 'chats.update':
      return translate.newsOfChatUpdates(data as BaileysEventMap['chats.update']);
    case 'chats.delete':
      return translate.newsOfRemovedChats(data as BaileysEventMap['chats.delete']);
    case 'settings.update':
      return translate.newsOfSettings(data as BaileysEventMap['settings.update']);
    case 'lid-mapping.update':
      return [];
    default:
      return undefined;
  }
}
