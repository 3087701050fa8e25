import assert from 'node:assert/strict';
import {
  type AcknowledgedChunk,
  type PersonAddress,
  type PublishOutcome,
  type PublishRequest,
  type RecipientResult,
  type StatusContent,
} from '../../server/whatsapp/gateway.js';
import type { PublishingSettings } from '../../server/whatsapp/publishing/publishing.js';
import type { ContactView } from '../../simulator/control/people-controls.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { openTestGateway, type TestConnection, type TestGateway } from './open-gateway.js';
import { inShort, recordStanzas } from './sent-stanzas.js';

const content: StatusContent = {
  type: 'text',
  text: 'Fresh bread',
  backgroundColor: '#1F6F5C',
  textColor: '#FFFFFF',
  font: 0,
};

/** A linked account that posts to contacts with names, and what leaves in its name. */
export class PostingAccount {
  /** The posts as they left. */
  readonly sent: ReturnType<typeof recordStanzas>['stanzas'];
  /** The namespaces of the questions to WhatsApp. */
  readonly questions: string[] = [];
  readonly names = new Map<string, string>();
  readonly own: { phoneNumber: string; lid: string | null };

  private constructor(
    readonly simulator: TestSimulator,
    readonly gateway: TestGateway,
    public live: TestConnection,
    phoneNumber: string,
    private readonly recorded: ReturnType<typeof recordStanzas>,
  ) {
    this.sent = recorded.stanzas;
    this.own = { phoneNumber, lid: simulator.controls.people.person(phoneNumber).lid };
    this.name('own', this.own);
    simulator.controls.traffic.watchStanzas((way, { attrs }) => {
      if (way === 'received' && attrs['xmlns'] !== undefined) this.questions.push(attrs['xmlns']);
    });
  }

  static async open(publishing: Partial<PublishingSettings> = {}): Promise<PostingAccount> {
    const recorded = recordStanzas();
    const simulator = await startTestSimulator();
    const gateway = await openTestGateway(simulator, { ackMs: 3_000, queryMs: 3_000 }, publishing);
    const { live, phoneNumber } = await gateway.link(simulator);
    return new PostingAccount(simulator, gateway, live, phoneNumber, recorded);
  }

  async close(): Promise<void> {
    this.recorded.stop();
    await this.gateway.stop();
    await this.simulator.stop();
  }

  /** As if nothing had left, been asked or gone wrong yet, and every device may have everything again. */
  async begin(): Promise<void> {
    this.sent.length = 0;
    this.questions.length = 0;
    this.simulator.controls.faults.clear();
    this.live.allowRetry = () => Promise.resolve(true);
    await this.gateway.db('account_forms').delete();
  }

  async reopen(): Promise<void> {
    await this.live.connection.close();
    this.simulator.controls.faults.clear();
    this.live = this.gateway.open();
    await this.live.event('open');
  }

  name(word: string, { phoneNumber, lid }: { phoneNumber: string; lid: string | null }): void {
    for (const name of [phoneNumber, lid ?? '']) this.names.set(name, word);
  }

  contacts(...words: string[]): ContactView[] {
    return words.map((word) => {
      const [made = assert.fail()] = this.simulator.addContacts(1);
      this.name(word, made);
      return made;
    });
  }

  contact(word: string): ContactView {
    return this.contacts(word)[0] ?? assert.fail();
  }

  /** Posts to people by their numbers; the parts it told of, and how it ended. */
  async post(people: ContactView[], more: Partial<PublishRequest> = {}) {
    const chunks: AcknowledgedChunk[] = [];
    const messageId = more.messageId ?? this.gateway.gateway.newMessageId(null);
    const recipients = people.map(({ phoneNumber }): PersonAddress => ({ phoneNumber, lid: null }));
    const outcome: PublishOutcome = await this.live.connection.publishStatus({
      messageId,
      content,
      recipients,
      onChunk: (chunk) => Promise.resolve(void chunks.push(chunk)),
      ...more,
    });
    await this.simulator.drain();
    return { messageId, outcome, chunks };
  }

  /** Those people with what became of them. */
  said(results: readonly RecipientResult[]): string[] {
    return results.map(({ person, outcome }) => `${this.names.get(person.phoneNumber ?? '') ?? ''} ${outcome}`);
  }

  copies(people: readonly { phoneNumber: string }[], id: string): number[] {
    return people.map(
      ({ phoneNumber }) => this.simulator.statuses(phoneNumber).find((one) => one.id === id)?.copies ?? 0,
    );
  }

  /** What left, each in one line. */
  stanzas(): string[] {
    return this.sent.map((stanza) => inShort(stanza, this.names));
  }

  /** How many people each of them names, the account itself included. */
  sizes(): number[] {
    return this.stanzas().map((stanza) => stanza.split(', ').length);
  }

  /** The id of the key that this user holds, by LID or number. */
  async keyOf(user: string | null): Promise<number | undefined> {
    const rows = this.gateway.db<{ key_id: number; user_id: string | null }>('recipient_devices');
    return (await rows.where({ user_id: user }).first('key_id'))?.key_id;
  }

  /** WhatsApp took nothing but this form the last time. */
  async teach(form: string): Promise<void> {
    await this.gateway.db('account_forms').insert({ session_id: 'acc1', form, learned_at: Date.now() });
  }
}
