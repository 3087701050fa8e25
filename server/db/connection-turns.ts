import knex from 'knex';
import { callerGone, CallerLeft, partyServed } from '../lib/caller-scope.js';
import { WaitingTurns } from '../lib/running/waiting-turns.js';

/** What the server does by itself takes turns like an organization. */
const theServerItself = '';

/**
 * Who gets the next connection of a pool: whoever asks much has only its own statements wait. Nobody holds all of a pool of three
 * or more, however long its statements take.
 */
export class ConnectionTurns {
  private readonly turns: WaitingTurns;
  private readonly held = new WeakMap<object, () => void>();

  constructor(connections: number, longestWaitMs: number) {
    this.turns = new WaitingTurns({
      atOnce: connections,
      ofOneAtOnce: Math.ceil((connections * 2) / 3),
      longAtOnce: connections,
      // As many as there may be requests under way.
      waiting: Infinity,
      waitingOfOne: Infinity,
      longestWaitMs,
      busy: '',
      retryAfterSeconds: 0,
    });
  }

  /**
   * Resolves with a connection when it is the turn of the party that is served. Rejects as the pool does when that takes too long, and with
   * {@link CallerLeft} when nobody waits for it any more.
   */
  async acquire(fromPool: () => Promise<object>): Promise<object> {
    const leave = await this.enter();
    try {
      const connection = await fromPool();
      this.held.set(connection, leave);
      return connection;
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** To be called when the connection is back in the pool. */
  release(connection: object): void {
    this.held.get(connection)?.();
    this.held.delete(connection);
  }

  private enter(): Promise<() => void> {
    const gone = callerGone();
    return new Promise((resolve, reject) => {
      const held = (): Promise<void> => new Promise<void>((leave) => resolve(leave));
      this.turns.run(partyServed() ?? theServerItself, false, gone, held).catch(() => {
        if (gone?.aborted === true) reject(new CallerLeft());
        else reject(new knex.KnexTimeoutError('No connection was free for too long.'));
      });
    });
  }
}
