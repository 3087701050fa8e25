import { z } from 'zod';
import { phoneNumberSchema, sessionIdSchema, timestampSchema } from './ids.js';

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

export const sessionNameSchema = z.string().trim().min(1, 'Give the session a name.').max(100);

/** Body of `POST /api/sessions`. `phoneNumber` is required for `pairing`, where the code is asked for that number. */
export const createSessionBodySchema = z
  .strictObject({
    sessionId: sessionIdSchema.optional(),
    sessionName: sessionNameSchema,
    authMethod: authMethodSchema.default('pairing'),
    phoneNumber: phoneNumberSchema.optional(),
    metadata: z.record(z.string().max(64), z.unknown()).optional(),
    start: z.boolean().default(true),
  })
  .refine((body) => body.authMethod === 'qrcode' || body.phoneNumber !== undefined, {
    path: ['phoneNumber'],
    message: 'Pairing by code needs the phone number of the account.',
  })
  .meta({ id: 'CreateSessionBody' });
export type CreateSessionBody = z.infer<typeof createSessionBodySchema>;

/** Why a session is not connected, in words a person can act on. `code` is WhatsApp's close code where there is one. */
export const sessionErrorSchema = z.object({
  code: z.number().int().nullable(),
  message: z.string(),
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
    phoneNumber: z.string().nullable(),
    ownNumber: z.string().nullable(),
    pushName: z.string().nullable(),
    jid: z.string().nullable(),
    lid: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
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

/** Answer of `POST /api/sessions`: the session and, this once, the key that may use only it. */
export const createdSessionSchema = sessionSchema
  .extend({ apiKey: z.string().meta({ description: 'Shown once; store it now.' }) })
  .meta({ id: 'CreatedSession' });
export type CreatedSession = z.infer<typeof createdSessionSchema>;

export const connectionStatusSchema = z
  .object({
    sessionId: sessionIdSchema,
    connected: z.boolean(),
    state: sessionStateSchema,
    authMethod: authMethodSchema,
    pairingCode: z.string().nullable(),
    pairingCodeExpiresAt: timestampSchema.nullable(),
    qrCode: z.string().nullable().meta({ description: 'PNG as a data URL.' }),
    qrCodeExpiresAt: timestampSchema.nullable(),
    phoneNumber: z.string().nullable(),
    ownNumber: z.string().nullable(),
    pushName: z.string().nullable(),
    lastError: sessionErrorSchema.nullable(),
    nextRetryAt: timestampSchema.nullable(),
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
    phoneNumber: z.string(),
    expiresAt: timestampSchema,
  })
  .meta({ id: 'PairingCode' });
export type PairingCode = z.infer<typeof pairingCodeSchema>;

/** Body of `POST /api/sessions/:sessionId/request-pairing-code`. A custom code is 8 of WhatsApp's code letters. */
export const requestPairingCodeBodySchema = z
  .strictObject({
    phoneNumber: phoneNumberSchema.optional(),
    customCode: z
      .string()
      .transform((value) => value.replace(/[\s-]/g, '').toUpperCase())
      .pipe(z.string().regex(/^[1-9A-HJ-NP-TV-Z]{8}$/, 'A custom code is 8 letters or digits, without 0, I, O and U.'))
      .optional(),
  })
  .meta({ id: 'RequestPairingCodeBody' });
export type RequestPairingCodeBody = z.infer<typeof requestPairingCodeBodySchema>;
