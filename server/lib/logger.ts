import { pino, type DestinationStream, type Logger, type LoggerOptions as PinoOptions } from 'pino';
import { troubleBehind } from './database-trouble.js';

export type { Logger };

/** Every place a secret or a person's words could slip into a log line. The last resort: do not log them at all. */
const redactedPaths = [
  'apiKey',
  'authorization',
  'password',
  'qr',
  'qrCode',
  'pairingCode',
  'content',
  'text',
  'req.headers.authorization',
  'req.headers["x-api-key"]',
  'req.headers.cookie',
  'headers.authorization',
  'headers["x-api-key"]',
  'headers.cookie',
  '*.apiKey',
  '*.authorization',
  '*.password',
  '*.qr',
  '*.qrCode',
  '*.pairingCode',
  // PostgreSQL names the values of the row that it refused.
  'err.detail',
  'err.where',
];

const debugLevel = 20;
const fatalLevel = 60;

/**
 * Trouble with the database is met by everything that runs, again and again. `DatabaseWatch` writes the one line about it; the
 * others are there for whoever looks closer.
 */
function isToldOnce(first: unknown): boolean {
  if (typeof first !== 'object' || first === null) return false;
  const errors: unknown[] = [first, 'err' in first && first.err, 'error' in first && first.error];
  return errors.some((error) => troubleBehind(error) !== undefined);
}

/** JSON lines on stdout, unless another destination is given. */
export function createLogger(options: { logLevel: string }, destination?: DestinationStream): Logger {
  const settings: PinoOptions = {
    level: options.logLevel,
    base: null,
    redact: { paths: redactedPaths, censor: '***' },
    hooks: {
      logMethod(parts, log, level) {
        if (level > debugLevel && level < fatalLevel && isToldOnce(parts[0])) this.debug(...parts);
        else log.apply(this, parts);
      },
    },
  };
  return destination ? pino(settings, destination) : pino(settings);
}
