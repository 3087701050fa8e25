import type { LinkPreview } from '../contract/links.js';
import type { WaitingReason } from '../contract/pace.js';
import type {
  Status,
  StatusAudience,
  StatusCounts,
  StatusMedia,
  StatusState,
  StatusStyle,
  StatusType,
} from '../contract/statuses.js';
import { timestamp, timestampOrNull } from '../lib/timestamp.js';
import { publicLinks, type StatusLinks } from './status-links.js';
import { publicPlan, type PlanRecord } from './plan.js';

/** A status as it is kept. Times are epoch milliseconds. */
export interface StatusRecord {
  id: string;
  organizationId: string;
  sessionId: string;
  /** The id on WhatsApp. It never changes, so that a repeated attempt is the same message. */
  messageId: string;
  type: StatusType;
  content: string;
  caption: string | null;
  style: StatusStyle;
  /** Of image, video and audio. */
  media: StatusMedia | null;
  /** Of a link, where there is one. */
  preview: LinkPreview | null;
  /** What becomes of its links; null: people see them as they are written. */
  links: StatusLinks | null;
  state: StatusState;
  errorCode: string | null;
  errorMessage: string | null;
  counts: StatusCounts;
  /** As it was chosen; null for what was accepted before it was recorded. */
  audience: StatusAudience | null;
  /** Recipients of whom it is known that they do not get it. */
  leftOut: number;
  /** While it is being taken back: since when. */
  deleteRequestedAt: number | null;
  /** The id of the message that takes it back. It never changes either. */
  revokeId: string | null;
  revokeAttempts: number;
  /** From how many people WhatsApp has taken it back so far. */
  takenBack: number;
  /** Why it could not be taken back. */
  deletionError: { code: string; message: string } | null;
  /** How often it was handed to WhatsApp. */
  attempts: number;
  createdBy: string;
  createdAt: number;
  updatedAt: number;
  scheduledAt: number | null;
  /** When it was last handed to WhatsApp. */
  startedAt: number | null;
  /** Why it waits in the queue, or for what on its way, and until when if that is known. */
  waitingUntil: number | null;
  waitingReason: WaitingReason | null;
  /** What is missing although it was sent. */
  note: { code: string; message: string } | null;
  sentAt: number | null;
  expiresAt: number | null;
  /** Since when it is not kept any more who got and who viewed it. */
  peopleForgottenAt: number | null;
  plan: PlanRecord;
}

/** The status as it leaves the process. */
export function publicStatus(record: StatusRecord): Status {
  return {
    id: record.id,
    sessionId: record.sessionId,
    organizationId: record.organizationId,
    messageId: record.messageId,
    type: record.type,
    content: record.content,
    caption: record.caption,
    style: record.style,
    media: record.media,
    preview: record.preview,
    ...publicLinks(record.links),
    state: record.state,
    counts: record.counts,
    audience: record.audience,
    recipients: recipientsOf(record),
    error:
      record.errorCode === null ? null : { code: record.errorCode, message: record.errorMessage ?? record.errorCode },
    deletingSince: timestampOrNull(record.deleteRequestedAt),
    deletionProgress: record.deleteRequestedAt === null ? null : deletionProgress(record),
    deletionError: record.deletionError,
    waitingUntil: isUnderWay(record.state) ? timestampOrNull(record.waitingUntil) : null,
    waitingReason: isUnderWay(record.state) ? record.waitingReason : null,
    note: record.note,
    peopleForgottenAt: timestampOrNull(record.peopleForgottenAt),
    createdBy: record.createdBy,
    createdAt: timestamp(record.createdAt),
    updatedAt: timestamp(record.updatedAt),
    scheduledAt: timestampOrNull(record.scheduledAt),
    sentAt: timestampOrNull(record.sentAt),
    expiresAt: timestampOrNull(record.expiresAt),
    plan: publicPlan(record.plan),
  };
}

function isUnderWay(state: StatusState): boolean {
  return state === 'queued' || state === 'sending';
}

function recipientsOf({ counts: { targeted, included }, leftOut }: StatusRecord): Status['recipients'] {
  return { reached: included, leftOut, open: Math.max(0, targeted - included - leftOut) };
}

/** By how much what people do changes the counters. */
export type CountsGain = Pick<StatusCounts, 'delivered' | 'viewed' | 'reacted' | 'replied'>;

/** Of several statuses together. */
export function sumOfCounts(all: readonly StatusCounts[]): StatusCounts {
  const sum: StatusCounts = { targeted: 0, included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0, clicked: 0 };
  for (const counts of all) {
    for (const name of Object.keys(sum) as (keyof StatusCounts)[]) sum[name] += counts[name];
  }
  return sum;
}

/** How far it is taken back: `done` of `total` people. */
export function deletionProgress({ takenBack, counts }: StatusRecord): { done: number; total: number } {
  return { done: takenBack, total: Math.max(takenBack, counts.included) };
}

/** States that change no more by themselves; whoever waits for an outcome has it. */
export function isSettled(state: StatusState): boolean {
  return state !== 'scheduled' && state !== 'queued' && state !== 'sending';
}
