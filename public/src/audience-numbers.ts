import { phoneNumberSchema } from '../../server/contract/ids.js';
import { maxTargetNumbers } from '../../server/contract/statuses.js';

export interface ParsedNumbers {
  /** Digits only, each once, in the order they were written. */
  numbers: string[];
  /** What is no phone number, as it was written. */
  invalid: string[];
  duplicates: number;
  tooMany: boolean;
}

/** Reads a pasted list: one number per line, or separated by commas, semicolons or tabs. */
export function parseNumbers(text: string): ParsedNumbers {
  const numbers = new Set<string>();
  const invalid: string[] = [];
  let duplicates = 0;
  for (const part of text.split(/[\n\r\t,;]+/)) {
    const written = part.trim();
    if (written === '') continue;
    const number = phoneNumberSchema.safeParse(written);
    if (!number.success) invalid.push(written);
    else if (numbers.has(number.data)) duplicates += 1;
    else numbers.add(number.data);
  }
  return { numbers: [...numbers], invalid, duplicates, tooMany: numbers.size > maxTargetNumbers };
}
