import { z } from 'zod';
import { nameSchema } from './values/names.js';
import { variableNameSchema } from './variables.js';

export const tagSchema = nameSchema(50, 'A tag has at least one character.');

/** What may be kept of a person beside name and tags. */
export const maxFields = 20;
export const maxFieldLength = 300;

/** Further facts of a person, by name: a post to people who share one may show it as a variable. */
export const personFieldsSchema = z
  .record(variableNameSchema, z.string().max(maxFieldLength).trim())
  .refine((fields) => Object.keys(fields).length <= maxFields, `A person has at most ${String(maxFields)} fields.`)
  .meta({
    description: `Further facts, such as \`{"city":"Berlin"}\`: at most ${String(maxFields)} of at most ${String(maxFieldLength)} characters. Texts of posts may name them as \`{{city}}\`.`,
    example: { city: 'Berlin' },
  });
export type PersonFields = z.infer<typeof personFieldsSchema>;
