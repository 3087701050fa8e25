import { z } from 'zod';
import { exclusionReasons } from './audiences.js';
import { pageQuerySchema } from './envelope.js';
import { knownLidSchema, knownNumberSchema, timestampSchema } from './ids.js';

/** What became of one recipient, or why they are left out. `pending`: nothing was sent to them yet. */
export const recipientOutcomes = [
  'included',
  'pending',
  'no_device',
  'no_lid',
  'no_number',
  'not_on_whatsapp',
  'key_error',
  ...exclusionReasons,
] as const;
export const recipientOutcomeSchema = z.enum(recipientOutcomes).meta({ id: 'RecipientOutcome' });

/** One person in the snapshot of a status. */
export const recipientSchema = z
  .object({
    phoneNumber: knownNumberSchema.nullable(),
    lid: knownLidSchema.nullable(),
    name: z.string().nullable(),
    outcome: recipientOutcomeSchema,
    message: z.string().meta({ description: 'The outcome in words.' }),
    sentAt: timestampSchema.nullable().meta({ description: 'When WhatsApp confirmed what was sent to them.' }),
  })
  .meta({ id: 'Recipient' });
export type Recipient = z.infer<typeof recipientSchema>;

export const listRecipientsQuerySchema = pageQuerySchema.extend({ outcome: recipientOutcomeSchema.optional() });
export type ListRecipientsQuery = z.infer<typeof listRecipientsQuerySchema>;
