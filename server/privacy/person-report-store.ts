import type { AnswerOrigin, ReplyKind } from '../contract/inbox/replies.js';
import type { Database } from '../db/database.js';
import { whereAnyOf } from '../db/dialect.js';
import { namesOf, type PersonNamed } from '../people/erased-person.js';

export interface KeptPerson {
  id: string;
  session_id: string;
  phone_number: string | null;
  lid: string | null;
  name: string | null;
  verified_name: string | null;
  push_name: string | null;
  created_at: number;
}

interface KeptRecipient {
  status_id: string;
  person_id: string;
  outcome: string;
  sent_at: number | null;
  revoked_at: number | null;
}

interface KeptView {
  status_id: string;
  person_id: string;
  delivered_at: number | null;
  viewed_at: number | null;
  played_at: number | null;
  reaction: string | null;
  reacted_at: number | null;
  replied_at: number | null;
}

export interface KeptReply {
  id: string;
  person_id: string;
  status_id: string | null;
  kind: ReplyKind;
  text: string | null;
  file_name: string | null;
  mime_type: string | null;
  file_state: string | null;
  sent_at: number;
  received_at: number;
  taken_back_at: number | null;
}

export interface KeptTotals {
  person_id: string;
  viewed: number;
  reacted: number;
  replied: number;
  first_viewed_at: number | null;
  last_viewed_at: number | null;
  last_reacted_at: number | null;
  last_replied_at: number | null;
  posted_at: number | null;
}

export interface KeptAnswer {
  reply_id: string;
  origin: AnswerOrigin;
  text: string | null;
  media: string | null;
  created_at: number;
  sent_at: number | null;
  delivered_at: number | null;
  read_at: number | null;
}

interface KeptMember {
  id: string;
  list_name: string;
  phone_number: string;
  name: string | null;
  fields: string | null;
  added_at: number;
}

/** What is kept of somebody in an organization, across the tables of all features; it reads and never writes. */
export class PersonReportStore {
  constructor(private readonly database: Database) {}

  /** By which numbers accounts of the organization know whoever has this LID. */
  async numbersOf(organizationId: string, lid: string): Promise<string[]> {
    const known = await this.inSessions(organizationId).where({ lid }).whereNotNull('phone_number');
    return known.flatMap(({ phone_number }) => phone_number ?? []);
  }

  /**
   * Everybody who has one of these numbers or this LID, and who is known by LID alone where an account of the organization knows whose LID
   * that is.
   */
  async people(organizationId: string, numbers: readonly string[], lid: string | null): Promise<KeptPerson[]> {
    const byNumber = await this.inSessions(organizationId).whereIn('phone_number', numbers);
    const lids = [...new Set([lid, ...byNumber.map((person) => person.lid)].flatMap((one) => one ?? []))];
    const byLid = await this.inSessions(organizationId).whereIn('lid', lids).whereNull('phone_number');
    return [...byNumber, ...byLid].sort((one, other) => (one.session_id < other.session_id ? -1 : 1));
  }

  /** Ids of statuses descend as they get older. */
  recipients(personIds: readonly string[], limit: number): Promise<KeptRecipient[]> {
    const query = this.database<KeptRecipient>('status_recipients').orderBy('status_id', 'desc').limit(limit);
    return whereAnyOf(this.database, query, 'person_id', personIds).select(
      'status_id',
      'person_id',
      'outcome',
      'sent_at',
      'revoked_at',
    );
  }

  views(personIds: readonly string[], limit: number): Promise<KeptView[]> {
    const query = this.database<KeptView>('views').orderBy('status_id', 'desc').limit(limit);
    return whereAnyOf(this.database, query, 'person_id', personIds).select(
      'status_id',
      'person_id',
      'delivered_at',
      'viewed_at',
      'played_at',
      'reaction',
      'reacted_at',
      'replied_at',
    );
  }

  replies(personIds: readonly string[], limit: number): Promise<KeptReply[]> {
    const query = this.database<KeptReply>('replies').orderBy('id', 'desc').limit(limit);
    return whereAnyOf(this.database, query, 'person_id', personIds).select(
      'id',
      'person_id',
      'status_id',
      'kind',
      'text',
      'file_name',
      'mime_type',
      'file_state',
      'sent_at',
      'received_at',
      'taken_back_at',
    );
  }

  /** Oldest first. */
  answers(replyIds: readonly string[]): Promise<KeptAnswer[]> {
    const query = this.database<KeptAnswer>('answers').orderBy('id');
    return whereAnyOf(this.database, query, 'reply_id', replyIds).select(
      'reply_id',
      'origin',
      'text',
      'media',
      'created_at',
      'sent_at',
      'delivered_at',
      'read_at',
    );
  }

  async totals(personIds: readonly string[]): Promise<Map<string, KeptTotals>> {
    const query = this.database<KeptTotals>('viewer_totals').select(
      'person_id',
      'viewed',
      'reacted',
      'replied',
      'first_viewed_at',
      'last_viewed_at',
      'last_reacted_at',
      'last_replied_at',
      'posted_at',
    );
    const rows = await whereAnyOf(this.database, query, 'person_id', personIds);
    return new Map(rows.map((row) => [row.person_id, row]));
  }

  async postedAt(statusIds: readonly string[]): Promise<Map<string, number | null>> {
    const query = this.database<{ id: string; sent_at: number | null }>('statuses').select('id', 'sent_at');
    const rows = await whereAnyOf(this.database, query, 'id', statusIds);
    return new Map(rows.map(({ id, sent_at }) => [id, sent_at]));
  }

  /** Ids of those whom the phone has saved. */
  async saved(personIds: readonly string[]): Promise<Set<string>> {
    const query = this.database<{ person_id: string; is_saved: number | null }>('contacts').where({ is_saved: 1 });
    const rows = await whereAnyOf(this.database, query, 'person_id', personIds).select('person_id');
    return new Set(rows.map(({ person_id }) => person_id));
  }

  async chats(personIds: readonly string[]) {
    const query = this.database<{ person_id: string; name: string | null; last_message_at: number | null }>('chats');
    return whereAnyOf(this.database, query, 'person_id', personIds).select('person_id', 'name', 'last_message_at');
  }

  /** Ids of those who are on the list of people to whom the phone shows statuses, or does not. */
  async onStoryPrivacyLists(personIds: readonly string[]): Promise<Set<string>> {
    const query = this.database<{ person_id: string }>('story_privacy_people');
    const rows = await whereAnyOf(this.database, query, 'person_id', personIds).select('person_id');
    return new Set(rows.map(({ person_id }) => person_id));
  }

  async memberships(organizationId: string, numbers: readonly string[]): Promise<KeptMember[]> {
    return this.database('audience_members as m')
      .join('audiences as a', 'a.id', 'm.audience_id')
      .where('m.organization_id', organizationId)
      .whereIn('m.phone_number', numbers)
      .orderBy(['a.id', 'm.phone_number'])
      .select<KeptMember[]>('a.id', 'a.name as list_name', 'm.phone_number', 'm.name', 'm.fields', 'm.added_at');
  }

  async tags(organizationId: string, numbers: readonly string[]): Promise<string[]> {
    const query = this.database<{ organization_id: string; tag: string; phone_number: string }>('person_tags');
    const rows = await query.where({ organization_id: organizationId }).whereIn('phone_number', numbers).select('tag');
    return [...new Set(rows.map(({ tag }) => tag))].sort();
  }

  optOuts(organizationId: string, numbers: readonly string[]) {
    return this.database<{ organization_id: string; session_id: string; phone_number: string; created_at: number }>(
      'opt_outs',
    )
      .where({ organization_id: organizationId })
      .whereIn('phone_number', numbers)
      .orderBy(['session_id', 'phone_number'])
      .select('session_id', 'phone_number', 'created_at');
  }

  /** The name of the account that is this person itself, if there is one. */
  async ownAccount(person: PersonNamed): Promise<string | undefined> {
    const names = [...namesOf(person)];
    const own = await this.database<{ name: string; organization_id: string }>('sessions')
      .where({ organization_id: person.organizationId })
      .where((any) => {
        // Linked by QR code, an account has no number but that in its JID.
        void any.whereIn('phone_number', names).orWhereIn('jid', names).orWhereIn('lid', names);
      })
      .first('name');
    return own?.name;
  }

  /** Whether a post is on its way to one of these people, or is being taken back from them. */
  async isUnderWay(personIds: readonly string[]): Promise<boolean> {
    const query = this.database('status_recipients as r')
      .join('statuses as s', 's.id', 'r.status_id')
      .where((either) => {
        void either.where((sending) => void sending.where('s.state', 'sending').where('r.outcome', 'pending'));
        void either.orWhere((back) => {
          void back.whereNotNull('s.delete_requested_at').where('r.outcome', 'included').whereNull('r.revoked_at');
        });
      });
    return (await whereAnyOf(this.database, query, 'r.person_id', personIds).first('r.status_id')) !== undefined;
  }

  async sessionIds(organizationId: string): Promise<string[]> {
    const rows: { session_id: string }[] = await this.database('sessions')
      .where({ organization_id: organizationId })
      .orderBy('session_id')
      .select('session_id');
    return rows.map(({ session_id }) => session_id);
  }

  /** By account, since there is an index of each one's people. */
  private inSessions(organizationId: string) {
    const sessions = this.database('sessions').where({ organization_id: organizationId }).select('session_id');
    return this.database<KeptPerson>('people')
      .whereIn('session_id', sessions)
      .select('id', 'session_id', 'phone_number', 'lid', 'name', 'verified_name', 'push_name', 'created_at');
  }
}
