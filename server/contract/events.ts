import { z } from 'zod';
import { draftIdSchema } from './planning/drafts.js';
import { knownNumberSchema, sessionIdSchema, statusIdSchema, timestampSchema } from './ids.js';
import { uploadProgressSchema } from './media.js';
import { sessionErrorSchema, sessionSchema, sessionStateSchema } from './sessions.js';
import { statusCountsSchema, statusSchema, statusStateSchema } from './statuses.js';
import { viewerSchema } from './viewers.js';

/**
 * Every event that leaves the process, by its Socket.IO name. Webhooks and SSE use the same payloads.
 * A client gets an event only when its key may see the session that the event is about.
 */
export const eventSchemas = {
  'connection-status': z.object({
    sessionId: sessionIdSchema,
    connected: z.boolean(),
    status: sessionStateSchema,
    ownNumber: knownNumberSchema.nullable(),
    lastError: sessionErrorSchema.nullable(),
    nextRetryAt: timestampSchema.nullable(),
  }),
  'qr-code': z.object({ sessionId: sessionIdSchema, qrCode: z.string(), expiresAt: timestampSchema }),
  'pairing-code': z.object({
    sessionId: sessionIdSchema,
    pairingCode: z.string(),
    phoneNumber: knownNumberSchema,
    expiresAt: timestampSchema,
  }),
  'session-created': sessionSchema,
  'session-updated': z
    .object({ sessionId: sessionIdSchema })
    .meta({ description: 'Its name, its settings or what is known of its account changed: read it again.' }),
  'session-deleted': z.object({ sessionId: sessionIdSchema }),
  'contacts-updated': z.object({
    sessionId: sessionIdSchema,
    total: z.number().int().meta({ description: 'How many contacts there are now. At most once a second.' }),
  }),
  'statuses-updated': z.object({ sessionId: sessionIdSchema }),
  'status-progress': z.object({
    sessionId: sessionIdSchema,
    statusId: statusIdSchema,
    state: statusStateSchema,
    done: z.number().int(),
    total: z.number().int(),
  }),
  'status-deletion-progress': z
    .object({ sessionId: sessionIdSchema, statusId: statusIdSchema, done: z.number().int(), total: z.number().int() })
    .meta({ description: 'From how many of those who have it a status is taken back so far. After each part.' }),
  'status-sent': statusSchema,
  'status-failed': statusSchema,
  'status-deleted': z.object({ sessionId: sessionIdSchema, statusId: statusIdSchema }),
  'upload-progress': uploadProgressSchema,
  'drafts-updated': z
    .object({ organizationId: z.string(), draftId: draftIdSchema })
    .meta({ description: 'A draft was made, changed, posted or deleted.' }),
  'status-viewers-update': z.object({
    sessionId: sessionIdSchema,
    statusId: statusIdSchema,
    viewers: z
      .array(viewerSchema)
      .meta({ description: 'Who viewed it: those of whom something is new since the last event for this status.' }),
    delivered: z
      .array(viewerSchema)
      .meta({ description: 'Whom it reached since then, and who is not known to have viewed it.' }),
    counts: statusCountsSchema,
  }),
} as const;

export type EventName = keyof typeof eventSchemas;
export type EventPayload<N extends EventName> = z.infer<(typeof eventSchemas)[N]>;
export const eventNames = Object.keys(eventSchemas) as EventName[];

/** One event with where it belongs: the organization and, unless it concerns all of it, the session. */
export type AppEvent = {
  [N in EventName]: {
    name: N;
    organizationId: string;
    /** null: of the whole organization. */
    sessionId: N extends 'upload-progress' ? string | null : N extends 'drafts-updated' ? null : string;
    payload: EventPayload<N>;
  };
}[EventName];
