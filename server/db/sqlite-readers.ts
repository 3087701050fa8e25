import type { Knex } from 'knex';

interface Client {
  runner(query: unknown): { client: unknown };
  destroy(): Promise<void>;
}

const readingMethods = new Set<unknown>(['select', 'first', 'pluck']);

/** Built by knex' query builder and only reading. Raw SQL is not looked into: it stays where writes are. */
function isRead(query: unknown): boolean {
  return typeof query === 'object' && query !== null && '_method' in query && readingMethods.has(query._method);
}

/**
 * Sends what is only read, outside transactions, to `readers`: in WAL mode a reader waits for no writer, and sees whatever
 * was committed before it began, as on PostgreSQL. On the one connection that writes, it would stand behind every
 * transaction of every account that posts just then. Whoever ends `db` ends `readers`.
 */
export function readBesideWriter(db: Knex, readers: Knex): void {
  const client = db.client as Client;
  const openRunner = client.runner.bind(client);
  client.runner = (query) => {
    const runner = openRunner(query);
    if (isRead(query)) runner.client = readers.client;
    return runner;
  };
  const destroy = client.destroy.bind(client);
  client.destroy = async () => {
    await Promise.all([destroy(), readers.destroy()]);
  };
}
