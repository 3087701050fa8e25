import { type Principal, organizationOf } from '../access/principal.js';
import type { CreateSessionBody } from '../contract/sessions.js';
import type { Clock } from '../lib/clock.js';
import { newId } from '../lib/ids.js';
import type { SessionRecord } from './session.js';

/** A session as it is first stored: linked to nothing yet. */
export function newSession(principal: Principal, body: CreateSessionBody, clock: Clock): SessionRecord {
  const now = clock.now();
  const sessionId = body.sessionId ?? newId();
  return {
    sessionId,
    organizationId: organizationOf(principal),
    name: body.sessionName ?? sessionId,
    authMethod: body.authMethod,
    phoneNumber: body.phoneNumber ?? null,
    state: body.start ? 'starting' : 'stopped',
    desiredState: body.start ? 'started' : 'stopped',
    pushName: null,
    jid: null,
    lid: null,
    deviceId: null,
    platform: null,
    metadata: {},
    webhook: null,
    autoRead: false,
    presenceTyping: false,
    ratePerMin: null,
    ratePerHour: null,
    ...behaviourColumns(body),
    lastError: null,
    nextRetryAt: null,
    createdBy: principal.name,
    createdAt: now,
    updatedAt: now,
    lastConnectedAt: null,
    lastActivityAt: null,
    node: null,
  };
}

type Behaviour = Pick<
  Partial<CreateSessionBody>,
  'metadata' | 'autoRead' | 'presenceTyping' | 'ratePerMin' | 'ratePerHour'
>;

/** What of a session changes with this; what is left out stays. */
export function behaviourColumns(body: Behaviour): Partial<SessionRecord> {
  const changes: Partial<SessionRecord> = {};
  if (body.metadata !== undefined) changes.metadata = body.metadata;
  if (body.autoRead !== undefined) changes.autoRead = body.autoRead;
  if (body.presenceTyping !== undefined) changes.presenceTyping = body.presenceTyping;
  if (body.ratePerMin !== undefined) changes.ratePerMin = body.ratePerMin;
  if (body.ratePerHour !== undefined) changes.ratePerHour = body.ratePerHour;
  return changes;
}
