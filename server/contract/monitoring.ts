import { z } from 'zod';
import { sessionIdSchema } from './ids.js';
import { sessionHealthSchema, sessionStateSchema } from './sessions.js';

export const partHealthSchema = z
  .object({
    status: z.enum(['ok', 'degraded', 'failed']),
    message: z.string().nullable().meta({ description: 'What is wrong, in words; null when all is well.' }),
    details: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
  })
  .meta({ id: 'PartHealth' });
export type PartHealth = z.infer<typeof partHealthSchema>;

export const accountHealthSchema = sessionHealthSchema
  .extend({
    sessionId: sessionIdSchema,
    state: sessionStateSchema,
    message: z.string().nullable().meta({ description: 'Why it is not connected, in words.' }),
  })
  .meta({ id: 'AccountHealth' });
export type AccountHealth = z.infer<typeof accountHealthSchema>;

export const healthSchema = z
  .object({
    status: z.enum(['ok', 'degraded', 'failed']).meta({ description: 'The worst of the parts.' }),
    version: z.string(),
    node: z.string(),
    uptimeSeconds: z.number().int(),
    parts: z.record(z.string(), partHealthSchema),
    accountsToStart: z
      .number()
      .int()
      .meta({
        description:
          'How many of the accounts that this key may see wait in this process for their turn to connect. After the start of a ' +
          'server with hundreds of them it falls to 0 within minutes; `/readyz` does not wait for that.',
      }),
    accounts: z.array(accountHealthSchema).max(500).meta({
      description: 'The accounts that this key may see; of more than 500, those that are not connected first.',
    }),
  })
  .meta({ id: 'Health' });
export type Health = z.infer<typeof healthSchema>;

export const statsSchema = z
  .object({
    sessions: z.object({ total: z.number().int(), connected: z.number().int() }),
    statuses: z.object({
      total: z.number().int(),
      sent: z.number().int(),
      failed: z.number().int(),
      last24Hours: z.number().int(),
    }),
    views: z.object({ total: z.number().int(), last24Hours: z.number().int() }),
    people: z.object({ total: z.number().int() }),
  })
  .meta({ id: 'Stats' });
export type Stats = z.infer<typeof statsSchema>;
