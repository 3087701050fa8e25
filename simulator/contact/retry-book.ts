import type { Delivery } from './delivery.js';
import { signalRefusal, type SignalRefusal, type SignalRefusalKind } from './signal-refusal.js';

/** As often as the apps ask before they give up. */
const maxAttempts = 5;
const maxPending = 200;

/** What a person's devices could not read and asked for again, and failures that a test wants to see. */
export class RetryBook {
  private readonly attempts = new Map<string, { count: number; chat: Delivery['chat'] }>();
  private forced: { device: number | null; kind: SignalRefusalKind; times: number } | null = null;

  /** Makes the next deliveries to a device (null: any) unreadable. Their keys are not touched. */
  forceFailures(times: number, device: number | null = null, kind: SignalRefusalKind = 'bad_mac'): void {
    this.forced = { device, kind, times };
  }

  takeForcedFailure(device: number): SignalRefusal | undefined {
    const forced = this.forced;
    if (!forced || forced.times < 1 || (forced.device !== null && forced.device !== device)) return undefined;
    forced.times -= 1;
    return signalRefusal(forced.kind, 'a failure that was asked for');
  }

  /** Number of the next request for this message, from 1; null when the device has given up. */
  nextCount({ messageId, toDevice, chat: cameAs }: Pick<Delivery, 'messageId' | 'toDevice' | 'chat'>): number | null {
    const key = keyOf(messageId, toDevice);
    const before = this.attempts.get(key);
    const count = (before?.count ?? 0) + 1;
    if (count > maxAttempts) return null;
    const chat = before?.chat ?? cameAs;
    this.attempts.delete(key);
    this.attempts.set(key, { count, chat });
    const [oldest] = this.attempts.keys();
    if (this.attempts.size > maxPending && oldest !== undefined) this.attempts.delete(oldest);
    return count;
  }

  /** Whether it is a status that this device waits for, however its copy is addressed. */
  isStatusAwaited(messageId: string, device: number): boolean {
    return this.attempts.get(keyOf(messageId, device))?.chat === 'status';
  }

  settle(messageId: string, device: number): void {
    this.attempts.delete(keyOf(messageId, device));
  }

  get pendingCount(): number {
    return this.attempts.size;
  }
}

function keyOf(messageId: string, device: number): string {
  return `${messageId} ${device}`;
}
