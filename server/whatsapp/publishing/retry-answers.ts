/**
 * So often is one device answered about one message, whatever number its requests carry; whatsmeow drops the tenth request.
 * Phones ask five times and then give up; one that comes back hours later begins anew, so that the five of Baileys would
 * leave it without the status. A device that two rounds did not help has something else wrong with it, and each copy costs a
 * session.
 */
const maxAnswers = 10;
/** Of these the oldest are forgotten first. About 150 bytes each. */
const maxRemembered = 20_000;

export interface AskingDevice {
  sessionId: string;
  messageId: string;
  jid: string;
}

/** How often devices got what they could not open once more. Outlives connections: a device may ask again on the next. */
export class RetryAnswers {
  private readonly counts = new Map<string, number>();

  areUsedUp(device: AskingDevice): boolean {
    return (this.counts.get(keyOf(device)) ?? 0) >= maxAnswers;
  }

  count(device: AskingDevice): void {
    const key = keyOf(device);
    const count = (this.counts.get(key) ?? 0) + 1;
    this.counts.delete(key);
    this.counts.set(key, count);
    const [oldest] = this.counts.keys();
    if (this.counts.size > maxRemembered && oldest !== undefined) this.counts.delete(oldest);
  }
}

function keyOf({ sessionId, messageId, jid }: AskingDevice): string {
  return `${sessionId} ${messageId} ${jid}`;
}
