import { z } from 'zod';
import { knownJidSchema, knownLidJidSchema, knownNumberSchema, sessionIdSchema, timestampSchema } from './ids.js';
import { phoneNumberSchema } from './values/phone-numbers.js';
import { maxRatePerHour, maxRatePerMin, postingPauseSchema } from './pace.js';
import { nameSchema } from './values/names.js';
import { writtenPairingCode } from './values/written-forms.js';

export const sessionStates = [
  'stopped',
  'starting',
  'waiting_for_qr',
  'waiting_for_pairing_code',
  'connecting',
  'connected',
  'disconnected',
  'failed',
  'logged_out',
] as const;
export const sessionStateSchema = z.enum(sessionStates).meta({ id: 'SessionState' });
export type SessionState = z.infer<typeof sessionStateSchema>;

export const authMethodSchema = z.enum(['pairing', 'qrcode']);
export type AuthMethod = z.infer<typeof authMethodSchema>;

/** Lists of sessions carry it whole. */
const maxMetadataLength = 4_000;
const tooMuchMetadata = (length: number): string =>
  `Metadata has at most ${String(maxMetadataLength)} characters as JSON; this has ${String(length)}. Keep larger things elsewhere, under the session id.`;

const rateSchema = (max: number) => z.number().int().min(1).max(max).nullable();
/** How a session behaves when it posts and answers; both endpoints that make and change sessions take these. */
const behaviourShape = {
  metadata: z
    .record(z.string().max(64), z.unknown())
    .superRefine((metadata, context) => {
      const length = JSON.stringify(metadata).length;
      if (length > maxMetadataLength) context.addIssue({ code: 'custom', message: tooMuchMetadata(length) });
    })
    .optional()
    .meta({
      description: `Whatever you want to keep with the session, at most ${String(maxMetadataLength)} characters as JSON.`,
      example: { customer: '4711' },
    }),
  autoRead: z.boolean().optional().meta({
    description:
      'Whether a reply that is answered from here is marked as read on the phone of whoever wrote it. Default false.',
  }),
  presenceTyping: z.boolean().optional().meta({
    description:
      'Whether people are shown for a while that the account types, before an answer from here reaches them. Default false.',
  }),
  webhook: z
    .null('Webhooks are not sent yet. Leave it out; live events come over Socket.IO.')
    .optional()
    .meta({ description: 'Not in effect yet: an address is refused.' }),
  ratePerMin: rateSchema(maxRatePerMin)
    .optional()
    .meta({ description: 'Statuses a minute; more wait in the queue. null: the server’s default (`POSTING_PACE`).' }),
  ratePerHour: rateSchema(maxRatePerHour)
    .optional()
    .meta({ description: 'Statuses an hour; more wait in the queue. null: the server’s default (`POSTING_PACE`).' }),
};

export const sessionNameSchema = nameSchema(100, 'Give the session a name.');

/** Body of `POST /api/sessions`. `phoneNumber` is required for `pairing`, where the code is asked for that number. */
export const createSessionBodySchema = z
  .strictObject({
    sessionId: sessionIdSchema.optional(),
    sessionName: sessionNameSchema.optional().meta({ description: 'What people call it; the session id otherwise.' }),
    authMethod: authMethodSchema.default('pairing'),
    phoneNumber: phoneNumberSchema.optional(),
    ...behaviourShape,
    start: z.boolean().default(true),
  })
  .refine((body) => body.authMethod === 'qrcode' || body.phoneNumber !== undefined, {
    path: ['phoneNumber'],
    message: 'Pairing by code needs the phone number of the account.',
  })
  .meta({ id: 'CreateSessionBody' });
export type CreateSessionBody = z.infer<typeof createSessionBodySchema>;

/** Body of `PATCH /api/sessions/:sessionId`: what is left out stays. */
export const patchSessionBodySchema = z
  .strictObject({ sessionName: sessionNameSchema.optional(), ...behaviourShape })
  .refine((body) => Object.keys(body).length > 0, { message: 'Give at least one field to change.' })
  .meta({ id: 'PatchSessionBody' });
export type PatchSessionBody = z.infer<typeof patchSessionBodySchema>;

/** Body of `PUT /api/sessions/:sessionId/phone-number`. */
export const putPhoneNumberBodySchema = z
  .strictObject({ phoneNumber: phoneNumberSchema })
  .meta({ id: 'PutPhoneNumberBody' });

/** Why a session is not connected, in words a person can act on. `code` is WhatsApp's close code where there is one. */
export const sessionErrorSchema = z.object({
  code: z.number().int().nullable(),
  message: z.string().meta({ description: 'What happened and, where a person must act, what to do about it.' }),
  remedy: z.string().nullable().meta({ description: 'What to do about it, alone; null where it mends by itself.' }),
  at: timestampSchema,
});
export type SessionError = z.infer<typeof sessionErrorSchema>;

export const sessionSchema = z
  .object({
    sessionId: sessionIdSchema,
    sessionName: z.string(),
    organizationId: z.string(),
    state: sessionStateSchema,
    connected: z.boolean(),
    authMethod: authMethodSchema,
    phoneNumber: knownNumberSchema.nullable(),
    phoneNumberWarning: z
      .string()
      .nullable()
      .meta({ description: 'What looks wrong about `phoneNumber`, in words. It is used as it is all the same.' }),
    ownNumber: knownNumberSchema.nullable(),
    pushName: z.string().nullable(),
    jid: knownJidSchema.nullable(),
    lid: knownLidJidSchema.nullable(),
    metadata: z.record(z.string(), z.unknown()),
    webhook: z
      .object({ url: z.string(), events: z.array(z.string()).nullable(), hasSecret: z.boolean() })
      .nullable()
      .meta({ description: 'Not in effect yet: nothing is sent.' }),
    autoRead: z.boolean(),
    presenceTyping: z.boolean(),
    ratePerMin: z.number().int().nullable().meta({ description: 'null: the server’s default.' }),
    ratePerHour: z.number().int().nullable().meta({ description: 'null: the server’s default.' }),
    postingPause: postingPauseSchema
      .nullable()
      .meta({ description: 'Posting stands still, because WhatsApp showed that it is too much.' }),
    lastError: sessionErrorSchema.nullable(),
    nextRetryAt: timestampSchema.nullable(),
    createdBy: z.string(),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
    lastConnectedAt: timestampSchema.nullable(),
    lastActivityAt: timestampSchema.nullable(),
    statusCount: z.number().int().nonnegative(),
    node: z.string().nullable().meta({ description: 'The server process that holds the session now.' }),
  })
  .meta({ id: 'Session' });
export type Session = z.infer<typeof sessionSchema>;

/** What a phone can scan or type now. */
export type LinkingCodesView = z.infer<z.ZodObject<typeof linkingCodesShape>>;
const linkingCodesShape = {
  pairingCode: z.string().nullable(),
  pairingCodeExpiresAt: timestampSchema.nullable(),
  qrCode: z.string().nullable().meta({ description: 'PNG as a data URL.' }),
  qrCodeExpiresAt: timestampSchema.nullable(),
};

/** Answer of `POST /api/sessions`: the session and, this once, the key that may use only it. */
export const createdSessionSchema = sessionSchema
  .extend({ apiKey: z.string().meta({ description: 'Shown once; store it now.' }), ...linkingCodesShape })
  .meta({ id: 'CreatedSession' });
export type CreatedSession = z.infer<typeof createdSessionSchema>;

/** Answer of `DELETE /api/sessions/:sessionId`. */
export const deletedSessionSchema = z
  .object({
    sessionId: sessionIdSchema,
    deviceUnlinked: z
      .boolean()
      .nullable()
      .meta({ description: 'Whether WhatsApp confirmed that the device is unlinked; null when none was linked.' }),
    message: z.string(),
  })
  .meta({ id: 'DeletedSession' });
export type DeletedSession = z.infer<typeof deletedSessionSchema>;

/** How well an account works, counted since the server started. */
export const sessionHealthSchema = z
  .object({
    lastEventAt: timestampSchema
      .nullable()
      .meta({ description: 'The last news from WhatsApp: a message, a receipt, a notification.' }),
    lastAckAt: timestampSchema.nullable().meta({ description: 'The last time WhatsApp took something that was sent.' }),
    reconnects: z.number().int(),
    decryptFailures: z.number().int().meta({ description: 'Incoming messages that could not be read.' }),
    pendingOfflineItems: z
      .number()
      .int()
      .meta({ description: 'Of what waited while the account was offline, how many have not come yet.' }),
  })
  .meta({ id: 'SessionHealth' });
export type SessionHealth = z.infer<typeof sessionHealthSchema>;

export const deviceSchema = z
  .object({
    deviceId: z.number().int().meta({ description: 'The number of this device among those of the account.' }),
    jid: knownJidSchema,
    phoneNumber: knownNumberSchema,
    lid: knownLidJidSchema.nullable(),
    pushName: z.string().nullable(),
    platform: z.string().nullable().meta({ description: 'The system of the phone, as it says.', example: 'android' }),
  })
  .meta({ id: 'Device' });
export type Device = z.infer<typeof deviceSchema>;

export const connectionStatusSchema = z
  .object({
    sessionId: sessionIdSchema,
    connected: z.boolean(),
    state: sessionStateSchema,
    authMethod: authMethodSchema,
    ...linkingCodesShape,
    phoneNumber: knownNumberSchema.nullable(),
    ownNumber: knownNumberSchema.nullable(),
    pushName: z.string().nullable(),
    lastError: sessionErrorSchema.nullable(),
    nextRetryAt: timestampSchema.nullable(),
    health: sessionHealthSchema,
  })
  .meta({ id: 'ConnectionStatus' });
export type ConnectionStatus = z.infer<typeof connectionStatusSchema>;

export const qrSchema = z
  .object({
    qr: z.string().meta({ description: 'The raw string that the QR code encodes.' }),
    qrCode: z.string().meta({ description: 'PNG as a data URL.' }),
    expiresAt: timestampSchema,
    timeoutSeconds: z.number().int(),
    state: sessionStateSchema,
  })
  .meta({ id: 'QrCode' });
export type QrCode = z.infer<typeof qrSchema>;

export const pairingCodeSchema = z
  .object({
    pairingCode: z.string().meta({ example: 'ABCD-EFGH' }),
    phoneNumber: knownNumberSchema,
    expiresAt: timestampSchema,
  })
  .meta({ id: 'PairingCode' });
export type PairingCode = z.infer<typeof pairingCodeSchema>;

const codeRule = 'A custom code is 8 letters or digits, without 0, I, O and U.';

/** Body of `POST /api/sessions/:sessionId/request-pairing-code`. A custom code is 8 of WhatsApp's code letters. */
export const requestPairingCodeBodySchema = z
  .strictObject({
    phoneNumber: phoneNumberSchema.optional(),
    customCode: z
      .string()
      .max(20, codeRule)
      .regex(writtenPairingCode, codeRule)
      .transform((value) => value.replace(/[\s-]/g, '').toUpperCase())
      .optional(),
  })
  .meta({ id: 'RequestPairingCodeBody' });
export type RequestPairingCodeBody = z.infer<typeof requestPairingCodeBodySchema>;
