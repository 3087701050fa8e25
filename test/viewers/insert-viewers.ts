import type { Database } from '../../server/db/database.js';
import { insertRows } from '../../server/db/dialect.js';

/**
 * A status of `acc1` that was sent to `size` people, as rows: two of three viewed it, the last third only has it. Of each person the
 * id is that of the status and a number.
 */
export async function insertMany(db: Database, id: string, size: number): Promise<void> {
  const owned = { organization_id: 'default', session_id: 'acc1', created_at: 1, updated_at: 1 };
  await db('statuses').insert({
    ...owned,
    id,
    message_id: `3EB0${id}`,
    type: 'text',
    content: 'hello',
    style: '{}',
    state: 'sent',
    created_by: 'test',
  });
  const people = Array.from({ length: size }, (_value, at) => ({ id: `${id}-${String(at)}`, at }));
  const prefix = String(id.length + (id.codePointAt(0) ?? 0));
  await insertRows(db, {
    table: 'people',
    columns: ['id', 'organization_id', 'session_id', 'phone_number', 'name', 'created_at', 'updated_at'],
    rows: people.map((person) => ({
      ...owned,
      id: person.id,
      phone_number: `${prefix}${String(4_900_000_000 + person.at)}`,
      name: `Person ${String(person.at)}`,
    })),
  });
  const shown = { status_id: id, organization_id: 'default' };
  await insertRows(db, {
    table: 'status_recipients',
    columns: ['status_id', 'person_id', 'organization_id', 'outcome', 'position'],
    rows: people.map((person) => ({ ...shown, person_id: person.id, outcome: 'included', position: person.at })),
  });
  await insertRows(db, {
    table: 'views',
    columns: [
      'status_id',
      'person_id',
      'organization_id',
      'delivered_at',
      'viewed_at',
      'recorded_at',
      'view_recorded_at',
    ],
    rows: people.map((person) => {
      const viewedAt = person.at % 3 === 2 ? null : 1_700_000_000_000 + person.at;
      return {
        ...shown,
        person_id: person.id,
        delivered_at: 1_700_000_000_000 - person.at,
        viewed_at: viewedAt,
        recorded_at: 1,
        view_recorded_at: viewedAt === null ? null : 1,
      };
    }),
  });
}
