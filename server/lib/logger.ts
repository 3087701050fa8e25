import { pino, type DestinationStream, type Logger, type LoggerOptions as PinoOptions } from 'pino';

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

/** JSON lines on stdout, unless another destination is given. */
export function createLogger(options: { logLevel: string }, destination?: DestinationStream): Logger {
  const settings: PinoOptions = {
    level: options.logLevel,
    base: null,
    redact: { paths: redactedPaths, censor: '***' },
  };
  return destination ? pino(settings, destination) : pino(settings);
}
