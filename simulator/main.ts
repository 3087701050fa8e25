import { parseArgs } from 'node:util';
import { listenFailure } from './listen-failure.js';
import { startSimulator } from './simulator.js';
import { stderrLog, type LogLevel } from './lib/log.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    seed: { type: 'string' },
    'log-level': { type: 'string', default: 'info' },
  },
});

const levels: ReadonlySet<string> = new Set<LogLevel>(['trace', 'debug', 'info', 'warn', 'error']);

function isLevel(text: string): text is LogLevel {
  return levels.has(text);
}

const level = values['log-level'];
const port = Number(values.port);
if (!isLevel(level) || !Number.isInteger(port) || port < 0 || port > 65_535) {
  process.stderr.write(
    'usage: simulator [--port 0..65535] [--host ADDRESS] [--seed NUMBER] [--log-level trace|debug|info|warn|error]\n',
  );
  process.exit(2);
}

const place = { host: values.host, port };
const { url, tlsUrl, control, rootKeyHex, mediaCaFile, stop } = await startSimulator({
  ...place,
  log: stderrLog(level),
  ...(values.seed === undefined ? {} : { seed: Number(values.seed) }),
}).catch((error: unknown) => {
  const sentence = listenFailure(error, place);
  if (sentence === undefined) throw error;
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
});
process.stdout.write(`${JSON.stringify({ url, tlsUrl, control, rootKeyHex, mediaCaFile, pid: process.pid })}\n`);

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    void stop().then(() => process.exit(0));
  });
}
