import type { BinaryNode } from '@whiskeysockets/baileys';
import type { Clock } from '../../lib/clock.js';
import type { ConnectionHealth } from '../gateway.js';

/** When an open socket counts as stuck. */
export interface StuckLimits {
  /** Without any frame; Baileys asks for one every 30 s. */
  silenceMs: number;
  /** With items of the offline queue announced that do not come. */
  offlineStallMs: number;
  /** After receipts could not be recorded: only a new connection makes WhatsApp deliver them again. */
  redeliverMs: number;
  /** Posts in a row that WhatsApp did not acknowledge. */
  unansweredPosts: number;
}

export const defaultStuckLimits: StuckLimits = {
  silenceMs: 90_000,
  offlineStallMs: 120_000,
  redeliverMs: 60_000,
  unansweredPosts: 2,
};

/** Watches one socket: what it has brought, and whether it only looks open. */
export class SocketHealth {
  private readonly facts: ConnectionHealth = {
    lastEventAt: null,
    lastAckAt: null,
    decryptFailures: 0,
    pendingOfflineItems: 0,
  };
  private lastFrameAtMs: number;
  private offlineProgressAtMs: number;
  private unrecordedSinceMs: number | undefined;
  private unansweredPosts = 0;

  constructor(
    private readonly clock: Clock,
    private readonly limits: StuckLimits,
    /** Milliseconds that only grow: a clock that is set makes no socket look stuck, nor one that is look well. */
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.lastFrameAtMs = nowMs();
    this.offlineProgressAtMs = this.lastFrameAtMs;
  }

  /** Every stanza that arrives, in order. */
  onStanza({ tag, attrs, content }: BinaryNode): void {
    const now = this.clock.now();
    const nowMs = this.nowMs();
    this.lastFrameAtMs = nowMs;
    if (tag === 'ack') this.facts.lastAckAt = now;
    if (tag === 'ack' || tag === 'iq') return;
    this.facts.lastEventAt = now;
    if (attrs['offline'] !== undefined) {
      this.offlineProgressAtMs = nowMs;
      this.facts.pendingOfflineItems = Math.max(0, this.facts.pendingOfflineItems - 1);
    }
    const first = Array.isArray(content) ? content[0] : undefined;
    if (tag !== 'ib' || first === undefined) return;
    if (first.tag === 'offline_preview') {
      this.offlineProgressAtMs = nowMs;
      this.facts.pendingOfflineItems = Number(first.attrs['count']) || 0;
    }
    if (first.tag === 'offline') this.facts.pendingOfflineItems = 0;
  }

  onDecryptFailure(): void {
    this.facts.decryptFailures += 1;
  }

  onReceiptsNotRecorded(): void {
    this.unrecordedSinceMs ??= this.nowMs();
  }

  /** A post got its answer, or the wait for it ran out while the connection stood. */
  onPost(outcome: 'answered' | 'unanswered'): void {
    this.unansweredPosts = outcome === 'answered' ? 0 : this.unansweredPosts + 1;
  }

  read(): ConnectionHealth {
    return { ...this.facts };
  }

  /** Why an open socket should be replaced, for the log; undefined while it works. */
  stuckReason(): string | undefined {
    const nowMs = this.nowMs();
    const { silenceMs, offlineStallMs, redeliverMs, unansweredPosts } = this.limits;
    if (nowMs - this.lastFrameAtMs >= silenceMs) return 'nothing comes any more';
    if (this.facts.pendingOfflineItems > 0 && nowMs - this.offlineProgressAtMs >= offlineStallMs) {
      return 'the offline queue does not move';
    }
    if (this.unrecordedSinceMs !== undefined && nowMs - this.unrecordedSinceMs >= redeliverMs) {
      return 'receipts were not recorded and must come again';
    }
    if (this.unansweredPosts >= unansweredPosts) return 'posts are not acknowledged';
    return undefined;
  }
}
