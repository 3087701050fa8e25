import { z } from 'zod';
import { pageQuerySchema } from '../envelope.js';
import { templateIdSchema, timestampSchema } from '../ids.js';
import { sendStatusBodySchema } from '../statuses.js';
import { nameSchema } from '../values/names.js';

const templateNameSchema = nameSchema(100, 'Give the template a name.');
const statusSchema = sendStatusBodySchema.meta({
  description:
    'What a post starts from: the fields of `send-status`. Text and caption may hold variables such as `{{price}}`.',
});

/** Body of `POST /api/templates`. */
export const createTemplateBodySchema = z
  .strictObject({ name: templateNameSchema, status: statusSchema })
  .meta({ id: 'CreateTemplateBody' });
export type CreateTemplateBody = z.infer<typeof createTemplateBodySchema>;

/** Body of `PATCH /api/templates/:templateId`: what is left out stays. */
export const changeTemplateBodySchema = z
  .strictObject({ name: templateNameSchema, status: statusSchema })
  .partial()
  .meta({ id: 'ChangeTemplateBody' });
export type ChangeTemplateBody = z.infer<typeof changeTemplateBodySchema>;

export const templateSchema = z
  .object({
    id: templateIdSchema,
    organizationId: z.string(),
    name: z.string(),
    status: z.record(z.string(), z.unknown()).meta({ description: 'As it was given.' }),
    variables: z.array(z.string()).meta({ description: 'That need a value when it is posted.' }),
    createdBy: z.string(),
    createdAt: timestampSchema,
    updatedAt: timestampSchema,
  })
  .meta({ id: 'Template' });
export type Template = z.infer<typeof templateSchema>;

export const listTemplatesQuerySchema = pageQuerySchema;
