import type { OptOut } from '../contract/audiences.js';
import type { Database } from '../db/database.js';
import { insertRows } from '../db/dialect.js';
import { countRows } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import { formsOfNumber } from '../lib/number-forms.js';
import type { WantedPage } from '../lib/page.js';

interface OptOutRow {
  organization_id: string;
  session_id: string;
  phone_number: string;
  created_at: number;
}

/** Where a page of opt-outs ended; `sessionId` null is before those of sessions. */
export interface OptOutPlace {
  phoneNumber: string;
  sessionId: string | null;
}

/** Bounds how long building rows holds the event loop. */
const numbersPerTurn = 1_000;

/** The SQL of opt-outs. */
export class OptOutsStore {
  constructor(private readonly database: Database) {}

  /** `sessionId` null: of every session of the organization. Numbers must not repeat; answers how many were new. */
  async add(
    tx: Tx,
    organizationId: string,
    sessionId: string | null,
    numbers: readonly string[],
    now: number,
  ): Promise<number> {
    const db = knexOf(tx);
    const of = { organization_id: organizationId, session_id: sessionId ?? '' };
    const before = await countRows(db('opt_outs').where(of));
    for (let from = 0; from < numbers.length; from += numbersPerTurn) {
      const step = numbers.slice(from, from + numbersPerTurn);
      await insertRows(db, {
        table: 'opt_outs',
        columns: ['organization_id', 'session_id', 'phone_number', 'created_at'],
        rows: step.map((phone_number) => ({ ...of, phone_number, created_at: now })),
        conflict: ['organization_id', 'session_id', 'phone_number'],
      });
    }
    return (await countRows(db('opt_outs').where(of))) - before;
  }

  /** Whether the number, in any form, is opted out of the posts of all accounts. */
  async has(tx: Tx, organizationId: string, phoneNumber: string): Promise<boolean> {
    const all = knexOf(tx)('opt_outs').where({ organization_id: organizationId, session_id: '' });
    return (await all.whereIn('phone_number', formsOfNumber(phoneNumber)).first('phone_number')) !== undefined;
  }

  /** In whatever form it is written: it counts for each. */
  async delete(tx: Tx, organizationId: string, sessionId: string | null, phoneNumber: string): Promise<void> {
    await knexOf(tx)('opt_outs')
      .where({ organization_id: organizationId, session_id: sessionId ?? '' })
      .whereIn('phone_number', formsOfNumber(phoneNumber))
      .delete();
  }

  async list(
    organizationId: string,
    { limit, after }: WantedPage<OptOutPlace>,
  ): Promise<{ optOuts: OptOut[]; total: number }> {
    const all = () => this.database<OptOutRow>('opt_outs').where({ organization_id: organizationId });
    const query = all().orderBy(['phone_number', 'session_id']).limit(limit).select('*');
    if (after) void query.whereRaw('(phone_number, session_id) > (?, ?)', [after.phoneNumber, after.sessionId ?? '']);
    const total = await countRows(all());
    const optOuts = (await query).map((row) => ({
      phoneNumber: row.phone_number,
      sessionId: row.session_id === '' ? null : row.session_id,
      createdAt: new Date(row.created_at).toISOString(),
    }));
    return { optOuts, total };
  }
}
