import { z } from 'zod';

/** What was read of a group of settings. */
export type Values<Shape extends z.ZodRawShape> = z.output<z.ZodObject<Shape>>;

/** Settings as the environment has them. */
export type Given = Readonly<Record<string, string | undefined>>;

/** A limit as the server uses it: 0 in a setting sets none. */
export const orInfinity = (limit: number): number => (limit === 0 ? Infinity : limit);

/** A setting that is a whole number within these bounds. */
export const wholeNumber = (min: number, max: number) =>
  z.coerce
    .number(`Give a whole number from ${String(min)} to ${String(max)}, without commas and units.`)
    .int()
    .min(min)
    .max(max);

/** Comma-separated. */
export const list = z.string().transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);

/** 64 hexadecimal digits, or base64 in either alphabet. Undefined when it is not 32 bytes. */
export function parseAuthKey(text: string): Buffer | undefined {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  const isBase64 = /^[A-Za-z0-9+/_-]{43}=?$/.test(text);
  return isBase64 ? Buffer.from(text, 'base64') : undefined;
}
