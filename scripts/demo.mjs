import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { demoAccount, demoList, demoNames, readmeNumbers, readmePhone } from './lib/demo-content.mjs';
import { demoMedia } from './lib/demo-media.mjs';
import { DemoPosts, startDemoPage } from './lib/demo-posts.mjs';
import { beginningOfPast, livePast, untilConnected } from './lib/demo-past.mjs';
import { startServer, startSimulator, until } from './lib/demo-world.mjs';
import { freePort, readPort } from './lib/ports.mjs';
import { prepare } from './lib/prepare.mjs';
import { bold, dim, fail, say } from './lib/say.mjs';
import { stopWithNpm } from './lib/stop-with-npm.mjs';

const sessionId = 'demo';
const views = { share: 0.8, overMs: 60_000 };
/** With so many people the phone has a chat. */
const chats = 12;

const { values } = parseArgs({ options: { port: { type: 'string', default: process.env.PORT || '3000' } } });
const wishedPort = readPort(values.port);
if (wishedPort === undefined) {
  fail(
    `${values.port} is not a port. Give a number from 0 to 65535: npm run demo -- --port 4000 (0 takes any that is free).`,
  );
}
stopWithNpm();
await prepare();

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
  const media = await demoMedia();
  const beginning = beginningOfPast();
  const simulator = await startSimulator(world, beginning);
  const apiKey = randomBytes(32).toString('base64url');
  const page = await startDemoPage(world, media.picture);
  const { port: pastPort } = await freePort(0);
  say('Starting the server, some days ago.');
  const past = await startServer(world, { port: pastPort, apiKey, simulator, page, at: beginning });
  say('Linking a demo account: the server shows a QR code, a simulated phone scans it.');
  const numbers = await linkAccount(past, simulator);
  say(`Its phone has ${numbers.length} people in the address book. Posting what was posted on the days before.`);
  await livePast({ server: past, simulator, world, sessionId, numbers, picture: media.picture });
  await past.stop();

  const { port, reason } = await freePort(wishedPort ?? 0);
  if (reason !== undefined) say(`Port ${wishedPort} ${reason}; using ${port} instead.`);
  say('Starting the server again, today.');
  const server = await startServer(world, { port, apiKey, simulator, page });
  await letContactsWatch(server, simulator);
  await server.api('POST', `/sessions/${sessionId}/start`);
  await untilConnected(server, sessionId, world);
  const posts = new DemoPosts({ server, simulator, world, sessionId, numbers });
  await posts.postFirst(page, media.picture);
  say('Posted a text, a picture and a link to all contacts; most of them open it within a minute.');
  say('A video and a voice note follow in a few seconds. One more post is planned for tomorrow morning.');
  posts.postRecordings(media).catch(report);
  say();
  say(`  ${bold('Dashboard')}  ${server.url}/#key=${apiKey}`);
  say(`  Simulator  ${simulator.control}/`);
  say();
  say('Post something yourself, to all contacts: they watch that too. Some of their numbers:');
  say(`  ${numbers.slice(0, 5).join(', ')}`);
  say(dim('Ctrl-C stops everything.'));
  return [server.ended, simulator.ended];
}

/**
 * @param {Awaited<ReturnType<typeof startServer>>} server @param {Awaited<ReturnType<typeof startSimulator>>} simulator
 * @returns {Promise<string[]>} the numbers in the account's address book, once the server has read it
 */
async function linkAccount(server, simulator) {
  const people = demoNames.map((name, index) => ({ name, phoneNumber: readmeNumbers[index] }));
  const contacts = await simulator.createContacts(people);
  const { phoneNumber } = await simulator.addAccount({ name: demoAccount });
  await simulator.saveEverybody(phoneNumber, chats);
  await simulator.addAccount(readmePhone);
  await server.api('POST', '/sessions', { sessionId, sessionName: demoAccount, authMethod: 'qrcode' });
  const getQr = () => server.api('GET', `/sessions/${sessionId}/qr`);
  const { qr } = await until(getQr, 'The QR code of the account', world.interrupted);
  await simulator.scanQr(qr, phoneNumber);
  await untilConnected(server, sessionId, world);
  const isRead = async () => {
    const { saved } = await server.api('GET', `/sessions/${sessionId}/contacts/summary`);
    if (saved < contacts.length) throw new Error(`${saved} of ${contacts.length} contacts are there`);
  };
  await until(isRead, 'Reading the address book', world.interrupted);
  const { id } = await server.api('POST', '/audiences', { name: demoList.name });
  const members = contacts.slice(0, demoList.size).map((contact, index) => ({
    phoneNumber: contact.phoneNumber,
    name: demoNames[index],
    tags: [demoList.tag],
  }));
  await server.api('POST', `/audiences/${id}/members`, { members });
  return contacts.map((contact) => contact.phoneNumber);
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
