import type { EventEmitter } from 'node:events';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { withDeadline } from '../../lib/deadline.js';
import type { Logger } from '../../lib/logger.js';
import type { StatusReceipt } from '../gateway.js';
import { nextLoopTurn } from '../../lib/running/loop-turns.js';
import { ReadHold } from '../baileys/read-hold.js';
import { replaceListeners } from '../baileys/socket-guards.js';

export interface ReceiptIntakeParts {
  read(node: BinaryNode): StatusReceipt[];
  /** Settles once the receipts are safe. */
  record(receipts: StatusReceipt[]): Promise<void>;
  /** Tells WhatsApp that we have one: it is never delivered again. */
  acknowledge(node: BinaryNode): Promise<void>;
  /** Some were not recorded, so they were not acknowledged: only a new connection brings them again. */
  onNotRecorded(): void;
  /** Nothing more is read until what it gives is called. */
  holdReads(): () => void;
  logger: Logger;
}

interface Waiting {
  node: BinaryNode;
  receipts: StatusReceipt[];
  /** Baileys' own listener, for what may as well be about a private message: it acknowledges, and knows those. */
  pass: ((node: BinaryNode) => unknown) | undefined;
}

const recordTimeoutMs = 20_000;
const acknowledgedPerTurn = 50;
/** Beyond it they wait at WhatsApp instead of here. */
const maxWaiting = 2_000;

/**
 * Stands between the socket and Baileys for `<receipt>` stanzas: one with facts about our statuses is acknowledged only
 * after those are recorded. Where that fails it never is, so WhatsApp delivers it again on the next connection. Stanzas
 * that arrive in one turn of the event loop are recorded together. Baileys, which acknowledges first, sees all others.
 */
export class ReceiptIntake {
  /** Of this turn of the loop. */
  private arrived: Waiting[] = [];
  private waiting = 0;
  private tail: Promise<void> = Promise.resolve();
  private hasFailed = false;
  private readonly reads: ReadHold;

  constructor(
    socket: EventEmitter,
    private readonly parts: ReceiptIntakeParts,
  ) {
    this.reads = new ReadHold(() => parts.holdReads(), maxWaiting);
    replaceListeners(socket, 'CB:receipt', (original) => (...values) => {
      const [node] = values as [BinaryNode];
      const receipts = parts.read(node);
      if (receipts.length === 0) return original(node);
      const pass = receipts.some(({ viaChat }) => viaChat) ? original : undefined;
      this.take({ node, receipts, pass });
      return undefined;
    });
  }

  /** Resolves when everything that has arrived is recorded, or has failed. */
  async drain(): Promise<void> {
    await this.tail;
  }

  private take(one: Waiting): void {
    this.count(1);
    this.arrived.push(one);
    if (this.arrived.length > 1) return;
    const recorded = this.recordArrived();
    this.tail = this.tail.then(async () => {
      const { batch, isSafe } = await recorded;
      if (isSafe) await this.answer(batch);
      this.count(-batch.length);
    });
  }

  private count(change: number): void {
    this.waiting += change;
    this.reads.waiting(this.waiting);
  }

  /** Those that come next are recorded at the same time: whoever records them does it in their order. */
  private async recordArrived(): Promise<{ batch: Waiting[]; isSafe: boolean }> {
    await new Promise((done) => setImmediate(done));
    const batch = this.arrived;
    this.arrived = [];
    const receipts = batch.flatMap((one) => one.receipts);
    try {
      await withDeadline(this.parts.record(receipts), recordTimeoutMs, 'Recording receipts');
      this.hasFailed = false;
      return { batch, isSafe: true };
    } catch (error) {
      this.parts.onNotRecorded();
      // What is in trouble fails for all that wait: it is said once.
      const level = this.hasFailed ? 'debug' : 'error';
      this.hasFailed = true;
      this.parts.logger[level](
        { err: error, receipts: receipts.length },
        'receipts were not recorded; WhatsApp will deliver them again',
      );
      return { batch, isSafe: false };
    }
  }

  private async answer(batch: readonly Waiting[]): Promise<void> {
    for (const [index, { node, pass }] of batch.entries()) {
      if (index % acknowledgedPerTurn === 0) await nextLoopTurn();
      if (pass) this.passOn(node, pass);
      else this.acknowledge(node);
    }
  }

  /** Acknowledgements leave in the order of these calls; nobody waits for one to be written. */
  private acknowledge(node: BinaryNode): void {
    // What throws at once must end no more than what fails later: those that follow are answered all the same.
    attempt(() => this.parts.acknowledge(node)).catch((error: unknown) => {
      this.parts.logger.debug({ err: error }, 'a receipt could not be acknowledged');
    });
  }

  private passOn(node: BinaryNode, pass: (node: BinaryNode) => unknown): void {
    attempt(() => pass(node)).catch((error: unknown) => {
      this.parts.logger.debug({ err: error }, 'a receipt could not be handled');
    });
  }
}

async function attempt(work: () => unknown): Promise<void> {
  await work();
}
