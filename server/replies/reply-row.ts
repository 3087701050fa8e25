import type { ReplyFileReason, ReplyFileState, ReplyKind } from '../contract/inbox/replies.js';
import type { ReplyFile } from '../whatsapp/gateway.js';
import type { OptOutState, ReplyRecord } from './reply.js';

/** A reply as it is stored. */
export interface ReplyRow {
  id: string;
  organization_id: string;
  session_id: string;
  status_id: string | null;
  status_message_id: string;
  person_id: string;
  message_id: string;
  kind: ReplyKind;
  text: string | null;
  search_text: string;
  file_state: ReplyFileState | null;
  file_reason: ReplyFileReason | null;
  file_source: string | null;
  file_name: string | null;
  mime_type: string | null;
  bytes: number | null;
  width: number | null;
  height: number | null;
  duration_ms: number | null;
  file_tries: number;
  file_due_at: number | null;
  sent_at: number;
  received_at: number;
  read_at: number | null;
  edited_at: number | null;
  taken_back_at: number | null;
  opt_out: OptOutState | null;
}

export const columns = [
  'id',
  'organization_id',
  'session_id',
  'status_id',
  'status_message_id',
  'person_id',
  'message_id',
  'kind',
  'text',
  'search_text',
  'file_state',
  'file_reason',
  'file_source',
  'file_name',
  'mime_type',
  'bytes',
  'width',
  'height',
  'duration_ms',
  'file_tries',
  'file_due_at',
  'sent_at',
  'received_at',
  'read_at',
  'edited_at',
  'taken_back_at',
  'opt_out',
] as const satisfies readonly (keyof ReplyRow)[];

export function rowOfNew(reply: ReplyRecord): ReplyRow {
  const { file } = reply;
  return {
    id: reply.id,
    organization_id: reply.organizationId,
    session_id: reply.sessionId,
    status_id: reply.statusId,
    status_message_id: reply.statusMessageId,
    person_id: reply.personId,
    message_id: reply.messageId,
    kind: reply.kind,
    text: reply.text,
    search_text: (reply.text ?? '').toLowerCase(),
    file_state: file?.state ?? null,
    file_reason: file?.reason ?? null,
    file_source: file?.source ? writeSource(file.source) : null,
    file_name: file?.filename ?? null,
    mime_type: file?.mimeType ?? null,
    bytes: file?.bytes ?? null,
    width: file?.width ?? null,
    height: file?.height ?? null,
    duration_ms: file?.durationMs ?? null,
    file_tries: 0,
    file_due_at: file?.state === 'fetching' ? reply.receivedAt : null,
    sent_at: reply.sentAt,
    received_at: reply.receivedAt,
    read_at: null,
    edited_at: null,
    taken_back_at: null,
    opt_out: null,
  };
}

function writeSource({ mediaKey, fileSha256, fileEncSha256, ...rest }: ReplyFile): string {
  const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
  return JSON.stringify({
    ...rest,
    mediaKey: base64(mediaKey),
    fileSha256: base64(fileSha256),
    fileEncSha256: fileEncSha256 && base64(fileEncSha256),
  });
}

/** As {@link rowOfNew} has written it. */
export function readSource(text: string): ReplyFile {
  const { mediaKey, fileSha256, fileEncSha256, ...rest } = JSON.parse(text) as Omit<
    ReplyFile,
    'mediaKey' | 'fileSha256' | 'fileEncSha256'
  > & { mediaKey: string; fileSha256: string; fileEncSha256: string | null };
  const bytes = (base64: string): Uint8Array => Buffer.from(base64, 'base64');
  return {
    ...rest,
    mediaKey: bytes(mediaKey),
    fileSha256: bytes(fileSha256),
    fileEncSha256: fileEncSha256 === null ? null : bytes(fileEncSha256),
  };
}

/** How a file is left; what is not given stays as it is. */
export interface FileEnd {
  state: ReplyFileState;
  reason: ReplyFileReason | null;
  bytes?: number;
  /** null: for ever. */
  dueAt: number | null;
  /** How it is fetched is forgotten. */
  isForgotten: boolean;
  tries?: number;
}

/** What a file's end changes in its row. */
export function fileValues({ state, reason, bytes, dueAt, isForgotten, tries }: FileEnd): Partial<ReplyRow> {
  return {
    file_state: state,
    file_reason: reason,
    file_due_at: dueAt,
    ...(bytes === undefined ? {} : { bytes }),
    ...(isForgotten ? { file_source: null } : {}),
    ...(tries === undefined ? {} : { file_tries: tries }),
  };
}
