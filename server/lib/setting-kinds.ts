import { z } from 'zod';

/** A setting that is a whole number within these bounds. */
export const wholeNumber = (min: number, max: number) =>
  z.coerce
    .number(`Give a whole number from ${String(min)} to ${String(max)}, without commas and units.`)
    .int()
    .min(min)
    .max(max);
