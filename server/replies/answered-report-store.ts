import type { ReplyKind } from '../contract/inbox/replies.js';
import type { Database } from '../db/database.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { PersonAddress } from '../whatsapp/gateway.js';

/** A reply as whoever answers it needs it. */
export interface AnsweredReply {
  id: string;
  organizationId: string;
  sessionId: string;
  /** Its id on WhatsApp. */
  messageId: string;
  kind: ReplyKind;
  text: string | null;
  person: PersonAddress;
  /** How the account behaves when it answers. */
  autoRead: boolean;
  presenceTyping: boolean;
}

interface Row {
  id: string;
  organization_id: string;
  session_id: string;
  message_id: string;
  kind: ReplyKind;
  text: string | null;
  phone_number: string | null;
  lid: string | null;
  auto_read: number;
  presence_typing: number;
}

/** Reads replies with the addresses of who wrote them, for those who answer. */
export class AnsweredReportStore {
  constructor(private readonly database: Database) {}

  async find(sessionId: string, replyId: string, tx?: Tx): Promise<AnsweredReply | undefined> {
    const row = await this.joined(tx)
      .where({ 'r.session_id': sessionId, 'r.id': replyId })
      .first<Row | undefined>(columns);
    return row && replyOf(row);
  }

  /** The reply that has this id on WhatsApp. */
  async findMessage(tx: Tx, sessionId: string, messageId: string): Promise<AnsweredReply | undefined> {
    const of = { 'r.session_id': sessionId, 'r.message_id': messageId };
    const row = await this.joined(tx).where(of).first<Row | undefined>(columns);
    return row && replyOf(row);
  }

  /** The last reply of a person to the status that has this id on WhatsApp. */
  async findLast(
    tx: Tx,
    sessionId: string,
    statusMessageId: string,
    personId: string,
  ): Promise<AnsweredReply | undefined> {
    const of = { 'r.session_id': sessionId, 'r.status_message_id': statusMessageId, 'r.person_id': personId };
    const row = await this.joined(tx).where(of).orderBy('r.id', 'desc').first<Row | undefined>(columns);
    return row && replyOf(row);
  }

  private joined(tx?: Tx) {
    return knexOf(tx ?? this.database)('replies as r')
      .join('people as p', 'p.id', 'r.person_id')
      .join('sessions as s', 's.session_id', 'r.session_id')
      .whereNotNull('r.status_id');
  }
}

const columns = [
  'r.id',
  'r.organization_id',
  'r.session_id',
  'r.message_id',
  'r.kind',
  'r.text',
  'p.phone_number',
  'p.lid',
  's.auto_read',
  's.presence_typing',
];

function replyOf(row: Row): AnsweredReply {
  return {
    id: row.id,
    organizationId: row.organization_id,
    sessionId: row.session_id,
    messageId: row.message_id,
    kind: row.kind,
    text: row.text,
    person: { phoneNumber: row.phone_number, lid: row.lid },
    autoRead: row.auto_read === 1,
    presenceTyping: row.presence_typing === 1,
  };
}
