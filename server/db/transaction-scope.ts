import { AsyncLocalStorage } from 'node:async_hooks';
import type { Knex } from 'knex';

interface Scope {
  active: boolean;
}

const scopes = new AsyncLocalStorage<Scope>();

/** Runs `work` marked as being inside a transaction, until it settles. */
export async function insideTransaction<T>(work: () => Promise<T>): Promise<T> {
  const scope: Scope = { active: true };
  try {
    return await scopes.run(scope, work);
  } finally {
    scope.active = false;
  }
}

/**
 * Makes a query outside the transaction, made by code inside one, fail at once. On SQLite it would wait for the only
 * connection, which its own transaction holds, until the pool gives up; on PostgreSQL it would not see what the
 * transaction wrote, and enough of them at a time stop each other in the same way.
 */
export function refuseQueriesBesideTransactions(db: Knex): void {
  const client = db.client as { acquireConnection: () => Promise<unknown> };
  const acquire = client.acquireConnection.bind(client);
  client.acquireConnection = () =>
    scopes.getStore()?.active === true
      ? Promise.reject(new Error('A query beside the transaction, inside one: hand the Tx to the store.'))
      : acquire();
}
