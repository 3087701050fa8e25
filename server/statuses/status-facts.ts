import type { Audience } from '../contract/audiences.js';
import type { WaitingReason } from '../contract/pace.js';
import type { StatusAudience, StatusStyle } from '../contract/statuses.js';
import type { StatusLinks } from './status-links.js';
import type { StatusFailure } from './status-outcome.js';
import { visibleForMs } from './status-outcome.js';
import type { StatusChange } from './status-row.js';
import type { StatusRecord } from './status.js';

/** Whom a status is for, looked up anew. */
export interface NewAudience {
  audience: StatusAudience;
  personIds: readonly string[];
  /** The choice itself, where somebody changed it: {@link PlanRecord.chosenAudience}. */
  chosen?: Audience | null;
}

/** What somebody changes on a status that has not left. What is left out stays. */
export interface StatusEdit {
  content?: string | undefined;
  caption?: string | null | undefined;
  style?: StatusStyle | undefined;
  links?: StatusLinks | null | undefined;
  lateByMinutes?: number | undefined;
  /** When it goes out, in epoch milliseconds; what has come already is due. */
  time?: { at: number; timeZone: string | null } | undefined;
  audience?: NewAudience | undefined;
}

/** A step with the facts that belong to it. */
export type StatusStep =
  | { step: 'due'; audience: NewAudience | undefined }
  | { step: 'claim' | 'cancel' | 'cancel_failed' | 'retry' | 'claim_deletion' | 'never_arrived' | 'deleted' }
  /** `reason` is null when it goes on. */
  | { step: 'wait'; until: number | null; reason: WaitingReason | null }
  | { step: 'note'; note: StatusFailure | null }
  /** `isAttempt`: whether the attempt counts. Where nothing has left, one that does not count leaves it as if never begun. */
  | { step: 'put_back'; reason: WaitingReason; isAttempt: boolean }
  /** `at`: when WhatsApp acknowledged it. `error`: why a part of the audience does not have it. */
  | { step: 'sent'; at: number; error: StatusFailure | null }
  /** `nothingLeft`: nothing of it was handed to WhatsApp after all. */
  | { step: 'failed'; error: StatusFailure; nothingLeft?: true }
  | { step: 'give_up'; error: StatusFailure }
  | { step: 'edit'; edit: StatusEdit }
  /** `messageId`: of the message that takes it back, unless it has one from an earlier wish. */
  | { step: 'ask_deletion'; messageId: string }
  | { step: 'deletion_failed'; error: StatusFailure }
  /** `at`: when the first of those who have it got it. `partly`: how many have it. */
  | { step: 'stopped'; error: StatusFailure; at: number; partly: StatusFailure }
  | { step: 'put_back_deletion' };

/** Recipients counted in the same transaction. */
export interface Counted {
  included: number;
  leftOut: number;
}

/** What a step writes besides the state, the counts and the time of the change. `now` in epoch milliseconds. */
export function factsOf(
  record: StatusRecord,
  step: StatusStep,
  now: number,
  counted: Counted | undefined,
): Omit<StatusChange, 'updatedAt'> {
  switch (step.step) {
    case 'cancel':
    case 'cancel_failed':
      return {};
    case 'due':
      return step.audience ? audienceFacts(step.audience) : {};
    case 'claim':
      return { attempts: record.attempts + 1, startedAt: now, waiting: null };
    case 'wait':
      return { waiting: step.reason && { until: step.until, reason: step.reason } };
    case 'note':
      return { note: step.note };
    case 'put_back':
      return putBack(record, step, counted);
    case 'sent': {
      const sentAt = record.sentAt ?? step.at;
      return { error: step.error, sentAt, expiresAt: sentAt + visibleForMs };
    }
    case 'failed':
      return { error: step.error, ...(step.nothingLeft && { startedAt: null }) };
    case 'give_up':
      return { error: step.error };
    case 'retry':
      // Whoever tries again does not mind that it is late.
      return { attempts: 0, error: null, deletionError: null, lateByMinutes: null };
    case 'edit':
      return editFacts(step.edit, now);
    case 'ask_deletion': {
      const revokeId = record.revokeId ?? step.messageId;
      return { deleteRequestedAt: now, revokeId, revokeAttempts: 0, deletionError: null };
    }
    case 'claim_deletion':
      return { revokeAttempts: record.revokeAttempts + 1 };
    case 'never_arrived':
      return { deleteRequestedAt: null };
    case 'deleted':
      return { deleteRequestedAt: null, deletionError: null };
    case 'deletion_failed':
      return { deleteRequestedAt: null, deletionError: step.error };
    case 'stopped': {
      const { at, partly, error } = step;
      return {
        deleteRequestedAt: null,
        deletionError: error,
        error: partly,
        sentAt: at,
        expiresAt: at + visibleForMs,
      };
    }
    case 'put_back_deletion':
      return { revokeAttempts: record.revokeAttempts - 1 };
  }
}

function putBack(
  record: StatusRecord,
  { reason, isAttempt }: Extract<StatusStep, { step: 'put_back' }>,
  counted: Counted | undefined,
): Omit<StatusChange, 'updatedAt'> {
  const attempts = isAttempt ? record.attempts : record.attempts - 1;
  const isAsNew = attempts === 0 && counted?.included === 0;
  return { attempts, waiting: { until: null, reason }, ...(isAsNew && { startedAt: null }) };
}

function audienceFacts({ audience, personIds, chosen }: NewAudience): Omit<StatusChange, 'updatedAt'> {
  return {
    audience,
    targeted: personIds.length,
    leftOut: 0,
    ...(chosen !== undefined && { chosenAudience: chosen }),
  };
}

function editFacts(edit: StatusEdit, now: number): Omit<StatusChange, 'updatedAt'> {
  const { content, caption, style, links, lateByMinutes, time, audience } = edit;
  return {
    ...(content !== undefined && { content }),
    ...(caption !== undefined && { caption }),
    ...(style !== undefined && { style }),
    ...(links !== undefined && { links }),
    ...(lateByMinutes !== undefined && { lateByMinutes }),
    ...(time && { scheduledAt: time.at, timeZone: time.timeZone, state: time.at > now ? 'scheduled' : 'queued' }),
    ...(audience && audienceFacts(audience)),
  };
}
