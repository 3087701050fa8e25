import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { demoAccount, demoNames } from './lib/demo-content.mjs';
import { DemoPosts, startDemoPage } from './lib/demo-posts.mjs';
import { startServer, startSimulator, until } from './lib/demo-world.mjs';
import { freePort, readPort } from './lib/ports.mjs';
import { prepare } from './lib/prepare.mjs';
import { bold, dim, fail, say } from './lib/say.mjs';
import { stopWithNpm } from './lib/stop-with-npm.mjs';

const sessionId = 'demo';
const views = { share: 0.8, overMs: 60_000 };

const { values } = parseArgs({ options: { port: { type: 'string', default: process.env.PORT || '3000' } } });
const wishedPort = readPort(values.port);
if (wishedPort === undefined) {
  fail(
    `${values.port} is not a port. Give a number from 0 to 65535: npm run demo -- --port 4000 (0 takes any that is free).`,
  );
}
stopWithNpm();
await prepare();
// It draws with a package, which may have been installed just now.
const { demoPicture, demoRecordings } = await import('./lib/demo-media.mjs');

const interruption = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => interruption.abort());
/** @type {Promise<never>} */
const interrupted = new Promise((_resolve, reject) => {
  interruption.signal.addEventListener('abort', () => reject(new Error('interrupted')));
});

/** @type {import('./lib/demo-world.mjs').World} */
const world = {
  folder: mkdtempSync(path.join(os.tmpdir(), 'statuscast-demo-')),
  interrupted: interruption.signal,
  stops: [],
};
try {
  const lastsUntil = await Promise.race([play(), interrupted]);
  await Promise.race([...lastsUntil, interrupted]);
} catch (error) {
  if (!interruption.signal.aborted) {
    process.exitCode = 1;
    process.stderr.write(`\n${error instanceof Error ? error.message : String(error)}\n`);
  }
}
say('\nStopping …');
let clean = true;
for (const stop of world.stops.reverse()) clean = (await stop()) && clean;
rmSync(world.folder, { recursive: true, force: true });
say(clean ? 'Everything is stopped; the demo left nothing behind.' : 'A program did not answer and was killed.');
process.exit(clean ? undefined : 1);

/** Everything that happens before the demo waits for Ctrl-C. @returns {Promise<Promise<never>[]>} what would end it */
async function play() {
  say('Starting the WhatsApp simulator: no real account and no network are involved.');
  // Made meanwhile: drawing a video takes a few seconds.
  const recording = demoRecordings(world.folder, world.interrupted);
  recording.catch(() => undefined); // it also ends when the demo does
  const simulator = await startSimulator(world);
  const picture = await demoPicture();
  const page = await startDemoPage(world, picture);
  const { port, reason } = await freePort(wishedPort ?? 0);
  if (reason !== undefined) say(`Port ${wishedPort} ${reason}; using ${port} instead.`);
  say('Starting the server.');
  const server = await startServer(world, port, simulator, page);

  say('Linking a demo account: the server shows a QR code, a simulated phone scans it.');
  await server.api('POST', '/sessions', { sessionId, sessionName: demoAccount, authMethod: 'qrcode' });
  const getQr = () => server.api('GET', `/sessions/${sessionId}/qr`);
  const { qr } = await until(getQr, 'The QR code of the account', world.interrupted);
  await simulator.scanQr(qr, demoAccount);
  const isLinked = async () => {
    const status = await server.api('GET', `/sessions/${sessionId}/connection-status`);
    if (!status.connected) throw new Error(`the session is ${status.state}`);
  };
  await until(isLinked, 'Linking the account', world.interrupted);

  const contacts = await simulator.createContacts(demoNames);
  await letContactsWatch(server, simulator);
  const targetNumbers = contacts.map((contact) => contact.phoneNumber);
  const posts = new DemoPosts({ server, simulator, world, sessionId, numbers: targetNumbers });
  await posts.postFirst(page, picture);
  const recordings = await recording;
  say(
    `Posted a text, a picture and a link to ${contacts.length} simulated contacts; most of them open it within a minute.`,
  );
  say(
    recordings === null
      ? 'There is no ffmpeg here that makes a video, so video and voice notes are left out.'
      : 'A video and a voice note follow in a few seconds. One more post is planned for tomorrow morning.',
  );
  if (recordings !== null) posts.postRecordings(recordings).catch(report);
  say();
  say(`  ${bold('Dashboard')}  ${server.url}/#key=${server.apiKey}`);
  say(`  Simulator  ${simulator.control}/`);
  say();
  say('Post something yourself: the contacts watch that too. Some of their numbers:');
  say(`  ${targetNumbers.slice(0, 5).join(', ')}`);
  say(dim('Ctrl-C stops everything.'));
  return [server.ended, simulator.ended];
}

/**
 * Whatever the account posts, also by hand from the dashboard, is opened by most of those who get it.
 * @param {Awaited<ReturnType<typeof startServer>>} server @param {Awaited<ReturnType<typeof startSimulator>>} simulator
 */
async function letContactsWatch(server, simulator) {
  const { io } = await import('socket.io-client');
  const socket = io(server.url, { auth: { apiKey: server.apiKey }, transports: ['websocket'] });
  world.stops.push(async () => socket.close().disconnected);
  socket.on('status-sent', ({ messageId }) => {
    simulator.spreadViews(messageId, views).catch(report);
  });
  await new Promise((resolve, reject) => {
    socket.once('connect', () => resolve(undefined));
    socket.once('connect_error', reject);
  });
}

/** Says what went wrong, unless the demo is ending. @param {Error} error */
function report(error) {
  if (!world.interrupted.aborted) process.stderr.write(`${error.message}\n`);
}
