import { z } from 'zod';
import { Secret } from '../lib/secret.js';
import { parseAuthKey, wholeNumber, type Values } from './kinds.js';

/** How linked accounts are kept and connected. */
export const accountSettings = {
  AUTH_ENCRYPTION_KEY: z
    .string()
    .refine((text) => text === '' || parseAuthKey(text) !== undefined, 'Give 32 bytes in hexadecimal or base64.')
    .default('')
    .describe(
      'The key that seals the credentials of linked accounts, 32 bytes in hexadecimal or base64. Empty uses the file auth.key in DATA_DIR, made at the first start. Without the right one no linked account can be used.',
    ),
  NODE_NAME: z
    .string()
    .min(1)
    .max(64)
    .default('main')
    .describe('The name of this process where several share a database.'),
  SESSION_LEASE_SECONDS: wholeNumber(1, 600)
    .default(30)
    .describe('How long an account stays with a process that says nothing more, before another one may take it over.'),
  SESSION_STARTS_AT_ONCE: wholeNumber(1, 1_000)
    .default(10)
    .describe('How many accounts may be on their way to WhatsApp at the same time.'),
  SESSION_STARTS_PER_MINUTE: wholeNumber(1, 100_000)
    .default(300)
    .describe('How many accounts may set out for WhatsApp within a minute.'),
  RECONNECT_FIRST_PAUSE_MS: wholeNumber(1, 600_000)
    .default(1_000)
    .describe('How long an account that lost WhatsApp waits before it connects again. Doubled with each try.'),
  RECONNECT_LONGEST_PAUSE_SECONDS: wholeNumber(1, 86_400).default(300).describe('The longest such pause.'),
};

export interface AccountConfig {
  /** 32 bytes in hexadecimal; null takes the key file in the data folder. */
  authKey: Secret | null;
  nodeName: string;
  sessionLeaseMs: number;
  sessionStarts: { atOnce: number; perMinute: number };
  reconnectPauses: { firstMs: number; longestMs: number };
}

export function accountConfigOf(values: Values<typeof accountSettings>): AccountConfig {
  const authKey = parseAuthKey(values.AUTH_ENCRYPTION_KEY);
  return {
    authKey: authKey ? new Secret(authKey.toString('hex')) : null,
    nodeName: values.NODE_NAME,
    sessionLeaseMs: values.SESSION_LEASE_SECONDS * 1000,
    sessionStarts: { atOnce: values.SESSION_STARTS_AT_ONCE, perMinute: values.SESSION_STARTS_PER_MINUTE },
    reconnectPauses: {
      firstMs: values.RECONNECT_FIRST_PAUSE_MS,
      longestMs: values.RECONNECT_LONGEST_PAUSE_SECONDS * 1000,
    },
  };
}
