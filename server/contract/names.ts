import { z } from 'zod';
import { notBlank } from './written-forms.js';

/** What somebody calls a thing, without the blanks around it. They count towards its length, so that the document can say it. */
export function nameSchema(maxLength: number, missing: string) {
  return z.string().max(maxLength).trim().min(1, missing).meta({ pattern: notBlank });
}
