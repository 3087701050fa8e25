import type { BinaryNode } from '../wire/node.js';

const maxWaiting = 100_000;

/**
 * Stanzas for one device that it has not acknowledged, in order. The server sends them again, marked `offline`, at
 * every login until the device answers.
 */
export class Outbox {
  private readonly waiting = new Map<string, BinaryNode>();
  /** Which of those are messages that the device said it cannot use, oldest first. */
  private readonly refused = new Set<string>();
  /** Stanzas given up because the device never took them. */
  dropped = 0;

  get size(): number {
    return this.waiting.size;
  }

  add(node: BinaryNode): void {
    const key = keyOf(node.tag, node.attrs['id'], node.attrs['from'], node.attrs['participant'], node.attrs['type']);
    this.remove(key);
    this.waiting.set(key, node);
    if (this.waiting.size <= maxWaiting) return;
    const [oldest] = this.waiting.keys();
    if (oldest !== undefined) this.remove(oldest);
    this.dropped += 1;
  }

  /** The client's `<ack class id to participant? type?>` for a notification or a receipt. False when nothing waited. */
  settle(ack: BinaryNode): boolean {
    const { class: tag, id, to, participant, type } = ack.attrs;
    return this.waiting.delete(keyOf(tag ?? '', id, to, participant, type));
  }

  /** The client's receipt, or ack, for a message. Receipts for own messages may leave their addressee out. */
  settleMessage(id: string | undefined, from: string | undefined, participant: string | undefined): boolean {
    const key = this.findMessage(id, from, participant);
    return key !== undefined && this.remove(key);
  }

  /** The client said that it cannot use this message, and it is kept all the same. */
  refuseMessage(id: string | undefined, from: string | undefined, participant: string | undefined): void {
    const key = this.findMessage(id, from, participant);
    if (key !== undefined) this.refused.add(key);
  }

  pending(): BinaryNode[] {
    return [...this.waiting.values()];
  }

  /** Of what waits, the first message that the device said it cannot use. */
  firstRefused(): BinaryNode | undefined {
    const [first] = this.refused;
    return first === undefined ? undefined : this.waiting.get(first);
  }

  private remove(key: string): boolean {
    this.refused.delete(key);
    return this.waiting.delete(key);
  }

  private findMessage(
    id: string | undefined,
    from: string | undefined,
    participant: string | undefined,
  ): string | undefined {
    for (const [key, node] of this.waiting) {
      if (node.tag !== 'message' || node.attrs['id'] !== id) continue;
      if (from !== undefined && from !== node.attrs['from'] && participant !== node.attrs['participant']) continue;
      return key;
    }
    return undefined;
  }
}

function keyOf(tag: string, ...attributes: (string | undefined)[]): string {
  return [tag, ...attributes.map((value) => value ?? '')].join(' ');
}
