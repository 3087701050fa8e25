import { z } from 'zod';
import { somethingSeen } from './written-forms.js';

const seen = new RegExp(somethingSeen);

/**
 * What somebody calls a thing, without the blanks around it, which count towards its length, so that the document can say it.
 * Something of it can be seen.
 */
export function nameSchema(maxLength: number, missing: string) {
  return z
    .string()
    .max(maxLength)
    .trim()
    .refine((name) => seen.test(name), missing)
    .meta({ pattern: somethingSeen });
}
