import { setTimeout as pause } from 'node:timers/promises';
import type {
  GatewayConnection,
  GatewayEvent,
  PersonAddress,
  PublishOutcome,
  StatusReceipt,
  WhatsAppGateway,
} from '../gateway.js';
import type { WireFindings } from './wire-findings.js';

export interface LiveCheck {
  gateway: WhatsAppGateway;
  /** Of the row that the credentials belong to. */
  sessionId: string;
  /** The number that somebody offered, and the one contact that is posted to. Digits. */
  ownNumber: string;
  contact: string;
  findings: WireFindings;
  say: (line: string) => void;
  /** For the person with the contact's phone to open each post. */
  viewMs: number;
  /** Ends the check; what was posted is deleted all the same. */
  signal: AbortSignal;
}

const texts = ['Statuscast checks itself: first post.', 'Statuscast checks itself: second post.'];
/** As long as a code for linking is good. */
const linkMs = 3 * 60_000;
const openMs = 2 * 60_000;
/** Between two connections in a row. */
const maxConnections = 4;
const pollMs = 200;

type EventOf<T extends GatewayEvent['type']> = Extract<GatewayEvent, { type: T }>;

/**
 * Links, posts twice to the account itself and one contact, listens, deletes both posts and unlinks, whatever happens in
 * between. Resolves with whether everything was done; rejects with a sentence when something could not be begun.
 */
export async function runLiveCheck(check: LiveCheck): Promise<boolean> {
  const wire = new LiveWire(check);
  const posted: string[] = [];
  let isComplete = true;
  try {
    await wire.link();
    const person = await wire.find(check.contact);
    for (const text of texts) {
      const messageId = check.gateway.newMessageId(null);
      // Noted before it leaves: what may have arrived is deleted.
      posted.push(messageId);
      const outcome = await wire.post(messageId, text, person);
      check.say(`Post ${String(posted.length)}: ${inWords(outcome)}.`);
      isComplete &&= outcome.result === 'acknowledged';
      if (outcome.result === 'acknowledged') await wire.untilViewed(messageId);
    }
  } finally {
    isComplete = (await wire.clean(posted)) && isComplete;
  }
  return isComplete;
}

/** The connections of one check, one after the other. */
class LiveWire {
  private connection: GatewayConnection | undefined;
  private events: GatewayEvent[] = [];
  private readonly receipts: StatusReceipt[] = [];
  private isOpen = false;
  private person: PersonAddress | undefined;

  constructor(private readonly check: LiveCheck) {}

  async link(): Promise<void> {
    const { say, ownNumber } = this.check;
    for (let nth = 0; nth < maxConnections; nth++) {
      this.connect();
      const first = await this.until(['pairing-code', 'open', 'closed'], openMs, 'WhatsApp to say something');
      if (first.type === 'open') return;
      if (first.type === 'closed') throw new Error(`WhatsApp closed the connection: ${first.message}`);
      say(
        `On the phone of ${ownNumber}: Linked devices → Link a device → Link with phone number instead: ${first.pairingCode}`,
      );
      const end = await this.until(['closed'], linkMs, 'somebody to type the code');
      if (end.action !== 'reconnect_now') throw new Error(`The device was not linked: ${end.message}`);
      say('Linked. WhatsApp asks for a second connection, as always.');
    }
    throw new Error('WhatsApp kept asking for another connection.');
  }

  async find(phoneNumber: string): Promise<PersonAddress> {
    const found = (await this.live().findNumbers([phoneNumber]))?.get(phoneNumber);
    if (found?.exists !== true)
      throw new Error(`${phoneNumber} is not on WhatsApp, or WhatsApp did not say. Nothing was posted.`);
    this.check.say(`${phoneNumber} is on WhatsApp ${found.lid === null ? 'without' : 'with'} a LID.`);
    this.person = { phoneNumber: found.phoneNumber, lid: found.lid };
    return this.person;
  }

  post(messageId: string, text: string, person: PersonAddress): Promise<PublishOutcome> {
    const content = { type: 'text', text, backgroundColor: '#1f6feb', textColor: '#ffffff', font: 0 } as const;
    return this.live().publishStatus({ messageId, content, recipients: [person] });
  }

  async untilViewed(messageId: string): Promise<void> {
    const { say, viewMs, contact, signal } = this.check;
    say(`Open it on the phone of ${contact} now; this waits for ${String(Math.round(viewMs / 1000))} s at most.`);
    const isViewed = (): boolean =>
      this.receipts.some((one) => one.messageId === messageId && one.kind !== 'delivered');
    await poll(() => isViewed() || !this.isOpen, viewMs, signal);
    const kinds = new Set(this.receipts.filter((one) => one.messageId === messageId).map(({ kind }) => kind));
    say(kinds.size === 0 ? 'No receipt came.' : `Receipts: ${[...kinds].join(', ')}.`);
  }

  /** Deletes what may be there, and unlinks. False when WhatsApp did not confirm all of it. */
  async clean(posted: readonly string[]): Promise<boolean> {
    const { say, gateway, sessionId } = this.check;
    let isClean = true;
    if (!this.isOpen && (await gateway.isLinked(sessionId))) await this.reconnect();
    for (const revokedId of this.isOpen && this.person ? posted : []) {
      const request = {
        messageId: gateway.newMessageId(null),
        revokedId,
        recipients: this.person ? [this.person] : [],
      };
      const outcome = await this.live()
        .revokeStatus(request)
        .catch((error: unknown) => failed(error));
      isClean &&= outcome.result === 'acknowledged';
      if (outcome.result !== 'acknowledged')
        say(`A post could not be deleted (${inWords(outcome)}): delete it on the phone.`);
    }
    if (posted.length > 0 && isClean && this.isOpen) say('What was posted is deleted.');
    if (posted.length > 0 && !this.isOpen) {
      say('The connection was lost: delete the posts on the phone, and unlink the device there.');
      isClean = false;
    }
    if (this.isOpen) {
      const { confirmed } = await this.live().logout();
      say(
        confirmed
          ? 'The device is unlinked.'
          : 'WhatsApp did not confirm that the device is unlinked: do it on the phone.',
      );
      return isClean && confirmed;
    }
    await this.connection?.close();
    await gateway.forget(sessionId);
    return isClean;
  }

  /** For the sake of what was posted, also after an interruption. */
  private async reconnect(): Promise<void> {
    this.check.say('The connection was lost; this connects once more to clean up.');
    await this.connection?.close();
    this.connect();
    await poll(() => this.isOpen || this.events.some(({ type }) => type === 'closed'), openMs);
  }

  private connect(): void {
    const { gateway, sessionId, ownNumber: phoneNumber } = this.check;
    this.events = [];
    const { events } = this;
    this.connection = gateway.open({
      sessionId,
      link: { method: 'pairing', phoneNumber },
      listener: {
        onEvent: (event) => {
          events.push(event);
          if (event.type === 'open') this.isOpen = true;
          if (event.type === 'closed') this.isOpen = false;
        },
        onReceipts: (receipts) => {
          this.receipts.push(...receipts);
          return Promise.resolve();
        },
        onReplies: () => Promise.resolve(),
        onAddressPairs: () => Promise.resolve(),
        onAddressBook: () => Promise.resolve(),
      },
    });
  }

  private live(): GatewayConnection {
    if (!this.connection) throw new Error('There is no connection.');
    return this.connection;
  }

  private async until<T extends GatewayEvent['type']>(
    types: readonly T[],
    timeoutMs: number,
    what: string,
  ): Promise<EventOf<T>> {
    const find = (): EventOf<T> | undefined =>
      this.events.find((event): event is EventOf<T> => types.some((type) => type === event.type));
    await poll(() => find() !== undefined, timeoutMs, this.check.signal);
    const found = find();
    if (found === undefined) throw new Error(`Waited ${String(timeoutMs / 1000)} s for ${what}.`);
    return found;
  }
}

/** Waits until something is there, for so long at most; rejects in words when a person interrupts it. */
async function poll(isThere: () => boolean, timeoutMs: number, signal?: AbortSignal): Promise<void> {
  const endsAt = performance.now() + timeoutMs;
  while (!isThere() && performance.now() < endsAt) {
    if (signal?.aborted) throw new Error('The check was interrupted.');
    await pause(pollMs, undefined, { ...(signal && { signal }) }).catch(() => undefined);
  }
}

function failed(error: unknown): PublishOutcome {
  const reason = error instanceof Error ? error.message : String(error);
  return { result: 'not_sent', reason, connectionLost: true, recipients: [] };
}

function inWords(outcome: PublishOutcome): string {
  switch (outcome.result) {
    case 'acknowledged':
    case 'partly_sent':
      return `WhatsApp took it; ${outcome.recipients.map((one) => one.outcome).join(', ') || 'for the account itself only'}`;
    case 'rejected':
      return `WhatsApp refused it with ${outcome.code}`;
    case 'unconfirmed':
      return 'no answer came';
    case 'not_sent':
      return `it did not leave: ${outcome.reason}`;
  }
}
