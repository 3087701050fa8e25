import type { BinaryNode } from '@whiskeysockets/baileys';

/** Messages whose acks are missing, at most; the oldest are forgotten. */
const maxOverdue = 1_000;

interface Expected {
  /** Acks that did not come in their time and may still come. */
  overdue: number;
  /** Hands the next ack to whoever waits for it; undefined while nobody does. */
  settle: ((ack: BinaryNode) => void) | undefined;
  onSettled: (() => void)[];
  stopListening: () => void;
}

/**
 * The server's acks for messages of one socket. Baileys' own wait takes any stanza with the id for the answer, and a
 * viewer's receipt, which carries the same id, can come first. Chunks of one post share their id, so only one may be under
 * way, and an ack that comes after its time looks like that of the next chunk: those that are overdue are counted.
 */
export class MessageAcks {
  private readonly expected = new Map<string, Expected>();

  constructor(
    private readonly socket: { ws: Pick<NodeJS.EventEmitter, 'on' | 'off'> },
    private readonly ended: AbortSignal,
  ) {}

  /** The next ack for this id; undefined when there is none in time or the socket ends. Call it before the message leaves. */
  wait(messageId: string, timeoutMs: number): Promise<BinaryNode | undefined> {
    const expected = this.expect(messageId);
    return new Promise((resolve) => {
      const settle = (ack: BinaryNode | undefined): void => {
        clearTimeout(timer);
        expected.settle = undefined;
        this.ended.removeEventListener('abort', onEnd);
        if (ack === undefined && !this.ended.aborted) expected.overdue += 1;
        this.forgetIfSettled(messageId, expected);
        resolve(ack);
      };
      const onEnd = (): void => settle(undefined);
      const timer = setTimeout(onEnd, timeoutMs);
      expected.settle = settle;
      if (this.ended.aborted) onEnd();
      else this.ended.addEventListener('abort', onEnd);
    });
  }

  /**
   * Resolves with true as soon as no ack for this id is overdue, so that the next one can only belong to what leaves next;
   * with false when that is not so in time. Then only a new connection makes it certain.
   */
  settled(messageId: string, timeoutMs: number): Promise<boolean> {
    const expected = this.expected.get(messageId);
    if (expected === undefined || expected.overdue === 0) return Promise.resolve(true);
    return new Promise((resolve) => {
      const settle = (): void => {
        clearTimeout(timer);
        this.ended.removeEventListener('abort', settle);
        resolve(expected.overdue === 0);
      };
      const timer = setTimeout(settle, timeoutMs);
      expected.onSettled.push(settle);
      this.ended.addEventListener('abort', settle);
    });
  }

  private expect(messageId: string): Expected {
    const known = this.expected.get(messageId);
    if (known) return known;
    const { ws } = this.socket;
    const event = `CB:ack,id:${messageId}`;
    const expected: Expected = {
      overdue: 0,
      settle: undefined,
      onSettled: [],
      stopListening: () => ws.off(event, onAck),
    };
    const onAck = (ack: BinaryNode): void => {
      if (ack.attrs['class'] !== 'message') return;
      if (expected.settle) expected.settle(ack);
      else expected.overdue = Math.max(0, expected.overdue - 1);
      this.forgetIfSettled(messageId, expected);
    };
    ws.on(event, onAck);
    this.expected.set(messageId, expected);
    if (this.expected.size > maxOverdue) this.forgetOldest();
    return expected;
  }

  private forgetIfSettled(messageId: string, expected: Expected): void {
    if (expected.overdue > 0 || expected.settle) return;
    expected.stopListening();
    this.expected.delete(messageId);
    for (const settle of expected.onSettled.splice(0)) settle();
  }

  private forgetOldest(): void {
    const [oldest] = this.expected;
    if (oldest === undefined) return;
    oldest[1].stopListening();
    this.expected.delete(oldest[0]);
  }
}
