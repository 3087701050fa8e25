import type { Socket } from 'socket.io-client';
import type { EventPayload } from '../server/contract/events.js';

type Outcome = EventPayload<'status-sent'>;

/**
 * What becomes of posts, as Socket.IO tells it. Collects from its construction on, so that an outcome that arrives before
 * the answer to the request is not missed. Lives as long as its socket.
 */
export class PostOutcomes {
  private readonly arrived = new Map<string, Outcome>();
  private readonly waiting = new Map<string, (outcome: Outcome) => void>();

  constructor(socket: Socket) {
    const note = (outcome: Outcome): void => {
      this.arrived.set(outcome.id, outcome);
      this.waiting.get(outcome.id)?.(outcome);
    };
    socket.on('status-sent', note).on('status-failed', note);
  }

  /** Resolves with the status once it is sent or has failed; rejects when that takes longer than `timeoutMs`. */
  async of(statusId: string, timeoutMs: number): Promise<Outcome> {
    const known = this.arrived.get(statusId);
    if (known !== undefined) return known;
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.waiting.delete(statusId);
        reject(new Error('The outcome of the post did not arrive in time.'));
      }, timeoutMs);
      this.waiting.set(statusId, (outcome) => {
        clearTimeout(deadline);
        this.waiting.delete(statusId);
        resolve(outcome);
      });
    });
  }
}
