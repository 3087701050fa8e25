export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/** Writes one line. Values never hold keys or message text. */
export type Log = (level: LogLevel, message: string, values?: Record<string, unknown>) => void;

const order: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error'];

export const silentLog: Log = () => undefined;

/** JSON lines on stderr, from `least` upwards. */
export function stderrLog(least: LogLevel): Log {
  return (level, message, values = {}) => {
    if (order.indexOf(level) < order.indexOf(least)) return;
    process.stderr.write(`${JSON.stringify({ time: new Date().toISOString(), level, message, ...values })}\n`);
  };
}
