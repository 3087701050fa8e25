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
const maxStanzasPerBatch = 500;
const acknowledgedPerTurn = 50;
/** Beyond it they wait at WhatsApp instead of here. */
const maxWaiting = 2_000;

/**
 * Stands between the socket and Baileys for `<receipt>` stanzas: one with facts about our statuses is acknowledged only
 * after those are recorded. Where that fails it never is, so WhatsApp delivers it again on the next connection. Stanzas
 * that arrive during a recording are recorded together. Baileys, which acknowledges first, sees all others.
 */
export class ReceiptIntake {
  private readonly waiting: Waiting[] = [];
  private running: Promise<void> | undefined;
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
      this.waiting.push({ node, receipts, pass });
      this.reads.waiting(this.waiting.length);
      this.running ??= this.recordWaiting().finally(() => (this.running = undefined));
      return undefined;
    });
  }

  /** Resolves when everything that has arrived is recorded, or has failed. */
  async drain(): Promise<void> {
    await this.running;
  }

  private async recordWaiting(): Promise<void> {
    while (this.waiting.length > 0) {
      const batch = this.waiting.splice(0, maxStanzasPerBatch);
      this.reads.waiting(this.waiting.length);
      const receipts = batch.flatMap((one) => one.receipts);
      try {
        await withDeadline(this.parts.record(receipts), recordTimeoutMs, 'Recording receipts');
        for (const [index, { node, pass }] of batch.entries()) {
          if (index % acknowledgedPerTurn === 0) await nextLoopTurn();
          if (pass) this.passOn(node, pass);
          else this.acknowledge(node);
        }
      } catch (error) {
        this.parts.onNotRecorded();
        this.parts.logger.error(
          { err: error, receipts: receipts.length },
          'receipts were not recorded; WhatsApp will deliver them again',
        );
      }
    }
  }

  /** Acknowledgements leave in the order of these calls; nobody waits for one to be written. */
  private acknowledge(node: BinaryNode): void {
    this.parts.acknowledge(node).catch((error: unknown) => {
      this.parts.logger.debug({ err: error }, 'a receipt could not be acknowledged');
    });
  }

  private passOn(node: BinaryNode, pass: (node: BinaryNode) => unknown): void {
    void Promise.resolve(pass(node)).catch((error: unknown) => {
      this.parts.logger.debug({ err: error }, 'a receipt could not be handled');
    });
  }
}
