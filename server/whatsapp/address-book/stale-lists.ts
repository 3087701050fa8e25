import type { Clock } from '../../lib/clock.js';

const hourMs = 60 * 60 * 1000;
/** Stanzas of one post whose acks may send us to look device lists up again. */
const perPost = 2;
/** The same for all posts of an account within an hour. */
const perHour = 4;

/**
 * How often an ack with a participant hash makes us look up the devices of its stanza again. What WhatsApp means by the hash
 * on every ack is not known; without a limit a post to everybody could cost the lists of everybody, again and again. Lists
 * that are out of date anyway are mended by notifications, by devices that ask for a post again, and by their age.
 */
export class StaleLists {
  private readonly allowedAt = new Map<string, number[]>();

  constructor(private readonly clock: Clock) {}

  /** Whether lists may be looked up because of this ack; `sofar`: how often it was so for the same post. */
  allowLookUp(sessionId: string, sofar: number): boolean {
    const now = this.clock.now().getTime();
    const recent = (this.allowedAt.get(sessionId) ?? []).filter((at) => at > now - hourMs && at <= now);
    const isAllowed = sofar < perPost && recent.length < perHour;
    if (isAllowed) recent.push(now);
    if (recent.length === 0) this.allowedAt.delete(sessionId);
    else this.allowedAt.set(sessionId, recent);
    return isAllowed;
  }

  forget(sessionId: string): void {
    this.allowedAt.delete(sessionId);
  }
}
