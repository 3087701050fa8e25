import { z } from 'zod';
import { principalSchema } from './access.js';
import { timestampSchema } from './ids.js';

/** Body of `POST /api/sign-in`. */
export const signInBodySchema = z
  .strictObject({
    remember: z.boolean().default(false).meta({
      description: 'Whether the browser keeps the cookie when it is closed.',
    }),
  })
  .meta({ id: 'SignInBody' });
export type SignInBody = z.infer<typeof signInBodySchema>;

export const signInSchema = z
  .object({
    id: z.string().meta({ description: 'Of the sign-in; it opens nothing.', example: '01J9ZX8K2QHV0M3T6R7P4N5W8N' }),
    createdAt: timestampSchema,
    expiresAt: timestampSchema.meta({ description: 'When it ends in any case; without use it ends earlier.' }),
    principal: principalSchema,
  })
  .meta({ id: 'SignIn' });
/** Somebody who is signed in to the dashboard in one browser. */
export type SignIn = z.infer<typeof signInSchema>;

export const signOutQuerySchema = z.strictObject({
  everywhere: z
    .enum(['true', 'false'])
    .optional()
    .meta({ description: 'With `true`, every browser that is signed in with the same key, or as the same person.' }),
});
