import type { AppEvent } from '../contract/events.js';
import type { PostingPause } from '../contract/pace.js';
import type { AuthMethod, Session, SessionError, SessionState } from '../contract/sessions.js';
import { type AppError, notFound } from '../lib/app-error.js';
import { userOf } from '../whatsapp/jid.js';
import { phoneNumberWarning } from './phone-number-warning.js';

/** Where the events of one session are sent, as it is stored: the secret is sealed. */
export interface SessionWebhook {
  url: string;
  /** Null: all of them. */
  events: string[] | null;
  sealedSecret: string | null;
}

/** A session as it is stored. */
export interface SessionRecord {
  sessionId: string;
  organizationId: string;
  name: string;
  authMethod: AuthMethod;
  /** The number given for pairing; the account's own is in `jid`. */
  phoneNumber: string | null;
  state: SessionState;
  /** What people want of it; a restart of the server brings back what should run. */
  desiredState: 'started' | 'stopped';
  pushName: string | null;
  jid: string | null;
  lid: string | null;
  deviceId: number | null;
  /** The system of the account's phone. */
  platform: string | null;
  metadata: Record<string, unknown>;
  webhook: SessionWebhook | null;
  autoRead: boolean;
  presenceTyping: boolean;
  ratePerMin: number | null;
  ratePerHour: number | null;
  lastError: SessionError | null;
  nextRetryAt: Date | null;
  createdBy: string;
  createdAt: Date;
  updatedAt: Date;
  lastConnectedAt: Date | null;
  lastActivityAt: Date | null;
  node: string | null;
}

/** A session with what others keep about it. */
export interface CountedSession {
  record: SessionRecord;
  statusCount: number;
  postingPause: PostingPause | null;
}

/** The number of the linked account; null before it is linked. */
export function ownNumberOf(record: SessionRecord): string | null {
  return record.jid === null ? null : userOf(record.jid);
}

/** The session as it leaves the process; a pause of posting that is over is none. */
export function publicCounted({ record, statusCount, postingPause }: CountedSession, now: Date): Session {
  const isOver = postingPause !== null && Date.parse(postingPause.until) <= now.getTime();
  return { ...publicSession(record, statusCount), postingPause: isOver ? null : postingPause };
}

/** One that has just been made. */
export function publicSession(record: SessionRecord, statusCount: number): Session {
  return {
    sessionId: record.sessionId,
    sessionName: record.name,
    organizationId: record.organizationId,
    state: record.state,
    connected: record.state === 'connected',
    authMethod: record.authMethod,
    phoneNumber: record.phoneNumber,
    phoneNumberWarning: phoneNumberWarning(record.phoneNumber),
    ownNumber: ownNumberOf(record),
    pushName: record.pushName,
    jid: record.jid,
    lid: record.lid,
    metadata: record.metadata,
    webhook: publicWebhook(record.webhook),
    autoRead: record.autoRead,
    presenceTyping: record.presenceTyping,
    ratePerMin: record.ratePerMin,
    ratePerHour: record.ratePerHour,
    postingPause: null,
    lastError: record.lastError,
    nextRetryAt: record.nextRetryAt?.toISOString() ?? null,
    createdBy: record.createdBy,
    createdAt: record.createdAt.toISOString(),
    updatedAt: record.updatedAt.toISOString(),
    lastConnectedAt: record.lastConnectedAt?.toISOString() ?? null,
    lastActivityAt: record.lastActivityAt?.toISOString() ?? null,
    statusCount,
    node: record.node,
  };
}

function publicWebhook(webhook: SessionWebhook | null): Session['webhook'] {
  return webhook && { url: webhook.url, events: webhook.events, hasSecret: webhook.sealedSecret !== null };
}

export function sessionUpdatedEvent({ organizationId, sessionId }: SessionRecord): AppEvent {
  return { name: 'session-updated', organizationId, sessionId, payload: { sessionId } };
}

export function connectionStatusEvent(record: SessionRecord): AppEvent {
  const { organizationId, sessionId, state, lastError } = record;
  return {
    name: 'connection-status',
    organizationId,
    sessionId,
    payload: {
      sessionId,
      connected: state === 'connected',
      status: state,
      ownNumber: ownNumberOf(record),
      lastError,
      nextRetryAt: record.nextRetryAt?.toISOString() ?? null,
    },
  };
}

/** What is thrown where a session is asked for that does not exist. */
export function noSession(sessionId: string): AppError {
  return notFound(`The session "${sessionId}"`);
}
