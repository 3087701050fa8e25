import { z } from 'zod';
import { answerSchema, replySchema } from './inbox/replies.js';
import { draftIdSchema } from './planning/drafts.js';
import { knownNumberSchema, replyIdSchema, sessionIdSchema, statusIdSchema, timestampSchema } from './ids.js';
import { uploadProgressSchema } from './media.js';
import { sessionErrorSchema, sessionSchema, sessionStateSchema } from './sessions.js';
import { statusCountsSchema, statusSchema, statusStateSchema } from './statuses.js';
import { viewerSchema } from './viewers.js';

/** Who may hear an event, in words. Nobody hears what is not among these. */
export const hearers = {
  session: 'Whoever may read the session.',
  'session-managers': 'Whoever may manage the session: with what it tells, a phone can be linked. It is never stored.',
  organization: 'Whoever may read all of the organization; the keys of one session hear nothing.',
  'session-or-organization': 'Whoever may read the session; where it belongs to none, all of the organization.',
} as const;
export type Hearers = keyof typeof hearers;

/** The session of an event, by who may hear it. null: it is of the whole organization. */
interface SessionIdFor {
  session: string;
  'session-managers': string;
  organization: null;
  'session-or-organization': string | null;
}

export interface EventDescription {
  /** When it is told, as a sentence. */
  told: string;
  heardBy: Hearers;
  payload: z.ZodType;
}

/** Every event that leaves the process, by its Socket.IO name. */
export const events = {
  'connection-status': {
    told: 'The account is linked, connects, is disconnected or unlinked, or its next attempt to connect is planned.',
    heardBy: 'session',
    payload: z.object({
      sessionId: sessionIdSchema,
      connected: z.boolean(),
      status: sessionStateSchema,
      ownNumber: knownNumberSchema.nullable(),
      lastError: sessionErrorSchema.nullable(),
      nextRetryAt: timestampSchema.nullable(),
    }),
  },
  'qr-code': {
    told: 'There is a new QR code with which a phone links the account, while it is being linked by one.',
    heardBy: 'session-managers',
    payload: z.object({ sessionId: sessionIdSchema, qrCode: z.string(), expiresAt: timestampSchema }),
  },
  'pairing-code': {
    told: 'There is a new code to type into a phone that links the account, while it is being linked by one.',
    heardBy: 'session-managers',
    payload: z.object({
      sessionId: sessionIdSchema,
      pairingCode: z.string(),
      phoneNumber: knownNumberSchema,
      expiresAt: timestampSchema,
    }),
  },
  'session-created': { told: 'The session was created.', heardBy: 'session', payload: sessionSchema },
  'session-updated': {
    told: 'Its name, its settings or what is known of its account changed: read it again.',
    heardBy: 'session',
    payload: z.object({ sessionId: sessionIdSchema }),
  },
  'session-deleted': {
    told: 'The session was deleted, with all that belongs to it. Its keys end with it.',
    heardBy: 'session',
    payload: z.object({ sessionId: sessionIdSchema }),
  },
  'contacts-updated': {
    told: 'Contacts of the account were added, changed or removed. At most once a second.',
    heardBy: 'session',
    payload: z.object({
      sessionId: sessionIdSchema,
      total: z.number().int().meta({ description: 'How many contacts there are now.' }),
    }),
  },
  'statuses-updated': {
    told: 'Statuses, what is planned or the pace of the session changed: read its lists again.',
    heardBy: 'session',
    payload: z.object({ sessionId: sessionIdSchema }),
  },
  'status-progress': {
    told: 'A status went to another state that is no outcome, or has reached more of its recipients.',
    heardBy: 'session',
    payload: z.object({
      sessionId: sessionIdSchema,
      statusId: statusIdSchema,
      state: statusStateSchema,
      done: z.number().int(),
      total: z.number().int(),
    }),
  },
  'status-deletion-progress': {
    told: 'A status was taken back from some more of those who have it. After each part.',
    heardBy: 'session',
    payload: z.object({
      sessionId: sessionIdSchema,
      statusId: statusIdSchema,
      done: z.number().int(),
      total: z.number().int(),
    }),
  },
  'status-sent': {
    told: 'WhatsApp has acknowledged a status, for all of its recipients or for a part of them.',
    heardBy: 'session',
    payload: statusSchema,
  },
  'status-failed': {
    told: 'A status has failed; its error says why.',
    heardBy: 'session',
    payload: statusSchema,
  },
  'status-deleted': {
    told: 'A status is taken back from everybody who had it.',
    heardBy: 'session',
    payload: z.object({ sessionId: sessionIdSchema, statusId: statusIdSchema }),
  },
  'upload-progress': {
    told: 'An upload that gave an `uploadId` came further. A few times a second at most, and when it is done or has failed.',
    heardBy: 'session-or-organization',
    payload: uploadProgressSchema,
  },
  'drafts-updated': {
    told: 'A draft was made, changed, posted or deleted.',
    heardBy: 'organization',
    payload: z.object({ organizationId: z.string(), draftId: draftIdSchema }),
  },
  'status-viewers-update': {
    told: 'A status reached or was viewed by people of whom that was not known, or they reacted to it or took that back. At most four times a second per status.',
    heardBy: 'session',
    payload: z.object({
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
  },
  'status-clicks-update': {
    told: 'Links of a status were opened by somebody. At most four times a second per status.',
    heardBy: 'session',
    payload: z.object({ sessionId: sessionIdSchema, statusId: statusIdSchema, counts: statusCountsSchema }),
  },
  'reply-received': {
    told: 'Somebody answered a status.',
    heardBy: 'session',
    payload: replySchema,
  },
  'reply-answered': {
    told: 'A reply was answered, from here or on the phone, or the state of an answer changed: it is on its way, sent, delivered, read, or has failed.',
    heardBy: 'session',
    payload: answerSchema,
  },
  'replies-updated': {
    told: 'Replies were marked as read or unread, edited or taken back by their sender, or deleted here; or the file of one came, or did not.',
    heardBy: 'session',
    payload: z.object({
      sessionId: sessionIdSchema,
      replyId: replyIdSchema.nullable().meta({ description: 'null: many of the session; read them again.' }),
    }),
  },
} as const satisfies Readonly<Record<string, EventDescription>>;

export type EventName = keyof typeof events;
export type EventPayload<N extends EventName> = z.infer<(typeof events)[N]['payload']>;
/** What a client of Socket.IO listens with. */
export type EventListeners = { [N in EventName]: (payload: EventPayload<N>) => void };
export const eventNames = Object.keys(events) as EventName[];

export function isEventName(name: string): name is EventName {
  return Object.hasOwn(events, name);
}

/** One event with where it belongs: the organization and, unless it concerns all of it, the session. */
export type AppEvent = {
  [N in EventName]: {
    name: N;
    organizationId: string;
    sessionId: SessionIdFor[(typeof events)[N]['heardBy']];
    payload: EventPayload<N>;
  };
}[EventName];
