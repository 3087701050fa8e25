import type { Logger } from '../../lib/logger.js';

/** The shape of a logger that Baileys asks for. */
export interface LibraryLogger {
  level: string;
  child(bindings: Record<string, unknown>): LibraryLogger;
  trace(value: unknown, message?: string): void;
  debug(value: unknown, message?: string): void;
  info(value: unknown, message?: string): void;
  warn(value: unknown, message?: string): void;
  error(value: unknown, message?: string): void;
}

function errorIn(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const fields: Record<string, unknown> = { ...value };
  const error = fields['err'] ?? fields['error'] ?? fields['e'];
  return error instanceof Error ? error.message : undefined;
}

/** How Baileys tells, besides a placeholder message, that an incoming message could not be read. */
const decryptFailure = 'failed to decrypt message';

/**
 * What Baileys has to say, several steps quieter: its warnings and errors are our debug lines, reduced to their text,
 * because its objects carry JIDs, keys and whole stanzas. Those appear at trace only.
 */
export function quietLogger(logger: Logger, onDecryptFailure: () => void = () => undefined): LibraryLogger {
  const all = logger.isLevelEnabled('trace');
  const whole = (value: unknown, message?: string): void => {
    if (all) logger.trace({ library: value }, message ?? 'baileys');
  };
  const reduced = (value: unknown, message?: string): void => {
    if (all) whole(value, message);
    else logger.debug({ error: errorIn(value) }, message ?? (typeof value === 'string' ? value : 'baileys'));
  };
  const quiet: LibraryLogger = {
    // Baileys renders every stanza as text when it reads 'trace' here.
    level: all ? 'trace' : 'warn',
    child: () => quiet,
    trace: whole,
    debug: whole,
    info: whole,
    warn: reduced,
    error: (value, message) => {
      if (message === decryptFailure) onDecryptFailure();
      reduced(value, message);
    },
  };
  return quiet;
}
