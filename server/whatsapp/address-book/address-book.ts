import type { Agent } from 'node:https';
import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import { withDeadline } from '../../lib/deadline.js';
import type { Logger } from '../../lib/logger.js';
import { AddressBookIntake } from './address-book-intake.js';
import { newsOfPrivacyAnswer } from './address-book-news.js';
import { ContactCollection, contactsCollection } from '../app-state/contact-collection.js';
import { phoneJid, userServer } from '../jid.js';
import type { AuthState } from '../credentials/auth-state.js';
import type { FoundNumber, GatewayListener, NumberCheck, ResyncOutcome } from '../gateway.js';
import type { NumberDirectory } from './number-directory.js';

export interface AddressBookParts {
  socket: WASocket;
  auth: AuthState;
  numbers: Pick<NumberDirectory, 'check'>;
  mediaAgent: Agent;
  listener: Pick<GatewayListener, 'onAddressBook' | 'onAddressPairs'>;
  /** Aborted when the socket is at its end, which Baileys does not tell those who wait for an answer. */
  ended: AbortSignal;
  logger: Logger;
}

const checkMs = 15_000;
const settingsMs = 15_000;
/** Tens of thousands of contacts are dozens of questions, one after the other. */
const resyncMs = 5 * 60_000;

/** The account's address book and who may see its statuses, as the phone and WhatsApp tell it on one connection. */
export class AddressBook {
  private readonly intake: AddressBookIntake;
  private readonly contacts: ContactCollection;
  private resyncing: Promise<ResyncOutcome> | undefined;
  private storyPrivacy: Promise<void> | undefined;

  /** Listens from here on; nothing of what the socket tells is missed when this comes right after it. */
  constructor(private readonly parts: AddressBookParts) {
    this.intake = new AddressBookIntake({
      ...parts,
      syncCount: parts.auth.creds.accountSyncCounter,
      onSyncCounted: () => void this.logged('the end of the first sync was not noted', this.onSyncCounted()),
    });
    this.contacts = new ContactCollection({
      ...parts,
      keys: parts.auth.keys,
      tell: (changes) => this.intake.record(changes),
      onKey: () => void this.logged('the saved contacts could not be asked for', this.askForContacts(false)),
    });
  }

  /** The device was just linked to this number. Resolves when the listener knows. */
  async onLinked(phoneNumber: string): Promise<void> {
    this.intake.push([{ type: 'linked', phoneNumber }]);
    await this.intake.drain();
  }

  /** Reads what can change while nobody listens. Failures are logged: what was known before stays. */
  async readSettings(): Promise<void> {
    await Promise.all([
      this.storyPrivacyRead(),
      this.logged('the privacy settings could not be read', this.readReadReceipts()),
    ]);
  }

  /**
   * Resolves once it is recorded what WhatsApp says of whom the phone shows statuses to, which is asked once per connection;
   * as long as no answer came, once per call. Never rejects: without an answer, or when the connection ends before, what was
   * known before stays.
   */
  storyPrivacyRead(): Promise<void> {
    this.storyPrivacy ??= this.readStoryPrivacy().catch((error: unknown) => {
      this.storyPrivacy = undefined;
      if (this.parts.ended.aborted) return;
      this.parts.logger.info({ err: error }, 'the story privacy could not be read');
    });
    return this.storyPrivacy;
  }

  async checkNumber(phoneNumber: string): Promise<NumberCheck> {
    try {
      const asked = this.parts.numbers.check(phoneNumber);
      return numberCheckOf(await withDeadline(asked, checkMs, 'Checking a number'));
    } catch (error) {
      return { result: 'unanswered', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  /** A second call while one runs is the same one. */
  resync(): Promise<ResyncOutcome> {
    this.resyncing ??= this.askAgain().finally(() => {
      this.resyncing = undefined;
    });
    return this.resyncing;
  }

  async close(): Promise<void> {
    await Promise.all([this.contacts.close(), this.intake.close()]);
  }

  private async askAgain(): Promise<ResyncOutcome> {
    const { auth } = this.parts;
    if (auth.creds.me === undefined || auth.creds.myAppStateKeyId === undefined) return { result: 'no_keys' };
    try {
      await this.contacts.forget();
      this.intake.push([{ type: 'sync-started' }]);
      const hasEnded = await withDeadline(this.askForContacts(true), resyncMs, 'Asking for the address book');
      if (!hasEnded) return { result: 'failed', reason: 'the phone has told no contacts at all' };
      await this.intake.drain();
      return this.intake.isIncomplete ? { result: 'failed', reason: 'not all could be recorded' } : { result: 'told' };
    } catch (error) {
      return { result: 'failed', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  private async askForContacts(isWhole: boolean): Promise<boolean> {
    await this.parts.socket.resyncAppState([contactsCollection], false);
    return this.noteEnd(isWhole);
  }

  /**
   * Baileys also counts a first sync for which it gave up waiting; the phone's history came too early or too late, or never.
   * Then it has asked for nothing.
   */
  private async onSyncCounted(): Promise<void> {
    if (!(await this.noteEnd(false))) await this.askForContacts(false);
  }

  /** False without a version: then nothing was told, because the book is empty or its key has not come. */
  private async noteEnd(isWhole: boolean): Promise<boolean> {
    await this.contacts.drain();
    if ((await this.contacts.version()) === 0) return false;
    this.intake.push([{ type: 'synced', isWhole }]);
    return true;
  }

  private async readStoryPrivacy(): Promise<void> {
    const asked = this.parts.socket.query({
      tag: 'iq',
      attrs: { to: `@${userServer}`, type: 'get', xmlns: 'status' },
      content: [{ tag: 'privacy', attrs: {} }],
    }) as Promise<BinaryNode>;
    try {
      const news = newsOfPrivacyAnswer(
        await withDeadline(asked, settingsMs, 'Reading the story privacy', this.parts.ended),
      );
      if (news !== undefined) await this.intake.recordFirst(news);
    } catch (error) {
      // Nothing was ever chosen on the phone: all contacts.
      if (!isNotFound(error)) throw error;
      await this.intake.recordFirst({ type: 'story-privacy', mode: 'contacts', people: [] });
    }
  }

  private async readReadReceipts(): Promise<void> {
    const asked = this.parts.socket.fetchPrivacySettings(true);
    const settings = await withDeadline(asked, settingsMs, 'Reading the privacy settings', this.parts.ended);
    const value = settings['readreceipts'];
    if (value !== undefined) this.intake.push([{ type: 'read-receipts', areOn: value !== 'none' }]);
  }

  private async logged(sentence: string, work: Promise<unknown>): Promise<void> {
    await work.catch((error: unknown) => this.parts.logger.debug({ err: error }, sentence));
  }
}

function numberCheckOf(found: FoundNumber | undefined): NumberCheck {
  if (found === undefined) return { result: 'unanswered', reason: 'an answer about nobody' };
  const { exists, phoneNumber, lid } = found;
  return { result: 'answered', exists, jid: exists ? phoneJid(phoneNumber) : null, lid };
}

function isNotFound(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'data' in error && error.data === 404;
}
