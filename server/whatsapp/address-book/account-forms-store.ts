import type { Database } from '../../db/database.js';
import { type FormName, formNames } from './address-forms.js';

interface Row {
  session_id: string;
  form: string;
  learned_at: number;
}

/** Which form of address WhatsApp took from an account after it had refused the usual one. Times are epoch milliseconds. */
export class AccountFormsStore {
  constructor(private readonly database: Database) {}

  /** Undefined when nothing was refused, or the form is none of those that are known now. */
  async find(sessionId: string): Promise<{ form: FormName; learnedAt: number } | undefined> {
    const row = await this.database<Row>('account_forms').where({ session_id: sessionId }).first();
    const form = formNames.find((name) => name === row?.form);
    return row && form && { form, learnedAt: row.learned_at };
  }

  async save(sessionId: string, form: FormName, learnedAt: number): Promise<void> {
    const learned = { form, learned_at: learnedAt };
    await this.database<Row>('account_forms')
      .insert({ session_id: sessionId, ...learned })
      .onConflict('session_id')
      .merge(learned);
  }

  /** Not an error when nothing is known. */
  async forget(sessionId: string): Promise<void> {
    await this.database<Row>('account_forms').where({ session_id: sessionId }).delete();
  }
}
