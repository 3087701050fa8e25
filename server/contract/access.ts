import { z } from 'zod';
import { pageQuerySchema } from './envelope.js';
import { sessionIdSchema, timestampSchema, wordSchema } from './ids.js';
import { momentSchema } from './values/moments.js';
import { nameSchema } from './values/names.js';

/** What a principal may do: see, post, or run things. */
export const capabilities = ['read', 'send', 'manage'] as const;
export const capabilitySchema = z.enum(capabilities).meta({
  id: 'Capability',
  description: '`read` sees, `send` posts, deletes and answers, `manage` runs sessions, keys and the like.',
});
export type Capability = z.infer<typeof capabilitySchema>;

/** The role in a login token, and what it may do. */
export const capabilitiesOfRole = {
  viewer: ['read'],
  operator: ['read', 'send'],
  admin: ['read', 'send', 'manage'],
} as const satisfies Record<string, readonly Capability[]>;
export type Role = keyof typeof capabilitiesOfRole;

export const organizationIdSchema = wordSchema().meta({
  description: 'Organization id: letters, digits, "_" and "-", at most 64.',
  example: 'acme',
});

export const organizationSchema = z
  .object({
    id: organizationIdSchema,
    name: z.string(),
    createdAt: timestampSchema,
    sessionCount: z.number().int().nonnegative(),
    keyCount: z.number().int().nonnegative().meta({ description: 'Keys that were not revoked.' }),
  })
  .meta({ id: 'Organization' });
export type Organization = z.infer<typeof organizationSchema>;

const organizationNameSchema = nameSchema(100, 'Give the organization a name.');

/** Body of `POST /api/organizations`. Without an id the server makes one. */
export const createOrganizationBodySchema = z
  .strictObject({ id: organizationIdSchema.optional(), name: organizationNameSchema })
  .meta({ id: 'CreateOrganizationBody' });
export type CreateOrganizationBody = z.infer<typeof createOrganizationBodySchema>;

export const updateOrganizationBodySchema = z
  .strictObject({ name: organizationNameSchema })
  .meta({ id: 'UpdateOrganizationBody' });
export type UpdateOrganizationBody = z.infer<typeof updateOrganizationBodySchema>;

export const keyIdSchema = wordSchema('This is not a key id.').meta({
  description: 'Id of the key, not the key itself.',
  example: '01J9ZX8K2QHV0M3T6R7P4N5W8C',
});

export const apiKeyKindSchema = z.enum(['admin', 'session']);
export type ApiKeyKind = z.infer<typeof apiKeyKindSchema>;

export const apiKeyStateSchema = z.enum(['active', 'expired', 'revoked']);
export type ApiKeyState = z.infer<typeof apiKeyStateSchema>;

/** A key as it is shown after it was made: everything except the key. */
export const apiKeySchema = z
  .object({
    id: keyIdSchema,
    organizationId: organizationIdSchema,
    sessionId: sessionIdSchema.nullable().meta({ description: 'The one session a session key may use.' }),
    kind: apiKeyKindSchema,
    name: z.string(),
    prefix: z.string().meta({ description: 'How the key begins, to tell keys apart.', example: 'wamk_3kXq9-T' }),
    capabilities: z.array(capabilitySchema),
    state: apiKeyStateSchema,
    rateLimitMax: z.number().int().nullable().meta({
      description: 'Requests per window of this key alone; null shares the limit of the client address.',
    }),
    createdBy: z.string(),
    createdAt: timestampSchema,
    expiresAt: timestampSchema.nullable(),
    revokedAt: timestampSchema.nullable(),
    lastUsedAt: timestampSchema.nullable().meta({ description: 'A few seconds late at most.' }),
  })
  .meta({ id: 'ApiKey' });
export type ApiKeyView = z.infer<typeof apiKeySchema>;

export const createdApiKeySchema = apiKeySchema
  .extend({ apiKey: z.string().meta({ description: 'Shown once; store it now.' }) })
  .meta({ id: 'CreatedApiKey' });
export type CreatedApiKey = z.infer<typeof createdApiKeySchema>;

const keyNameSchema = nameSchema(100, 'Give the key a name.');
const rateLimitMaxSchema = z.number().int().min(1).max(1_000_000).nullable();

/** Body of `POST /api/keys`. With `sessionId` the key may use only that session. */
export const createKeyBodySchema = z
  .strictObject({
    name: keyNameSchema,
    capabilities: z
      .array(capabilitySchema)
      .min(1, 'Name at least one capability.')
      .max(capabilities.length)
      .transform((given) => capabilities.filter((capability) => given.includes(capability))),
    organizationId: organizationIdSchema.optional().meta({ description: 'For the root key; default `default`.' }),
    sessionId: sessionIdSchema.optional(),
    expiresAt: momentSchema.nullable().optional(),
    rateLimitMax: rateLimitMaxSchema.default(null).meta({ description: 'Only the root key may set it.' }),
  })
  .meta({ id: 'CreateKeyBody' });
export type CreateKeyBody = z.infer<typeof createKeyBodySchema>;

export const updateKeyBodySchema = z
  .strictObject({
    name: keyNameSchema.optional(),
    expiresAt: momentSchema.nullable().optional(),
    rateLimitMax: rateLimitMaxSchema.optional().meta({ description: 'Only the root key may set it.' }),
  })
  .meta({ id: 'UpdateKeyBody' });
export type UpdateKeyBody = z.infer<typeof updateKeyBodySchema>;

export const listKeysQuerySchema = pageQuerySchema.extend({
  organizationId: organizationIdSchema.optional(),
  sessionId: sessionIdSchema.optional(),
  state: apiKeyStateSchema.optional(),
});
export type ListKeysQuery = z.infer<typeof listKeysQuerySchema>;

/** Answer of `GET /api/me`. */
export const principalSchema = z
  .object({
    kind: z.enum(['root', 'admin', 'session', 'user']),
    name: z.string(),
    organizationId: z.string().nullable().meta({ description: 'null for the root key, which reaches every one.' }),
    sessionId: z.string().nullable(),
    capabilities: z.array(capabilitySchema),
    expiresAt: timestampSchema.nullable(),
  })
  .meta({ id: 'Principal' });
export type PrincipalView = z.infer<typeof principalSchema>;
