import type { Database } from '../db/database.js';
import { insertRows, takeNew, whereAnyOf } from '../db/dialect.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import { formsOfNumber } from '../lib/number-forms.js';
import type { PersonNamed, PersonOfAccount } from './erased-person.js';
import type { Merge, PeopleScope, Person, PersonNames, ResolutionPlan } from './person.js';

const columns = ['id', 'organization_id', 'session_id', 'phone_number', 'lid', 'created_at', 'updated_at'] as const;

interface PersonRow {
  id: string;
  session_id: string;
  phone_number: string | null;
  lid: string | null;
  name: string | null;
  verified_name: string | null;
  push_name: string | null;
}

const nameColumns = ['name', 'verified_name', 'push_name'] as const;

export class PeopleStore {
  /**
   * Makes every other transaction that resolves people of this session wait, so that two of them never make the same
   * person. Undefined when the session does not exist.
   */
  async lock(tx: Tx, sessionId: string): Promise<PeopleScope | undefined> {
    const row = await knexOf(tx)<{ session_id: string; organization_id: string }>('sessions')
      .where({ session_id: sessionId })
      .select('organization_id')
      .forNoKeyUpdate()
      .first();
    return row && { organizationId: row.organization_id, sessionId };
  }

  /** Whether nobody of these (each named once) has become one with somebody else. */
  async areAllThere(tx: Tx, ids: readonly string[]): Promise<boolean> {
    if (ids.length === 0) return true;
    const db = knexOf(tx);
    const query = db('people').count({ there: '*' });
    const [row] = (await whereAnyOf(db, query, 'id', ids)) as { there: string | number }[];
    return Number(row?.there) === ids.length;
  }

  /** Everyone of the session who has one of these LIDs or of these numbers, in whatever form. */
  async findByAddresses(
    source: Tx | Database,
    sessionId: string,
    addresses: { phoneNumbers: readonly string[]; lids: readonly string[] },
  ): Promise<Person[]> {
    const db = knexOf(source);
    const found = new Map<string, Person>();
    for (const [column, values] of [
      ['phone_number', addresses.phoneNumbers.flatMap(formsOfNumber)],
      ['lid', addresses.lids],
    ] as const) {
      if (values.length === 0) continue;
      const query = db<PersonRow>('people').where({ session_id: sessionId }).select('id', 'phone_number', 'lid');
      const rows = await whereAnyOf(db, query, column, values);
      for (const row of rows) found.set(row.id, { id: row.id, phoneNumber: row.phone_number, lid: row.lid });
    }
    return [...found.values()];
  }

  /**
   * As the accounts of an organization know somebody: by one of these numbers, or by one of these LIDs where no other number is
   * known of it.
   */
  async findNamed({ organizationId, phoneNumbers, lids }: PersonNamed, source: Tx | Database) {
    const byNumber = await this.inSessions(organizationId, source).whereIn('phone_number', phoneNumbers);
    const byLid = await this.inSessions(organizationId, source).whereIn('lid', lids).whereNull('phone_number');
    return [...byNumber, ...byLid].map(toPersonOfAccount);
  }

  /** Whom the accounts of an organization know by this LID. */
  async findLid(organizationId: string, lid: string, source: Tx | Database): Promise<PersonOfAccount[]> {
    return (await this.inSessions(organizationId, source).where({ lid })).map(toPersonOfAccount);
  }

  /** By account, since there is an index of each one's people. */
  private inSessions(organizationId: string, source: Tx | Database) {
    const db = knexOf(source);
    const sessions = db('sessions').where({ organization_id: organizationId }).select('session_id');
    return db<PersonRow>('people')
      .whereIn('session_id', sessions)
      .select('id', 'session_id', 'phone_number', 'lid')
      .orderBy(['session_id', 'id']);
  }

  /** With everything that belongs to them and to nobody else. How many there were. */
  delete(tx: Tx, ids: readonly string[]): Promise<number> {
    const db = knexOf(tx);
    return whereAnyOf(db, db('people').delete(), 'id', ids);
  }

  /** Writes a plan whose merges everybody else has followed already. */
  async apply(tx: Tx, scope: PeopleScope, plan: ResolutionPlan, now: number): Promise<void> {
    const db = knexOf(tx);
    await this.removeMerged(tx, plan.merges);
    if (plan.releasedIds.length > 0) {
      // A number or LID must be free before somebody else takes it in the same statement.
      await whereAnyOf(db, db('people').update({ phone_number: null, lid: null }), 'id', plan.releasedIds);
    }
    const rowOf = (person: Person) => ({
      id: person.id,
      organization_id: scope.organizationId,
      session_id: scope.sessionId,
      phone_number: person.phoneNumber,
      lid: person.lid,
      created_at: now,
      updated_at: now,
    });
    await insertRows(db, {
      table: 'people',
      columns,
      rows: plan.changed.map(rowOf),
      conflict: ['id'],
      update: takeNew(['phone_number', 'lid', 'updated_at']),
    });
    await insertRows(db, { table: 'people', columns, rows: plan.created.map(rowOf) });
  }

  /** Writes all names of each person. */
  async saveNames(tx: Tx, scope: PeopleScope, names: readonly PersonNames[], now: number): Promise<void> {
    await insertRows(knexOf(tx), {
      table: 'people',
      columns: ['id', 'organization_id', 'session_id', ...nameColumns, 'created_at', 'updated_at'] as const,
      rows: names.map(({ id, name, verifiedName, pushName }) => ({
        id,
        organization_id: scope.organizationId,
        session_id: scope.sessionId,
        name,
        verified_name: verifiedName,
        push_name: pushName,
        created_at: now,
        updated_at: now,
      })),
      conflict: ['id'],
      update: takeNew([...nameColumns, 'updated_at']),
    });
  }

  /** Somebody whose own name for themselves is known already keeps it. */
  async learnPushName(tx: Tx, id: string, pushName: string, now: number): Promise<void> {
    await knexOf(tx)('people').where({ id }).whereNull('push_name').update({ push_name: pushName, updated_at: now });
  }

  private async removeMerged(tx: Tx, merges: readonly Merge[]): Promise<void> {
    if (merges.length === 0) return;
    const db = knexOf(tx);
    const survivors = new Map(merges.map((merge) => [merge.goneId, merge.survivorId]));
    const goneIds = [...survivors.keys()];
    const query = db<PersonRow>('people')
      .select('id', ...nameColumns)
      .where((either) => {
        for (const column of nameColumns) void either.orWhereNotNull(column);
      });
    const named = await whereAnyOf(db, query, 'id', goneIds);
    for (const gone of named) {
      await db('people')
        .where({ id: survivors.get(gone.id) ?? '' })
        .update(
          Object.fromEntries(nameColumns.map((column) => [column, db.raw('coalesce(??, ?)', [column, gone[column]])])),
        );
    }
    await whereAnyOf(db, db('people').delete(), 'id', goneIds);
  }
}

function toPersonOfAccount(row: Pick<PersonRow, 'id' | 'session_id' | 'phone_number' | 'lid'>): PersonOfAccount {
  return { id: row.id, sessionId: row.session_id, phoneNumber: row.phone_number, lid: row.lid };
}
