import type { Audience } from '../contract/audiences.js';
import type { WaitingCode, WaitingReason } from '../contract/pace.js';
import type { StatusAudience, StatusState, StatusStyle, StatusType } from '../contract/statuses.js';
import type { StatusLinks } from './status-links.js';
import { planColumns, planOf, type PlanColumns } from './plan.js';
import type { StatusRecord } from './status.js';

/** What changes when a status takes its next step. What is left out stays. */
export interface StatusChange {
  state?: StatusState;
  updatedAt: number;
  content?: string;
  caption?: string | null;
  style?: StatusStyle;
  links?: StatusLinks | null;
  audience?: StatusAudience;
  targeted?: number;
  leftOut?: number;
  error?: { code: string; message: string } | null;
  startedAt?: number | null;
  deleteRequestedAt?: number | null;
  revokeId?: string;
  revokeAttempts?: number;
  deletionError?: { code: string; message: string } | null;
  sentAt?: number;
  expiresAt?: number;
  included?: number;
  attempts?: number;
  scheduledAt?: number;
  timeZone?: string | null;
  lateByMinutes?: number | null;
  chosenAudience?: Audience | null;
  note?: { code: string; message: string } | null;
  waiting?: { until: number | null; reason: WaitingReason } | null;
}

/** A status as the database has it. */
export interface StatusRow extends PlanColumns {
  id: string;
  organization_id: string;
  session_id: string;
  message_id: string;
  type: StatusType;
  content: string;
  caption: string | null;
  style: string;
  audience: string | null;
  media: string | null;
  preview: string | null;
  links: string | null;
  state: StatusState;
  error_code: string | null;
  error_message: string | null;
  targeted: number;
  included: number;
  delivered: number;
  viewed: number;
  reacted: number;
  replied: number;
  clicked: number;
  left_out: number;
  attempts: number;
  delete_requested_at: number | null;
  revoke_id: string | null;
  revoke_attempts: number;
  taken_back: number;
  deletion_error_code: string | null;
  deletion_error_message: string | null;
  created_by: string;
  created_at: number;
  updated_at: number;
  scheduled_at: number | null;
  started_at: number | null;
  waiting_until: number | null;
  waiting_code: WaitingCode | null;
  waiting_message: string | null;
  note_code: string | null;
  note_message: string | null;
  sent_at: number | null;
  expires_at: number | null;
  people_forgotten_at: number | null;
}

/** The columns of what changes. */
export function changedColumns(change: StatusChange): Partial<StatusRow> {
  const { style, links, audience, error, deletionError, note, waiting } = change;
  const columns: { [K in keyof StatusRow]?: StatusRow[K] | undefined } = {
    state: change.state,
    updated_at: change.updatedAt,
    content: change.content,
    caption: change.caption,
    style: style && JSON.stringify(style),
    links: links && JSON.stringify(links),
    audience: audience && JSON.stringify(audience),
    targeted: change.targeted,
    included: change.included,
    left_out: change.leftOut,
    error_code: error && error.code,
    error_message: error && error.message,
    started_at: change.startedAt,
    sent_at: change.sentAt,
    expires_at: change.expiresAt,
    attempts: change.attempts,
    scheduled_at: change.scheduledAt,
    time_zone: change.timeZone,
    late_by_minutes: change.lateByMinutes,
    chosen_audience: change.chosenAudience && JSON.stringify(change.chosenAudience),
    delete_requested_at: change.deleteRequestedAt,
    revoke_id: change.revokeId,
    revoke_attempts: change.revokeAttempts,
    deletion_error_code: deletionError && deletionError.code,
    deletion_error_message: deletionError && deletionError.message,
    note_code: note && note.code,
    note_message: note && note.message,
    waiting_until: waiting && waiting.until,
    waiting_code: waiting && waiting.reason.code,
    waiting_message: waiting && waiting.reason.message,
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

function errorOf(code: string | null, message: string | null): { code: string; message: string } | null {
  return code === null ? null : { code, message: message ?? code };
}

export function toRow(record: StatusRecord): StatusRow {
  return {
    id: record.id,
    organization_id: record.organizationId,
    session_id: record.sessionId,
    message_id: record.messageId,
    type: record.type,
    content: record.content,
    caption: record.caption,
    style: JSON.stringify(record.style),
    media: record.media && JSON.stringify(record.media),
    preview: record.preview && JSON.stringify(record.preview),
    links: record.links && JSON.stringify(record.links),
    state: record.state,
    error_code: record.errorCode,
    error_message: record.errorMessage,
    ...record.counts,
    audience: record.audience && JSON.stringify(record.audience),
    left_out: record.leftOut,
    delete_requested_at: record.deleteRequestedAt,
    revoke_id: record.revokeId,
    revoke_attempts: record.revokeAttempts,
    taken_back: record.takenBack,
    deletion_error_code: record.deletionError?.code ?? null,
    deletion_error_message: record.deletionError?.message ?? null,
    attempts: record.attempts,
    created_by: record.createdBy,
    created_at: record.createdAt,
    updated_at: record.updatedAt,
    scheduled_at: record.scheduledAt,
    started_at: record.startedAt,
    waiting_until: record.waitingUntil,
    waiting_code: record.waitingReason?.code ?? null,
    waiting_message: record.waitingReason?.message ?? null,
    note_code: record.note?.code ?? null,
    note_message: record.note?.message ?? null,
    sent_at: record.sentAt,
    expires_at: record.expiresAt,
    people_forgotten_at: record.peopleForgottenAt,
    ...planColumns(record.plan),
  };
}

export function toRecord(row: StatusRow): StatusRecord {
  const { targeted, included, delivered, viewed, reacted, replied, clicked } = row;
  return {
    id: row.id,
    organizationId: row.organization_id,
    sessionId: row.session_id,
    messageId: row.message_id,
    type: row.type,
    content: row.content,
    caption: row.caption,
    style: JSON.parse(row.style) as StatusRecord['style'],
    media: row.media === null ? null : (JSON.parse(row.media) as StatusRecord['media']),
    preview: row.preview === null ? null : (JSON.parse(row.preview) as StatusRecord['preview']),
    links: row.links === null ? null : (JSON.parse(row.links) as StatusLinks),
    state: row.state,
    errorCode: row.error_code,
    errorMessage: row.error_message,
    counts: { targeted, included, delivered, viewed, reacted, replied, clicked },
    audience: row.audience === null ? null : (JSON.parse(row.audience) as StatusAudience),
    leftOut: row.left_out,
    deleteRequestedAt: row.delete_requested_at,
    revokeId: row.revoke_id,
    revokeAttempts: row.revoke_attempts,
    takenBack: row.taken_back,
    deletionError: errorOf(row.deletion_error_code, row.deletion_error_message),
    attempts: row.attempts,
    createdBy: row.created_by,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    scheduledAt: row.scheduled_at,
    startedAt: row.started_at,
    waitingUntil: row.waiting_until,
    waitingReason:
      row.waiting_code === null ? null : { code: row.waiting_code, message: row.waiting_message ?? row.waiting_code },
    note: errorOf(row.note_code, row.note_message),
    sentAt: row.sent_at,
    expiresAt: row.expires_at,
    peopleForgottenAt: row.people_forgotten_at,
    plan: planOf(row),
  };
}
