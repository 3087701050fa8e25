import { z } from 'zod';

/** Values that a request gives for the variables in its texts. */
export const variablesSchema = z.record(z.string().regex(/^[\p{L}\p{N}_-]{1,40}$/u), z.string().max(700)).meta({
  description:
    'Values for `{{name}}` in text and caption. Every account knows `account`, `number`, `date`, `time` and `weekday` by itself. ' +
    'Without this field, braces are text like any other.',
});
export type Variables = z.infer<typeof variablesSchema>;
