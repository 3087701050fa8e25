import { signalRefusal, type SignalRefusal, type SignalRefusalKind } from './signal-refusal.js';

/** As often as the apps ask before they give up. */
const maxAttempts = 5;
const maxPending = 200;

/** What a person's devices could not read and asked for again, and failures that a test wants to see. */
export class RetryBook {
  private readonly attempts = new Map<string, number>();
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
  nextCount(messageId: string, device: number): number | null {
    const key = keyOf(messageId, device);
    const count = (this.attempts.get(key) ?? 0) + 1;
    if (count > maxAttempts) return null;
    this.attempts.delete(key);
    this.attempts.set(key, count);
    const [oldest] = this.attempts.keys();
    if (this.attempts.size > maxPending && oldest !== undefined) this.attempts.delete(oldest);
    return count;
  }

  isPending(messageId: string, device: number): boolean {
    return this.attempts.has(keyOf(messageId, device));
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
