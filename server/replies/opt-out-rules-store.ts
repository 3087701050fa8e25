import type { OptOutRule } from '../contract/inbox/replies.js';
import type { Database } from '../db/database.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';

interface RuleRow {
  organization_id: string;
  is_on: number;
  words: string;
  updated_at: number;
}

/** By which words people opt out, organization by organization; undefined where nobody has said it. */
export class OptOutRulesStore {
  constructor(private readonly database: Database) {}

  async find(organizationId: string, tx?: Tx): Promise<OptOutRule | undefined> {
    const row = await knexOf(tx ?? this.database)<RuleRow>('opt_out_rules')
      .where({ organization_id: organizationId })
      .first();
    return row && { isOn: row.is_on === 1, words: JSON.parse(row.words) as string[] };
  }

  async save(tx: Tx, organizationId: string, { isOn, words }: OptOutRule, now: number): Promise<void> {
    const values = { is_on: isOn ? 1 : 0, words: JSON.stringify(words), updated_at: now };
    await knexOf(tx)<RuleRow>('opt_out_rules')
      .insert({ organization_id: organizationId, ...values })
      .onConflict('organization_id')
      .merge(values);
  }
}
