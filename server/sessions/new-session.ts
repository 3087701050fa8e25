import { type Principal, organizationOf } from '../access/principal.js';
import type { CreateSessionBody } from '../contract/sessions.js';
import type { Clock } from '../lib/clock.js';
import { newId } from '../lib/ids.js';
import type { SessionRecord } from './session.js';
import { behaviourColumns } from './session-settings.js';

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
