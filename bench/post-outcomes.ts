import type { Socket } from 'socket.io-client';
import type { EventPayload } from '../server/contract/events.js';

type Outcome = EventPayload<'status-sent'>;

/**
 * What becomes of posts, as Socket.IO tells it. Collects from its construction on, so that an outcome that arrives before
 * the answer to the request is not missed. Lives as long as its socket.
 */
export class PostOutcomes {
  private readonly arrived = new Map<string, Outcome>();
  private readonly waiting = new Map<string, { resolve: (outcome: Outcome) => void; reject: (error: Error) => void }>();

  constructor(socket: Socket) {
    const note = (outcome: Outcome): void => {
      this.arrived.set(outcome.id, outcome);
      this.waiting.get(outcome.id)?.resolve(outcome);
    };
    socket.on('status-sent', note).on('status-failed', note);
    socket.on('disconnect', () => {
      if (socket.active) return;
      for (const { reject } of this.waiting.values())
        reject(new Error('The live connection ended before the outcome.'));
    });
  }

  /**
   * Resolves with the status once it is sent or has failed; rejects when that takes longer than `timeoutMs`, and when the
   * socket ends meanwhile.
   */
  async of(statusId: string, timeoutMs: number): Promise<Outcome> {
    const known = this.arrived.get(statusId);
    if (known !== undefined) return known;
    let deadline: NodeJS.Timeout | undefined;
    try {
      return await new Promise((resolve, reject) => {
        deadline = setTimeout(() => {
          reject(new Error('The outcome of the post did not arrive in time.'));
        }, timeoutMs);
        this.waiting.set(statusId, { resolve, reject });
      });
    } finally {
      clearTimeout(deadline);
      this.waiting.delete(statusId);
    }
  }
}
