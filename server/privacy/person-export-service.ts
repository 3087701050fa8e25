import { organizationOf, type Principal } from '../access/principal.js';
import { readFields } from '../audiences/member-fields.js';
import type { NamedPerson } from '../contract/erasures.js';
import {
  type ExportedAccount,
  type ExportedStatus,
  type ExportedReply,
  mostExportedReplies,
  mostExportedStatuses,
  type PersonExport,
} from '../contract/person-exports.js';
import { recipientOutcomeSchema } from '../contract/recipients.js';
import type { Clock } from '../lib/clock.js';
import { formsOfNumber } from '../lib/number-forms.js';
import { timestamp, timestampOrNull } from '../lib/timestamp.js';
import type { KeptAnswer, KeptPerson, KeptReply, KeptTotals, PersonReportStore } from './person-report-store.js';

/** Tells somebody what is kept of them. */
export class PersonExportService {
  constructor(
    private readonly store: PersonReportStore,
    private readonly clock: Clock,
  ) {}

  /** Everything that the caller's organization keeps of whoever has this number, however it is written, or this LID. */
  async export(principal: Principal, { phoneNumber, lid }: NamedPerson): Promise<PersonExport> {
    const { store } = this;
    const organizationId = organizationOf(principal);
    const known = lid === null ? [phoneNumber] : await store.numbersOf(organizationId, lid);
    const numbers = [...new Set(known.flatMap(formsOfNumber))];
    const people = await store.people(organizationId, numbers, lid);
    const { statuses, isComplete } = await this.statusesOf(people.map(({ id }) => id));
    const replies = await store.replies(
      people.map(({ id }) => id),
      mostExportedReplies + 1,
    );
    const members = await store.memberships(organizationId, numbers);
    const optOuts = await store.optOuts(organizationId, numbers);
    return {
      phoneNumber: known[0] ?? null,
      lid,
      exportedAt: timestamp(this.clock.now().getTime()),
      isComplete: isComplete && replies.length <= mostExportedReplies,
      accounts: await this.accountsOf(people, statuses, replies.slice(0, mostExportedReplies)),
      lists: members.map((member) => ({
        listId: member.id,
        listName: member.list_name,
        phoneNumber: member.phone_number,
        name: member.name,
        fields: readFields(member.fields),
        addedAt: timestamp(member.added_at),
      })),
      tags: await store.tags(organizationId, numbers),
      optOuts: optOuts.map((optOut) => ({
        phoneNumber: optOut.phone_number,
        sessionId: optOut.session_id === '' ? null : optOut.session_id,
        createdAt: timestamp(optOut.created_at),
      })),
    };
  }

  private async accountsOf(
    people: readonly KeptPerson[],
    statuses: ReadonlyMap<string, ExportedStatus[]>,
    replies: readonly KeptReply[],
  ): Promise<ExportedAccount[]> {
    const ids = people.map(({ id }) => id);
    const saved = await this.store.saved(ids);
    const listed = await this.store.onStoryPrivacyLists(ids);
    const chats = await this.store.chats(ids);
    const totals = await this.store.totals(ids);
    const answers = await this.store.answers(replies.map(({ id }) => id));
    return people.map((person) => ({
      sessionId: person.session_id,
      personId: person.id,
      phoneNumber: person.phone_number,
      lid: person.lid,
      savedName: person.name,
      verifiedName: person.verified_name,
      pushName: person.push_name,
      knownSince: timestamp(person.created_at),
      isSaved: saved.has(person.id),
      chats: chats
        .filter((chat) => chat.person_id === person.id)
        .map(({ name, last_message_at }) => ({ name, lastMessageAt: timestampOrNull(last_message_at) })),
      isOnStoryPrivacyList: listed.has(person.id),
      totals: totalsOf(totals.get(person.id)),
      statuses: statuses.get(person.id) ?? [],
      replies: replies.filter((reply) => reply.person_id === person.id).map((reply) => exportedReply(reply, answers)),
    }));
  }

  /** By person, the newest first. A post may have been seen by somebody who is not on record as a recipient. */
  private async statusesOf(
    personIds: readonly string[],
  ): Promise<{ statuses: Map<string, ExportedStatus[]>; isComplete: boolean }> {
    const recipients = await this.store.recipients(personIds, mostExportedStatuses + 1);
    const views = await this.store.views(personIds, mostExportedStatuses + 1);
    const found = new Map<string, { personId: string; status: ExportedStatus }>();
    const entryOf = (row: { status_id: string; person_id: string }): ExportedStatus => {
      const key = `${row.status_id} ${row.person_id}`;
      const entry = found.get(key) ?? { personId: row.person_id, status: nothingOf(row.status_id) };
      found.set(key, entry);
      return entry.status;
    };
    for (const row of recipients) {
      const entry = entryOf(row);
      entry.outcome = recipientOutcomeSchema.parse(row.outcome);
      entry.sentAt = timestampOrNull(row.sent_at);
      entry.takenBackAt = timestampOrNull(row.revoked_at);
    }
    for (const row of views) {
      const entry = entryOf(row);
      entry.deliveredAt = timestampOrNull(row.delivered_at);
      entry.viewedAt = timestampOrNull(row.viewed_at);
      entry.playedAt = timestampOrNull(row.played_at);
      entry.reaction = row.reaction;
      entry.reactedAt = timestampOrNull(row.reacted_at);
      entry.repliedAt = timestampOrNull(row.replied_at);
    }
    const newestFirst = [...found.values()].sort((one, other) =>
      one.status.statusId < other.status.statusId ? 1 : -1,
    );
    const told = newestFirst.slice(0, mostExportedStatuses);
    const postedAt = await this.store.postedAt(told.map(({ status }) => status.statusId));
    const statuses = new Map<string, ExportedStatus[]>();
    for (const { personId, status } of told) {
      status.postedAt = timestampOrNull(postedAt.get(status.statusId) ?? null);
      const own = statuses.get(personId);
      if (own) own.push(status);
      else statuses.set(personId, [status]);
    }
    return { statuses, isComplete: newestFirst.length <= mostExportedStatuses };
  }
}

function totalsOf(kept: KeptTotals | undefined): ExportedAccount['totals'] {
  if (!kept) return null;
  const { viewed, reacted, replied } = kept;
  return {
    viewed,
    reacted,
    replied,
    firstViewedAt: timestampOrNull(kept.first_viewed_at),
    lastViewedAt: timestampOrNull(kept.last_viewed_at),
    lastReactedAt: timestampOrNull(kept.last_reacted_at),
    lastRepliedAt: timestampOrNull(kept.last_replied_at),
    postedAt: timestampOrNull(kept.posted_at),
  };
}

function nothingOf(statusId: string): ExportedStatus {
  return {
    statusId,
    postedAt: null,
    outcome: null,
    sentAt: null,
    takenBackAt: null,
    deliveredAt: null,
    viewedAt: null,
    playedAt: null,
    reaction: null,
    reactedAt: null,
    repliedAt: null,
  };
}

function exportedReply(reply: KeptReply, answers: readonly KeptAnswer[]): ExportedReply {
  return {
    replyId: reply.id,
    statusId: reply.status_id,
    kind: reply.kind,
    text: reply.text,
    filename: reply.file_name,
    mimeType: reply.mime_type,
    hasFile: reply.file_state === 'kept',
    sentAt: timestamp(reply.sent_at),
    receivedAt: timestamp(reply.received_at),
    takenBackAt: timestampOrNull(reply.taken_back_at),
    answers: answers.filter((answer) => answer.reply_id === reply.id).map(exportedAnswer),
  };
}

function exportedAnswer(answer: KeptAnswer): ExportedReply['answers'][number] {
  const media = answer.media === null ? null : (JSON.parse(answer.media) as { filename: string });
  return {
    origin: answer.origin,
    text: answer.text,
    filename: media?.filename ?? null,
    createdAt: timestamp(answer.created_at),
    sentAt: timestampOrNull(answer.sent_at),
    deliveredAt: timestampOrNull(answer.delivered_at),
    readAt: timestampOrNull(answer.read_at),
  };
}
