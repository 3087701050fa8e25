import type { Principal } from '../access/principal.js';
import type { Quotas } from '../access/quotas.js';
import type { AudiencesService, ResolvedAudience } from '../audiences/audiences-service.js';
import type { Audience } from '../contract/audiences.js';
import { defaultLateByMinutes, nextFreeSlot } from '../contract/planning/plans.js';
import type { Session } from '../contract/sessions.js';
import type { ChangeStatusBody, Status } from '../contract/statuses.js';
import { grownFrom, type Keep, keepNothing, type Kept, type Tx, type UnitOfWork } from '../db/unit-of-work.js';
import type { EventBus } from '../events/event-bus.js';
import { AppError, validationError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import type { PeopleService } from '../people/people-service.js';
import type { WhatsAppGateway } from '../whatsapp/gateway.js';
import {
  countStrangers,
  audienceOf,
  recipientsOf,
  requireVisibleAudience,
  resolveChosen,
  snapshotOf,
} from './chosen-audience.js';
import { audienceToLookUp } from './plan.js';
import { plannedTime } from './planned-time.js';
import { readUntil, type Waiting } from './read-until.js';
import type { RecipientsStore } from './recipients-store.js';
import type { SlotsService } from '../slots/slots-service.js';
import type { LinkMaker } from './link-maker.js';
import type { NewAudience, StatusEdit } from './status-facts.js';
import { mayBeOnPhones } from './status-outcome.js';
import { publicStatus, type StatusRecord } from './status.js';
import type { SessionsOfStatuses } from './accepting-service.js';
import type { StatusesService } from './statuses-service.js';
import type { StatusSteps } from './status-steps.js';
import { linkValuesOf } from './variables.js';

export interface StatusChangesParts {
  sessions: SessionsOfStatuses;
  audiences: Pick<AudiencesService, 'resolve'>;
  gateway: Pick<WhatsAppGateway, 'newMessageId'>;
  people: PeopleService;
  links: LinkMaker;
  steps: StatusSteps;
  recipients: RecipientsStore;
  reader: Pick<StatusesService, 'getRecord' | 'outcomeOf'>;
  slots: Pick<SlotsService, 'upcoming' | 'claimFree'>;
  quotas: Quotas;
  unitOfWork: UnitOfWork;
  bus: EventBus;
  clock: Clock;
}

interface AudienceChange {
  session: Session;
  record: StatusRecord;
  audience: Audience;
  resolved: ResolvedAudience;
}

/** What people do with a status after it was accepted: take it back, try again, change it. */
export class StatusChangesService {
  constructor(private readonly parts: StatusChangesParts) {}

  /**
   * Cancels what has not left yet, and takes back from the phones what has: that is work for the queue, and
   * `deletingSince` is set until WhatsApp has confirmed it. A status on its way stops after the part that is leaving.
   * Deleted or canceled already is success. With `waitMs` the answer comes with the outcome, or after that time.
   */
  async delete(sessionId: string, statusId: string, wait: Waiting = { waitMs: 0 }): Promise<Status> {
    const record = await this.parts.reader.getRecord(sessionId, statusId);
    if (record.state === 'canceled' || record.state === 'deleted') return publicStatus(record);
    if (record.state === 'expired') {
      throw new AppError('conflict', 'The status was on WhatsApp for its 24 hours and is gone from there already.');
    }
    const changed = await this.cancel(record);
    if (changed) return publicStatus(changed);
    await this.askToTakeBack(await this.parts.reader.getRecord(sessionId, statusId));
    return publicStatus(await this.afterDeletion(sessionId, statusId, wait));
  }

  /**
   * Puts a failed status, or the rest of one that reached only a part of its audience, back into the queue: for the same
   * people, without those who have it, and under the same id on WhatsApp. With `waitMs` the answer comes with the outcome, or
   * after that time.
   */
  async retry<K>(
    principal: Principal,
    sessionId: string,
    statusId: string,
    { keep = keepNothing, ...wait }: Waiting & { keep?: Keep<Status, K> } = { waitMs: 0 },
  ): Promise<Kept<Status, K>> {
    const { sessions, reader, steps, recipients, quotas, unitOfWork } = this.parts;
    const session = await sessions.get(principal, sessionId);
    const record = await reader.getRecord(sessionId, statusId);
    const why = whyNotRetried(record);
    if (why !== undefined) throw new AppError('conflict', why);
    const queued = await unitOfWork.run(async (tx) => {
      await quotas.require(tx, 'pendingStatus', session);
      await quotas.require(tx, 'pendingRecipient', session, record.counts.targeted);
      await recipients.reopen(tx, statusId);
      const again = await steps.take(tx, record, { step: 'retry' });
      if (!again) throw new AppError('conflict', 'The status was changing just now. Look at it and try again.');
      return keep(tx, publicStatus(again));
    });
    if (wait.waitMs === 0) return queued;
    return grownFrom<Status, K>(queued, await reader.outcomeOf(sessionId, statusId, wait));
  }

  /** Changes a status of which nothing was handed to WhatsApp yet; what is missing stays. Otherwise it is a conflict. */
  async change(principal: Principal, sessionId: string, statusId: string, body: ChangeStatusBody): Promise<Status> {
    const { sessions, audiences, reader, steps, slots, unitOfWork, clock } = this.parts;
    const session = await sessions.get(principal, sessionId);
    requireVisibleAudience(principal, body.audience);
    const record = await reader.getRecord(sessionId, statusId);
    const why = whyNotChanged(record);
    if (why !== undefined) throw new AppError('conflict', why);
    refuseUnfitting(record, body);
    const isNamed = body.audience !== undefined || body.targetNumbers !== undefined;
    if (isNamed && record.plan.experiment) {
      const remedy = 'Delete both versions and make another A/B test, or post this one anew.';
      throw new AppError('conflict', `The people of a version of an A/B test were drawn by lot. ${remedy}`);
    }
    const audience = isNamed ? audienceOf(session, body) : undefined;
    const resolved = audience && (await resolveChosen(audiences, session, audience));
    const plannedAt = plannedTime(body, clock.now().getTime());
    const coming = body.scheduledAt === nextFreeSlot ? await slots.upcoming(sessionId) : undefined;
    const changed = await unitOfWork.run(async (tx) => {
      const at = coming ? await slots.claimFree(tx, sessionId, coming) : plannedAt;
      const edit: StatusEdit = {
        content: body.content,
        caption: body.caption,
        style: body.style,
        links: this.changedLinks(session, record, body),
        ...changedPlan(record, body, at),
        audience: audience && resolved && (await this.newAudience(tx, { session, record, audience, resolved })),
      };
      const after = await steps.take(tx, record, { step: 'edit', edit });
      // It went out in between: nothing of this transaction may stay.
      if (!after) throw new AppError('conflict', 'The status was on its way before it could be changed.');
      return after;
    });
    return publicStatus(changed);
  }

  /** Writes down those who are new among the people of another audience, within the limits. */
  private async newAudience(tx: Tx, { session, record, audience, resolved }: AudienceChange): Promise<NewAudience> {
    const { people, quotas } = this.parts;
    const chosen = recipientsOf(resolved);
    const resolve = (): Promise<string[]> => people.resolve(tx, session.sessionId, chosen);
    const strangers = countStrangers(chosen);
    const personIds = [...new Set(await quotas.whileAdding(tx, 'person', session, strangers, resolve))];
    const more = Math.max(0, personIds.length - record.counts.targeted);
    await quotas.require(tx, 'pendingRecipient', session, more);
    return { audience: snapshotOf(audience, resolved), personIds, chosen: audienceToLookUp(audience) };
  }

  /** Undefined: they stay as they are. That clicks are counted where no link is left is no mistake of this request. */
  private changedLinks(session: Session, record: StatusRecord, body: ChangeStatusBody): StatusEdit['links'] {
    const { content = record.content, caption = record.caption, trackLinks, utm } = body;
    const isAsked = trackLinks !== undefined || utm !== undefined;
    const isOther = content !== record.content || caption !== record.caption;
    if (!isAsked && !(isOther && record.links !== null)) return undefined;
    const filling = { session, at: record.scheduledAt ?? record.createdAt, timeZone: record.plan.timeZone ?? 'UTC' };
    return this.parts.links.relink({ ...record, content, caption }, body, linkValuesOf(undefined, filling));
  }

  /** Undefined when something of it may have left. */
  private cancel(record: StatusRecord): Promise<StatusRecord | undefined> {
    const { steps, recipients, unitOfWork } = this.parts;
    return unitOfWork.run(async (tx) => {
      if (record.state !== 'failed') return steps.take(tx, record, { step: 'cancel' });
      const { included } = await recipients.count(tx, record.id);
      return mayBeOnPhones(record, included) ? undefined : steps.take(tx, record, { step: 'cancel_failed' });
    });
  }

  private async askToTakeBack(record: StatusRecord): Promise<void> {
    const { steps, gateway, unitOfWork } = this.parts;
    if (record.deleteRequestedAt !== null) return;
    const messageId = gateway.newMessageId(null);
    await unitOfWork.run((tx) => steps.take(tx, record, { step: 'ask_deletion', messageId }));
  }

  private afterDeletion(sessionId: string, statusId: string, wait: Waiting): Promise<StatusRecord> {
    return readUntil(this.parts.bus, wait, {
      read: () => this.parts.reader.getRecord(sessionId, statusId),
      isDone: ({ deleteRequestedAt }) => deleteRequestedAt === null,
      isNews: (event) =>
        event.sessionId === sessionId && (event.name === 'statuses-updated' || event.name === 'session-deleted'),
    });
  }
}

/** What a request changes about the time; moved to one that is now, the status is due. */
function changedPlan(
  { plan }: StatusRecord,
  body: ChangeStatusBody,
  at: number | undefined,
): Pick<StatusEdit, 'time' | 'lateByMinutes'> {
  if (at === undefined) return { lateByMinutes: body.lateByMinutes };
  const lateByMinutes = body.lateByMinutes ?? plan.lateByMinutes ?? defaultLateByMinutes;
  return { lateByMinutes, time: { at, timeZone: body.timeZone ?? plan.timeZone } };
}

function whyNotRetried({ state, errorCode, deleteRequestedAt }: StatusRecord): string | undefined {
  if (deleteRequestedAt !== null) return 'The status is being deleted.';
  switch (state) {
    case 'failed':
      return undefined;
    case 'sent':
      return errorCode === 'partly_sent' ? undefined : 'The status is sent; there is nothing to try again.';
    case 'scheduled':
    case 'queued':
    case 'sending':
      return 'The status is still on its way; it is tried again by itself.';
    case 'expired':
      return 'The status was on WhatsApp for its 24 hours. Post it anew.';
    case 'canceled':
    case 'deleted':
      return 'The status was taken back. Post it anew.';
  }
}

function refuseUnfitting({ type }: StatusRecord, { content, caption, style }: ChangeStatusBody): void {
  const unchangeable = 'Only texts can be changed. Take this status back and post another one.';
  if (content !== undefined && type !== 'text') throw validationError('content', unchangeable);
  if (caption && (type === 'text' || type === 'audio')) {
    throw validationError('caption', 'Texts and voice notes have no caption.');
  }
  if (style !== undefined && (type === 'image' || type === 'video')) {
    throw validationError('style', 'Pictures and videos have no colours or fonts.');
  }
}

function whyNotChanged({ state, startedAt, deleteRequestedAt }: StatusRecord): string | undefined {
  if (deleteRequestedAt !== null) return 'The status is being deleted.';
  switch (state) {
    case 'scheduled':
    case 'queued':
      return startedAt === null
        ? undefined
        : 'A part of the audience may have the status already. Delete it and post it anew.';
    case 'sending':
      return 'The status is on its way to WhatsApp and cannot be changed any more.';
    case 'sent':
    case 'expired':
      return 'The status was sent. What is on WhatsApp cannot be changed; delete it and post it anew.';
    case 'failed':
      return 'The status failed. Post it anew with the changes.';
    case 'canceled':
    case 'deleted':
      return 'The status was taken back. Post it anew.';
  }
}
