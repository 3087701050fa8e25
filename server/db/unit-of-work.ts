import type { Knex } from 'knex';
import type { AppEvent } from '../contract/events.js';
import type { Database } from './database.js';
import { isAboutData } from './dialect.js';
import { insideTransaction } from './transaction-scope.js';

export { isAboutData };

const connections = new WeakMap<Tx, Knex.Transaction>();

/** One transaction, as services see it: something to hand to stores, and a place to say what happened. */
export class Tx {
  readonly events: AppEvent[] = [];
  readonly afterCommitWork: (() => void)[] = [];

  /** Stored with the change it tells of, and published after the commit. A rollback takes it back. */
  emit(event: AppEvent): void {
    this.events.push(event);
  }

  /** Runs once the change is safe, before `run` resolves; for waking up what waits for it. It must not throw. */
  afterCommit(work: () => void): void {
    this.afterCommitWork.push(work);
  }
}

/**
 * Keeps an answer for repeats of its request, in the transaction that makes it true: a process that is killed before it could
 * answer has promised nothing else. It gives the answer back with the mark `K`, which comes from nowhere else, so that what has
 * to answer with it does not compile unless the answer was kept.
 */
export type Keep<A, K = unknown> = <T extends A>(tx: Tx, answer: T) => Promise<T & K>;

/** An answer that was kept, or what became of one. It has the mark of the `Keep` that was given, and none where none was. */
export type Kept<T, K> = T & NoInfer<K>;

/** For requests that nobody repeats. */
export const keepNothing: Keep<unknown, never> = (_tx, answer) => Promise.resolve(answer as never);

/** What became of an answer that was kept, by the time that it is given. */
export function grownFrom<T, K>(_kept: T & K, answer: T): Kept<T, K> {
  return answer as Kept<T, K>;
}

/** What a store works on: the connection of the transaction, or the database itself when it only reads. */
export function knexOf(source: Tx | Database): Knex {
  if (!(source instanceof Tx)) return source;
  const connection = connections.get(source);
  if (!connection) throw new Error('This transaction does not come from a UnitOfWork.');
  return connection;
}

/** Where events of a transaction go. */
export interface EventSink {
  /** Writes them in the same transaction. */
  append(tx: Tx, events: readonly AppEvent[]): Promise<void>;
  /** Tells of one that is committed. */
  publish(event: AppEvent): void;
}

/** Makes a change, its events and its follow-up work commit together. */
export class UnitOfWork {
  constructor(
    private readonly database: Database,
    private readonly sink: EventSink,
  ) {}

  /**
   * Runs `work` in one transaction; it commits when the promise resolves and rolls back when it rejects. Nothing in
   * `work` may wait for the network, and every query in it goes through `tx`: one beside it fails at once.
   */
  async run<T>(work: (tx: Tx) => Promise<T>): Promise<T> {
    const tx = new Tx();
    const result = await this.database.transaction((connection) => {
      connections.set(tx, connection);
      return insideTransaction(async () => {
        const value = await work(tx);
        if (tx.events.length > 0) await this.sink.append(tx, tx.events);
        return value;
      });
    });
    for (const done of tx.afterCommitWork) done();
    for (const event of tx.events) this.sink.publish(event);
    return result;
  }
}
