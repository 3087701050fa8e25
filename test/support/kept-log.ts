import { createLogger, type Logger } from '../../server/lib/logger.js';

export interface LogLine {
  level: number;
  msg: string;
  [fact: string]: unknown;
}

/** A logger, and the lines that were written with it. */
export function keptLog(logLevel: 'info' | 'debug' = 'info'): { logger: Logger; lines: LogLine[] } {
  const lines: LogLine[] = [];
  const sink = { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) };
  return { logger: createLogger({ logLevel }, sink), lines };
}
