import { z } from 'zod';

/** How a variable may be called: `price`, `first_name`. */
export const variableNameSchema = z
  .string()
  .regex(/^[\p{L}\p{M}\p{N}_-]{1,40}$/u, 'Give 1 to 40 letters, digits, hyphens and underscores.');

/** Values that a request gives for the variables in its texts. */
export const variablesSchema = z.record(variableNameSchema, z.string().max(700)).meta({
  description:
    'Values for `{{name}}` in text and caption. Every account knows `account`, `number`, `date`, `time` and `weekday` by itself, and ' +
    'what everybody whom the post is for has in common is known too: `name` and the fields of their lists. ' +
    'Without this field, braces are text like any other.',
});
export type Variables = z.infer<typeof variablesSchema>;
