import type { Database } from '../../server/db/database.js';
import { newId } from '../../server/lib/ids.js';

const place = { organization_id: 'default', session_id: 'acc1' };

/** Who is in the segment of those who got a post of `acc1` once and never looked: of one post of long ago, written into the database. */
export class NeverViewed {
  private constructor(private readonly db: Database) {}

  static async seed(db: Database): Promise<NeverViewed> {
    const status = { id: 'SEED', message_id: 'SEED', type: 'text', content: 'x', state: 'expired' };
    await db('statuses').insert({ ...place, ...status, created_at: 1, updated_at: 1, created_by: 'test' });
    return new NeverViewed(db);
  }

  /** Adds somebody whom the session knows by LID alone, or by both names (`isPaired`). */
  async add(person: { phoneNumber: string; lid: string | null }, isPaired: boolean): Promise<void> {
    const { db } = this;
    const id = newId();
    const names = { phone_number: isPaired ? person.phoneNumber : null, lid: person.lid };
    await db('people').insert({ ...place, ...names, id, created_at: 1, updated_at: 1 });
    const position = Number((await db('status_recipients').count({ n: '*' }).first())?.n ?? 0);
    const recipient = { status_id: 'SEED', person_id: id, organization_id: 'default', outcome: 'included', position };
    await db('status_recipients').insert(recipient);
  }

  /** Nobody is in it any more. */
  async clear(): Promise<void> {
    await this.db('status_recipients').delete();
  }
}
