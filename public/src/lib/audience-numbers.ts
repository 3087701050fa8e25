import { readPhoneNumber, splitNumbers } from '../../../server/contract/values/phone-numbers.js';
import { maxTargetNumbers } from '../../../server/contract/statuses.js';

export interface ParsedNumbers {
  /** With a plus, so that nobody has to ask again whether they have their country code; each once, in the order they were written. */
  numbers: string[];
  /** What is no phone number, in a sentence that names it. */
  invalid: string[];
  duplicates: number;
  tooMany: boolean;
}

/** Reads a pasted list: one number per line, or separated by commas, semicolons or tabs. */
export function parseNumbers(text: string): ParsedNumbers {
  const numbers = new Set<string>();
  const invalid: string[] = [];
  let duplicates = 0;
  for (const written of splitNumbers(text)) {
    const { digits, problem } = readPhoneNumber(written);
    if (digits === undefined) invalid.push(problem);
    else if (numbers.has(`+${digits}`)) duplicates += 1;
    else numbers.add(`+${digits}`);
  }
  return { numbers: [...numbers], invalid, duplicates, tooMany: numbers.size > maxTargetNumbers };
}
