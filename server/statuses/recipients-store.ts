import type { Knex } from 'knex';
import type { ExclusionReason } from '../contract/audiences.js';
import type { Database } from '../db/database.js';
import { insertRows, takeNew, whereAnyOf } from '../db/dialect.js';
import { countRows } from '../db/lists.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import { formsOfNumber } from '../lib/number-forms.js';
import type { WantedPage } from '../lib/page.js';
import type { NamesRow } from '../people/person.js';
import type { PersonAddress, RecipientOutcome } from '../whatsapp/gateway.js';

const columns = ['status_id', 'person_id', 'organization_id', 'outcome', 'position', 'sent_at', 'revoked_at'] as const;

/** `pending` until an attempt told what became of the recipient, or why they are left out. */
export type RecipientState = RecipientOutcome | 'pending' | ExclusionReason;

interface RecipientRow {
  status_id: string;
  person_id: string;
  organization_id: string;
  outcome: RecipientState;
  position: number;
  sent_at: number | null;
  /** When it was taken back from them. */
  revoked_at: number | null;
}

export interface RecipientCounts {
  /** It was sent to them; of those, `confirmed` by WhatsApp, the first at `firstSentAt`. */
  included: number;
  confirmed: number;
  firstSentAt: number | null;
  /** Known not to get it. */
  leftOut: number;
}

interface CountRow {
  outcome: RecipientState;
  people: number | string;
  confirmed: number | string;
  first: number | string | null;
}

export interface RecipientsOf {
  id: string;
  organizationId: string;
}

/** Somebody in the snapshot of a status. Outcomes come back with the same object, and so with where it stands. */
export class ListedRecipient implements PersonAddress {
  constructor(
    readonly phoneNumber: string | null,
    readonly lid: string | null,
    /** It stays when people turn out to be one. */
    readonly position: number,
  ) {}
}

/** A recipient as people look at them. */
export interface RecipientPerson extends NamesRow {
  position: number;
  outcome: RecipientState;
  sent_at: number | null;
  phone_number: string | null;
  lid: string | null;
}

/** Bounds how long reading an audience holds the event loop. */
const rowsPerRead = 2_000;

export class RecipientsStore {
  constructor(private readonly database: Database) {}

  /** The snapshot of the audience, in the order in which it is served. */
  async insert(tx: Tx, status: RecipientsOf, personIds: readonly string[]): Promise<void> {
    await insertRows(knexOf(tx), {
      table: 'status_recipients',
      columns,
      rows: personIds.map((personId, position) => rowOf(status, personId, 'pending', position, null)),
    });
  }

  /** Addresses of those it is not known of yet what became of them, in the order of the snapshot. */
  listPending(statusId: string, limit = Infinity): Promise<ListedRecipient[]> {
    return this.list({ status_id: statusId, outcome: 'pending' }, limit);
  }

  /** Addresses of everybody in the snapshot, in its order. */
  listAddresses(statusId: string): Promise<PersonAddress[]> {
    return this.list({ status_id: statusId }, Infinity);
  }

  /** Addresses of those who got it and from whom it was not taken back yet, in the order of the snapshot. */
  listToRevoke(statusId: string): Promise<PersonAddress[]> {
    return this.list({ status_id: statusId, outcome: 'included', revoked_at: null }, Infinity);
  }

  /** Leaves out those at these positions that nothing was sent to yet, for a reason each. */
  async leaveOut(tx: Tx, statusId: string, positions: ReadonlyMap<ExclusionReason, readonly number[]>): Promise<void> {
    const db = knexOf(tx);
    for (const [reason, some] of positions) {
      const pending = db<RecipientRow>('status_recipients').where({ status_id: statusId, outcome: 'pending' });
      await whereAnyOf(db, pending.update({ outcome: reason }), 'position', some);
    }
  }

  /** Before another attempt: everybody is open again who did not get it, or of whom nobody knows. */
  async reopen(tx: Tx, statusId: string): Promise<void> {
    await knexOf(tx)<RecipientRow>('status_recipients')
      .where({ status_id: statusId })
      .where((some) => void some.whereNot('outcome', 'included').orWhereNull('sent_at'))
      .update({ outcome: 'pending' });
  }

  /** Replaces the snapshot of a status of which nothing was sent yet. */
  async replace(tx: Tx, status: RecipientsOf, personIds: readonly string[]): Promise<void> {
    await knexOf(tx)('status_recipients').where({ status_id: status.id }).delete();
    await this.insert(tx, status, personIds);
  }

  /** It was taken back from these people. How many of them are new. */
  async recordRevoked(tx: Tx, statusId: string, personIds: readonly string[], at: number): Promise<number> {
    const db = knexOf(tx);
    const rows = db<RecipientRow>('status_recipients').where({ status_id: statusId, revoked_at: null });
    return whereAnyOf(db, rows, 'person_id', personIds).update({ revoked_at: at });
  }

  /** In the order of the snapshot; `after` is the position that ended the page before. */
  async page(
    statusId: string,
    outcome: RecipientState | undefined,
    { limit, after = -1 }: WantedPage<number>,
  ): Promise<{ recipients: RecipientPerson[]; total: number }> {
    const of = outcome === undefined ? { status_id: statusId } : { status_id: statusId, outcome };
    const recipients: RecipientPerson[] = await this.addresses()
      .where(of)
      .where('position', '>', after)
      .orderBy('position')
      .limit(limit)
      .select('position', 'outcome', 'sent_at', 'people.phone_number', 'people.lid', 'people.name')
      .select('people.verified_name', 'people.push_name');
    return { recipients, total: await countRows(this.database('status_recipients').where(of)) };
  }

  /** Whether it was taken back from anybody. */
  async isPartlyRevoked(statusId: string): Promise<boolean> {
    const of = this.database<RecipientRow>('status_recipients').where({ status_id: statusId });
    return (await of.whereNotNull('revoked_at').first('person_id')) !== undefined;
  }

  /** The recipient who is this person and was not left out. */
  async findFor(
    tx: Tx,
    statusId: string,
    { phoneNumber, lid }: PersonAddress,
  ): Promise<{ personId: string; phoneNumber: string | null } | undefined> {
    const found: { id: string; phone_number: string | null } | undefined = await this.addresses(knexOf(tx))
      .where({ status_id: statusId })
      .whereIn('outcome', ['included', 'pending'])
      .where((person) => {
        if (phoneNumber !== null) person.orWhereIn('people.phone_number', formsOfNumber(phoneNumber));
        if (lid !== null) person.orWhere('people.lid', lid);
      })
      .first('people.id', 'people.phone_number');
    return found && { personId: found.id, phoneNumber: found.phone_number };
  }

  /** Which of these people these statuses went, or go, to, as pairs; without those who are left out. */
  async among(
    tx: Tx,
    statusIds: readonly string[],
    personIds: readonly string[],
  ): Promise<{ statusId: string; personId: string }[]> {
    const db = knexOf(tx);
    const query = db<RecipientRow>('status_recipients').select('status_id', 'person_id');
    query.whereIn('outcome', ['included', 'pending']);
    whereAnyOf(db, query, 'status_id', statusIds);
    const rows = await whereAnyOf(db, query, 'person_id', personIds);
    return rows.map((row) => ({ statusId: row.status_id, personId: row.person_id }));
  }

  /** Whether the status went, or goes, to anybody of whom this form of address is not known. */
  async hasUnknown(tx: Tx, statusId: string, form: 'phone_number' | 'lid'): Promise<boolean> {
    const found: unknown = await this.addresses(knexOf(tx))
      .where({ status_id: statusId })
      .whereIn('outcome', ['included', 'pending'])
      .whereNull(`people.${form}`)
      .first('people.id');
    return found !== undefined;
  }

  private async list(of: Partial<RecipientRow>, limit: number): Promise<ListedRecipient[]> {
    const listed: ListedRecipient[] = [];
    for (let after = -1; ;) {
      const wanted = Math.min(rowsPerRead, limit - listed.length);
      const rows: { position: number; phone_number: string | null; lid: string | null }[] = await this.addresses()
        .where(of)
        .where('position', '>', after)
        .orderBy('position')
        .limit(wanted)
        .select('position', 'people.phone_number', 'people.lid');
      for (const row of rows) listed.push(new ListedRecipient(row.phone_number, row.lid, row.position));
      const last = rows.at(-1);
      if (last === undefined || rows.length < wanted || listed.length >= limit) return listed;
      after = last.position;
    }
  }

  private addresses(db: Knex = this.database): Knex.QueryBuilder {
    return db('status_recipients').join('people', 'people.id', 'status_recipients.person_id');
  }

  /**
   * What became of those at these positions. `sentAt`: when WhatsApp acknowledged what was sent to those who are included.
   */
  async recordByPosition(
    tx: Tx,
    statusId: string,
    outcomes: ReadonlyMap<RecipientOutcome, readonly number[]>,
    sentAt: number | null,
  ): Promise<void> {
    const db = knexOf(tx);
    for (const [outcome, positions] of outcomes) {
      const change = { outcome, sent_at: outcome === 'included' ? sentAt : null };
      const update = db<RecipientRow>('status_recipients').where({ status_id: statusId }).update(change);
      await whereAnyOf(db, update, 'position', positions);
    }
  }

  /** As {@link recordByPosition}, for people of whom only the id is known. */
  async recordOutcomes(
    tx: Tx,
    status: RecipientsOf,
    outcomes: ReadonlyMap<string, RecipientOutcome>,
    sentAt: number | null,
  ): Promise<void> {
    await insertRows(knexOf(tx), {
      table: 'status_recipients',
      columns,
      rows: [...outcomes].map(([personId, outcome], position) =>
        rowOf(status, personId, outcome, position, outcome === 'included' ? sentAt : null),
      ),
      conflict: ['status_id', 'person_id'],
      update: takeNew(['outcome', 'sent_at']),
    });
  }

  /** At most so many rows of one person: of which statuses, and what had become of it there. */
  async forgetPerson(
    tx: Tx,
    personId: string,
    atMost: number,
  ): Promise<{ statusId: string; outcome: RecipientState }[]> {
    const db = knexOf(tx);
    const all = db<RecipientRow>('status_recipients').where({ person_id: personId });
    const rows = await all.clone().limit(atMost).select('status_id', 'outcome');
    const statusIds = rows.map(({ status_id }) => status_id);
    await whereAnyOf(db, all.delete(), 'status_id', statusIds);
    return rows.map(({ status_id, outcome }) => ({ statusId: status_id, outcome }));
  }

  /** At most so many rows of one status: how many went, and who had got it. */
  async forgetOf(
    tx: Tx,
    statusId: string,
    atMost: number,
  ): Promise<{ rows: number; included: string[]; leftOut: number }> {
    const db = knexOf(tx);
    const all = db<RecipientRow>('status_recipients').where({ status_id: statusId });
    const rows = await all.clone().limit(atMost).select('person_id', 'outcome');
    const personIds = rows.map(({ person_id }) => person_id);
    await whereAnyOf(db, all.delete(), 'person_id', personIds);
    const included = rows.flatMap(({ person_id, outcome }) => (outcome === 'included' ? [person_id] : []));
    const pending = rows.filter(({ outcome }) => outcome === 'pending').length;
    return { rows: rows.length, included, leftOut: rows.length - included.length - pending };
  }

  /** What became of the recipients so far, of those, too, who are forgotten. */
  async count(tx: Tx, statusId: string): Promise<RecipientCounts> {
    const rows: CountRow[] = await knexOf(tx)('status_recipients')
      .where({ status_id: statusId })
      .groupBy('outcome')
      .select('outcome')
      .count({ people: '*', confirmed: 'sent_at' })
      .min({ first: 'sent_at' });
    const counts: RecipientCounts = { included: 0, confirmed: 0, leftOut: 0, firstSentAt: null };
    for (const { outcome, people, confirmed, first } of rows) {
      if (outcome === 'included') {
        counts.included = Number(people);
        counts.confirmed = Number(confirmed);
        counts.firstSentAt = first === null ? null : Number(first);
      } else if (outcome !== 'pending') counts.leftOut += Number(people);
    }
    const gone: { gone_included: number; gone_left_out: number } | undefined = await knexOf(tx)('statuses')
      .where({ id: statusId })
      .first('gone_included', 'gone_left_out');
    counts.included += gone?.gone_included ?? 0;
    counts.confirmed += gone?.gone_included ?? 0;
    counts.leftOut += gone?.gone_left_out ?? 0;
    return counts;
  }

  /**
   * Gives the rows of people who are gone to those who survive them. Where both were recipients of one status they
   * become one; if either got it, so did the survivor. The statuses whose recipients have to be counted anew.
   */
  async move(tx: Tx, survivors: ReadonlyMap<string, string>): Promise<string[]> {
    const db = knexOf(tx);
    const query = db<RecipientRow>('status_recipients').select('*');
    const rows = await whereAnyOf(db, query, 'person_id', [...survivors.keys()]);
    if (rows.length === 0) return [];
    await whereAnyOf(db, db('status_recipients').delete(), 'person_id', [...survivors.keys()]);
    await insertRows(db, {
      table: 'status_recipients',
      columns,
      rows: oncePerPerson(rows.map((row) => ({ ...row, person_id: survivors.get(row.person_id) ?? row.person_id }))),
      conflict: ['status_id', 'person_id'],
      update: {
        outcome: `case when status_recipients.outcome = 'included' then 'included' else excluded.outcome end`,
        sent_at: 'coalesce(status_recipients.sent_at, excluded.sent_at)',
        // Taken back from both, or it has to be taken back once more.
        revoked_at: 'status_recipients.revoked_at + 0 * excluded.revoked_at',
      },
    });
    return [...new Set(rows.map((row) => row.status_id))];
  }

  /**
   * Takes these people out of the one version of an A/B test where they are, since they turned out to be one, in both: out of the
   * one that has not been sent to them, of two such the one that goes out later. Returns the statuses that have changed.
   */
  async keepOneVersion(tx: Tx, personIds: readonly string[]): Promise<string[]> {
    const db = knexOf(tx);
    const goesFirst = `(o.state = 'sending' and s.state <> 'sending') or ((o.state = 'sending' or s.state <> 'sending') and o.id < s.id)`;
    const doubles = db<RecipientRow>('status_recipients as r')
      .join('statuses as s', 's.id', 'r.status_id')
      .where('r.outcome', 'pending')
      .whereNotNull('s.experiment_id')
      .whereRaw(
        `exists (select 1 from statuses as o join status_recipients as other on other.status_id = o.id
         where o.session_id = s.session_id and o.experiment_id = s.experiment_id and o.id <> s.id and other.person_id = r.person_id
         and (other.outcome = 'included'
           or (other.outcome = 'pending' and o.state in ('scheduled', 'queued', 'sending') and (${goesFirst}))))`,
      )
      .select({ statusId: 'r.status_id', personId: 'r.person_id' });
    const rows = (await whereAnyOf(db, doubles, 'r.person_id', personIds)) as { statusId: string; personId: string }[];
    for (const { statusId, personId } of rows) {
      await db<RecipientRow>('status_recipients').where({ status_id: statusId, person_id: personId }).delete();
    }
    return rows.map(({ statusId }) => statusId);
  }
}

function oncePerPerson(rows: readonly RecipientRow[]): RecipientRow[] {
  const unique = new Map<string, RecipientRow>();
  for (const row of rows) {
    const key = `${row.status_id} ${row.person_id}`;
    const other = unique.get(key);
    if (other?.outcome !== 'included') unique.set(key, row);
  }
  return [...unique.values()];
}

function rowOf(
  status: RecipientsOf,
  personId: string,
  outcome: RecipientState,
  position: number,
  sentAt: number | null,
): RecipientRow {
  const { id, organizationId } = status;
  return {
    status_id: id,
    person_id: personId,
    organization_id: organizationId,
    outcome,
    position,
    sent_at: sentAt,
    revoked_at: null,
  };
}
