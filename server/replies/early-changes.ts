import type { Clock } from '../lib/clock.js';
import type { ReplyNews } from '../whatsapp/gateway.js';

export type ReplyChange = Extract<ReplyNews, { change: 'edited' | 'taken_back' }>;

const keptForMs = 60 * 60_000;
const mostMessages = 2_000;
const mostOfOne = 5;

/**
 * What became of messages that have not come yet: a phone that has to send a reply again does so after its edit. Only in memory, and
 * not for long: most are about private messages that answer no status, and those are not kept.
 */
export class EarlyChanges {
  /** What came last stands last. */
  private readonly byMessage = new Map<string, { changes: ReplyChange[]; at: number }>();

  constructor(private readonly clock: Clock) {}

  keep(sessionId: string, change: ReplyChange): void {
    const key = keyOf(sessionId, change);
    const before = this.find(sessionId, change);
    this.byMessage.delete(key);
    const at = this.clock.now().getTime();
    this.byMessage.set(key, { changes: [...before, change].slice(-mostOfOne), at });
    for (const [oldest, { at: keptAt }] of this.byMessage) {
      if (this.byMessage.size <= mostMessages && at - keptAt <= keptForMs) break;
      this.byMessage.delete(oldest);
    }
  }

  /** In the order in which they came. */
  find(sessionId: string, message: Pick<ReplyChange, 'messageId'>): readonly ReplyChange[] {
    const found = this.byMessage.get(keyOf(sessionId, message));
    return found && this.clock.now().getTime() - found.at <= keptForMs ? found.changes : [];
  }

  /** The message has come. */
  forget(sessionId: string, message: Pick<ReplyChange, 'messageId'>): void {
    this.byMessage.delete(keyOf(sessionId, message));
  }
}

function keyOf(sessionId: string, { messageId }: Pick<ReplyChange, 'messageId'>): string {
  return `${sessionId} ${messageId}`;
}
