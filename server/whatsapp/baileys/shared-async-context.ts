import asyncHooks, { AsyncLocalStorage } from 'node:async_hooks';
import { syncBuiltinESMExports } from 'node:module';

/** What each socket keeps for the asynchronous call that is under way, by the storage that the socket believes to have. */
const contexts = new AsyncLocalStorage<ReadonlyMap<object, unknown>>();

/** Stands in for an `AsyncLocalStorage` of its own: the two methods that Baileys' key transactions call. */
class SharedStorage<T> {
  run<R>(store: T, work: () => R): R {
    return contexts.run(new Map(contexts.getStore()).set(this, store), work);
  }

  getStore(): T | undefined {
    // Only `run` of this very object puts something below this key.
    return contexts.getStore()?.get(this) as T | undefined;
  }
}

/**
 * Calls `makeSocket` so that every AsyncLocalStorage it makes meanwhile shares a single real one.
 *
 * Baileys 7.0.0-rc14 makes one per socket (`addTransactionCapability` in auth-utils.js). Up to Node 22 a storage that was used
 * once stays in a list of the process until somebody calls `disable()`, which Baileys never does, and every promise of the
 * process walks that list: each socket that was ever opened slows down everything. `makeSocket` must be synchronous; what
 * other code makes before and after is real.
 */
export function withSharedAsyncContext<S>(makeSocket: () => S): S {
  const genuine = Object.getOwnPropertyDescriptor(asyncHooks, 'AsyncLocalStorage');
  if (genuine === undefined) throw new Error('This Node has no AsyncLocalStorage.');
  Object.defineProperty(asyncHooks, 'AsyncLocalStorage', {
    value: SharedStorage,
    configurable: true,
    enumerable: true,
  });
  syncBuiltinESMExports();
  try {
    return makeSocket();
  } finally {
    Object.defineProperty(asyncHooks, 'AsyncLocalStorage', genuine);
    syncBuiltinESMExports();
  }
}
