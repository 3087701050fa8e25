import type { Reply, ReplyFileReason, ReplyFileState, ReplyKind } from '../contract/inbox/replies.js';
import type { StatusType } from '../contract/statuses.js';
import { timestamp, timestampOrNull } from '../lib/timestamp.js';
import { nameToShow, type NamesRow } from '../people/person.js';
import type { ReplyFile, ReplyNews } from '../whatsapp/gateway.js';

/** A message that answers a status. Times are epoch milliseconds. */
export interface ReplyRecord {
  id: string;
  organizationId: string;
  sessionId: string;
  /** null: WhatsApp's id of it is known, but no status of ours has it (yet). */
  statusId: string | null;
  statusMessageId: string;
  personId: string;
  messageId: string;
  kind: ReplyKind;
  text: string | null;
  file: ReplyFileRecord | null;
  sentAt: number;
  receivedAt: number;
}

export interface ReplyFileRecord {
  state: ReplyFileState;
  reason: ReplyFileReason | null;
  /** How it is fetched; null once it is here, or can never be. */
  source: ReplyFile | null;
  filename: string | null;
  mimeType: string | null;
  bytes: number | null;
  width: number | null;
  height: number | null;
  durationMs: number | null;
}

/** What opting out by a word came to. `waiting`: the number of the sender is not known yet. */
export type OptOutState = 'done' | 'waiting';

/** The files that are kept of replies at all. */
export type FileOfNews = Pick<Extract<ReplyNews, { change: 'sent' }>, 'file' | 'isViewOnce' | 'kind'>;

/** What is to become of the file of a reply that comes in; null where it has none. */
export function fileRecordOf({ file, isViewOnce, kind }: FileOfNews, maxBytes: number): ReplyFileRecord | null {
  if (file === null && (kind === 'text' || kind === 'other')) return null;
  const reason = reasonAgainst(file, isViewOnce, maxBytes);
  return {
    state: reason === null ? 'fetching' : 'missing',
    reason,
    // Another limit, and it can be fetched.
    source: reason === null || reason === 'too_large' ? file : null,
    filename: file?.filename ?? null,
    mimeType: file?.mimeType ?? null,
    bytes: file?.sizeBytes ?? null,
    width: file?.width ?? null,
    height: file?.height ?? null,
    durationMs: file?.durationMs ?? null,
  };
}

function reasonAgainst(file: ReplyFile | null, isViewOnce: boolean, maxBytes: number): ReplyFileReason | null {
  if (isViewOnce) return 'view_once';
  if (file === null) return 'unnamed';
  return (file.sizeBytes ?? 0) > maxBytes ? 'too_large' : null;
}

/** A reply as it is read, with who wrote it and what it answers. */
export interface ReadReply extends NamesRow {
  id: string;
  organization_id: string;
  session_id: string;
  person_id: string;
  phone_number: string | null;
  lid: string | null;
  status_id: string;
  status_type: StatusType;
  status_content: string;
  status_caption: string | null;
  status_media: string | null;
  status_sent_at: number | null;
  kind: ReplyKind;
  text: string | null;
  file_state: ReplyFileState | null;
  file_reason: ReplyFileReason | null;
  file_name: string | null;
  mime_type: string | null;
  bytes: number | null;
  width: number | null;
  height: number | null;
  duration_ms: number | null;
  sent_at: number;
  received_at: number;
  read_at: number | null;
  edited_at: number | null;
  taken_back_at: number | null;
  opt_out: OptOutState | null;
}

/** The reply as it leaves the process. */
export function publicReply(row: ReadReply): Reply {
  return {
    id: row.id,
    sessionId: row.session_id,
    person: { personId: row.person_id, number: row.phone_number, lid: row.lid, name: nameToShow(row) },
    status: {
      id: row.status_id,
      type: row.status_type,
      content: row.status_content,
      caption: row.status_caption,
      thumbnailUrl: thumbnailIn(row.status_media),
      sentAt: timestampOrNull(row.status_sent_at),
    },
    kind: row.kind,
    text: row.text,
    file: publicFile(row),
    sentAt: timestamp(row.sent_at),
    receivedAt: timestamp(row.received_at),
    readAt: timestampOrNull(row.read_at),
    editedAt: timestampOrNull(row.edited_at),
    takenBackAt: timestampOrNull(row.taken_back_at),
    answers: [],
    optedOut: row.opt_out === 'done',
  };
}

function publicFile(row: ReadReply): Reply['file'] {
  if (row.file_state === null) return null;
  return {
    state: row.file_state,
    reason: row.file_reason,
    url: row.file_state === 'kept' ? `/api/sessions/${row.session_id}/replies/${row.id}/file` : null,
    filename: row.file_name,
    mimeType: row.mime_type,
    bytes: row.bytes,
    width: row.width,
    height: row.height,
    durationMs: row.duration_ms,
  };
}

function thumbnailIn(media: string | null): string | null {
  if (media === null) return null;
  const { thumbnailUrl } = JSON.parse(media) as { thumbnailUrl?: string | null };
  return thumbnailUrl ?? null;
}
