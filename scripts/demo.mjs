import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { demoNames, demoStyle, demoText } from './lib/demo-content.mjs';
import { startServer, startSimulator, until } from './lib/demo-world.mjs';
import { freePort } from './lib/ports.mjs';
import { prepare } from './lib/prepare.mjs';
import { stopProgram } from './lib/run.mjs';
import { bold, dim, say } from './lib/say.mjs';
import { stopWithNpm } from './lib/stop-with-npm.mjs';

const sessionId = 'demo';
const views = { share: 0.8, overMs: 60_000 };

const { values } = parseArgs({ options: { port: { type: 'string', default: process.env.PORT ?? '3000' } } });
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => interrupted.abort());

stopWithNpm();
await prepare();

const folder = mkdtempSync(path.join(os.tmpdir(), 'statuscast-demo-'));
let simulator;
let server;
let socket;
try {
  const stopped = new Promise((_resolve, reject) => {
    interrupted.signal.addEventListener('abort', () => reject(interrupted.signal.reason));
    if (interrupted.signal.aborted) reject(interrupted.signal.reason);
  });
  stopped.catch(() => undefined);
  await Promise.race([play(), stopped]);
  await Promise.race([server.ended, simulator.ended, stopped]);
} catch (error) {
  if (!interrupted.signal.aborted) {
    process.exitCode = 1;
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  }
} finally {
  say('\nStopping …');
  socket?.close();
  const clean = [await stopProgram(server?.child), await stopProgram(simulator?.child)].every(Boolean);
  rmSync(folder, { recursive: true, force: true });
  say(clean ? 'Everything is stopped; the demo left nothing behind.' : 'A program did not answer and was killed.');
  if (!clean) process.exitCode = 1;
}
process.exit();

/** Everything that happens before the demo waits for Ctrl-C. */
async function play() {
  say('Starting the WhatsApp simulator: no real account and no network are involved.');
  simulator = await startSimulator(folder);
  const port = await freePort(Number(values.port));
  if (Number(values.port) !== 0 && port !== Number(values.port)) {
    say(`Port ${values.port} is taken; using ${port} instead.`);
  }
  say('Starting the server.');
  server = await startServer(folder, port, simulator, interrupted.signal);

  say('Linking a demo account: the server shows a QR code, a simulated phone scans it.');
  await server.api('POST', '/sessions', { sessionId, sessionName: 'Corner Bakery', authMethod: 'qrcode' });
  const { qr } = await until(
    () => server.api('GET', `/sessions/${sessionId}/qr`),
    'The QR code of the account',
    interrupted.signal,
  );
  await simulator.scanQr(qr);
  await until(
    async () => {
      const status = await server.api('GET', `/sessions/${sessionId}/connection-status`);
      if (!status.connected) throw new Error(`the session is ${status.state}`);
    },
    'Linking the account',
    interrupted.signal,
  );
  const contacts = await simulator.createContacts(demoNames);

  await letContactsWatch();
  const numbers = contacts.map((contact) => contact.phoneNumber);
  await server.api('POST', `/sessions/${sessionId}/send-status`, {
    type: 'text',
    content: demoText,
    targetNumbers: numbers,
    style: demoStyle,
  });
  say(`Posted a text status to ${contacts.length} simulated contacts; most of them open it within a minute.`);
  say();
  say(`  ${bold('Dashboard')}  ${server.url}/#key=${server.apiKey}`);
  say(`  Simulator  ${simulator.control}/`);
  say();
  say(
    `Post something yourself: the contacts watch that too. Some of their numbers:\n  ${numbers.slice(0, 5).join(', ')}`,
  );
  say(dim('Ctrl-C stops everything.'));
}

/** Whatever the account posts, also by hand from the dashboard, is opened by most of those who get it. */
async function letContactsWatch() {
  const { io } = await import('socket.io-client');
  socket = io(server.url, { auth: { apiKey: server.apiKey }, transports: ['websocket'] });
  socket.on('status-sent', ({ messageId }) => {
    simulator.spreadViews(messageId, views).catch((error) => {
      if (!interrupted.signal.aborted) process.stderr.write(`${error.message}\n`);
    });
  });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('connect_error', reject);
  });
}
