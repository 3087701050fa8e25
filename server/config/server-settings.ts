import path from 'node:path';
import { z } from 'zod';
import { publicAddressOf, publicUrlSetting, type PublicAddress } from '../lib/public-url.js';
import { Secret } from '../lib/secret.js';
import { wholeNumber, type Values } from './kinds.js';

/** Where the server listens, what it is opened with, and where it keeps things. */
export const serverSettings = {
  HOST: z.string().default('127.0.0.1').describe('The address to listen on. 0.0.0.0 lets other machines in.'),
  PORT: wholeNumber(0, 65_535).default(3000).describe('The port to listen on. 0 takes any free one.'),
  PUBLIC_URL: publicUrlSetting,
  API_KEY: z
    .string()
    .min(16, 'Give at least 16 characters.')
    .default('')
    .describe('The key that may do everything. Made and written to .env at the first start when it is empty.'),
  DATA_DIR: z.string().default('data').describe('The folder of the SQLite file.'),
  UPLOADS_DIR: z.string().default('uploads').describe('The folder of uploaded media.'),
  DATABASE_URL: z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'Give a postgres:// address.')
    .default('')
    .describe('A postgres:// address. Empty uses the SQLite file in DATA_DIR.'),
  DATABASE_POOL_SIZE: wholeNumber(2, 500)
    .default(10)
    .describe(
      'How many connections to PostgreSQL this process may have. All processes together need fewer than its max_connections.',
    ),
  LOG_LEVEL: z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .describe('How much to log: fatal, error, warn, info, debug, trace or silent.'),
};

export interface ServerConfig {
  host: string;
  port: number;
  /** Where browsers reach the server behind a proxy. */
  publicAddress: PublicAddress | null;
  apiKey: Secret;
  dataDir: string;
  uploadsDir: string;
  databaseUrl: Secret | null;
  databaseFile: string;
  databasePoolSize: number;
  logLevel: string;
}

export function serverConfigOf(values: Values<typeof serverSettings>): ServerConfig {
  const dataDir = path.resolve(values.DATA_DIR);
  return {
    host: values.HOST,
    port: values.PORT,
    publicAddress: publicAddressOf(values.PUBLIC_URL),
    apiKey: new Secret(values.API_KEY),
    dataDir,
    uploadsDir: path.resolve(values.UPLOADS_DIR),
    databaseUrl: values.DATABASE_URL === '' ? null : new Secret(values.DATABASE_URL),
    databaseFile: path.join(dataDir, 'statuscast.sqlite'),
    databasePoolSize: values.DATABASE_POOL_SIZE,
    logLevel: values.LOG_LEVEL,
  };
}
