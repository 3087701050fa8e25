import type { EventEmitter } from 'node:events';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { withDeadline } from '../lib/deadline.js';
import type { Logger } from '../lib/logger.js';
import type { StatusReceipt } from './gateway.js';
import { nextLoopTurn } from './signal/loop-turns.js';
import { replaceListeners } from './socket-guards.js';

export interface ReceiptIntakeParts {
  read(node: BinaryNode): StatusReceipt[];
  /** Settles once the receipts are safe. */
  record(receipts: StatusReceipt[]): Promise<void>;
  /** Some were not recorded, so they were not acknowledged: only a new connection brings them again. */
  onNotRecorded(): void;
  logger: Logger;
}

interface Waiting {
  receipts: StatusReceipt[];
  acknowledge: () => void;
}

const recordTimeoutMs = 20_000;
const maxStanzasPerBatch = 500;
const acknowledgedPerTurn = 20;

/**
 * Stands between the socket and Baileys for `<receipt>` stanzas: Baileys, which acknowledges them, sees one with facts
 * about our statuses only after those are recorded. Where that fails it never does, so WhatsApp delivers it again on the
 * next connection. Stanzas that arrive during a recording are recorded together.
 */
export class ReceiptIntake {
  private readonly waiting: Waiting[] = [];
  private running: Promise<void> | undefined;

  constructor(
    socket: EventEmitter,
    private readonly parts: ReceiptIntakeParts,
  ) {
    replaceListeners(socket, 'CB:receipt', (original) => (...values) => {
      const [node] = values as [BinaryNode];
      const receipts = parts.read(node);
      if (receipts.length === 0) return original(node);
      const acknowledge = (): void => {
        Promise.resolve(original(node)).catch((error: unknown) => {
          parts.logger.debug({ err: error }, 'a receipt could not be acknowledged');
        });
      };
      this.waiting.push({ receipts, acknowledge });
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
      const receipts = batch.flatMap((one) => one.receipts);
      try {
        await withDeadline(this.parts.record(receipts), recordTimeoutMs, 'Recording receipts');
        for (const [index, one] of batch.entries()) {
          // An acknowledgement costs Baileys about half a millisecond.
          if (index % acknowledgedPerTurn === 0) await nextLoopTurn();
          one.acknowledge();
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
}
