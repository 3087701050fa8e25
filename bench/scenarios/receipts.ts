import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { io } from 'socket.io-client';
import type { Session } from '../../server/contract/sessions.js';
import type { Status } from '../../server/contract/statuses.js';
import { connectDatabase } from '../../server/db/database.js';
import { migrateToLatest, migrations } from '../../server/db/migrate.js';
import { accountId, BenchServer } from '../bench-server.js';
import { startProcess } from '../child-process.js';
import type { DashboardsCalls } from '../dashboards.js';
import { fillDatabase, filledAfter } from '../growth-data.js';
import { untilSummedUp } from '../growth-questions.js';
import { median, medianOf, percentile, type Measurement } from '../measure.js';
import type { PlainBaileysCalls } from '../plain-baileys.js';
import { PostOutcomes } from '../post-outcomes.js';
import type { Result, Scenario, ScenarioInput } from '../scenario.js';
import type { SimulatedContact, SimulatorProcess } from '../simulator-process.js';
import { settle, type Subject } from '../subject.js';

const callTimeoutMs = 300_000;
const pollIntervalMs = 50;
const dashboards = 20;
const steadyPerSecond = 1000;
/** At a steady pace no more than these are measured: the pace decides how long it takes. */
const mostAtSteadyPace = 10_000;
/** A database that was filled has accounts from 0 on. */
const firstAccount = 10;
/** Posting to all of them happens before anything is measured. */
const postTimeoutMs = 900_000;

const ways = ['live at once', 'live, 1000 a second', 'after being offline'] as const;
type Way = (typeof ways)[number];
interface Taken extends Measurement {
  receipts: NonNullable<Result['receipts']>;
}

/**
 * What does it take to hear that somebody viewed? This product stores each receipt before it tells WhatsApp that it has it, and
 * pushes the viewers to 20 dashboards; plain Baileys only emits its event. Both hear the same receipts from the same people,
 * all at once, a thousand a second, and after they were offline. The time of each is from the moment at which it left
 * WhatsApp's side to the message at a dashboard that has its viewer, or to the event.
 */
export const receiptsScenario: Scenario = {
  name: 'receipts',
  question: 'Views as they come in: stored and pushed to 20 dashboards, beside plain Baileys that only listens',
  defaults: { contactCounts: [10_000, 50_000], plainUpTo: 50_000, views: 0 },
  async run(input) {
    const { simulator, contactCounts, views, progress } = input;
    await simulator.changeSettings({ deliveryReceipts: false });
    const everybody = await simulator.createContacts(Math.max(...contactCounts), 1, { watched: false });
    const folder = await mkdtemp(path.join(os.tmpdir(), 'statuscast-receipts-bench-'));
    await mkdir(path.join(folder, 'uploads'));
    try {
      if (views > 0) await fill(path.join(folder, 'statuscast.sqlite'), views, progress);
      const results: Result[] = [];
      for (const count of contactCounts) results.push(...(await measureSize(input, folder, everybody.slice(0, count))));
      return results;
    } finally {
      await rm(folder, { recursive: true, force: true });
      await simulator.changeSettings({ deliveryReceipts: true });
    }
  },
};

async function fill(file: string, views: number, progress: (line: string) => void): Promise<void> {
  const db = await connectDatabase({ file });
  try {
    await migrateToLatest(db, migrations.slice(0, migrations.findIndex(({ name }) => name === filledAfter) + 1));
    await fillDatabase(db, views, progress);
    await migrateToLatest(db);
  } finally {
    await db.destroy();
  }
}

async function measureSize(input: ScenarioInput, folder: string, contacts: SimulatedContact[]): Promise<Result[]> {
  const { rounds, plainUpTo, progress } = input;
  const size = contacts.length.toLocaleString('en');
  const measuredWays = ways.filter((way) => way !== 'live, 1000 a second' || contacts.length <= mostAtSteadyPace);
  const taken = new Map<string, { way: Way; subject: Subject['name']; rounds: Taken[] }>();
  const sides: [Subject['name'], (account: number) => Promise<[Way, Taken][]>][] = [
    ['Statuscast', (account) => measureStatuscast(input, { folder, contacts, account, measuredWays })],
  ];
  if (contacts.length <= plainUpTo)
    sides.unshift(['plain Baileys', () => measurePlainBaileys(input, contacts, measuredWays)]);
  for (let round = 1; round <= rounds; round += 1) {
    for (const [subject, measure] of sides) {
      progress(`${size} receipts, round ${String(round)} of ${String(rounds)}, ${subject}`);
      for (const [way, measurement] of await measure(firstAccount + contacts.length + round)) {
        const known = taken.get(`${way} ${subject}`) ?? { way, subject, rounds: [] };
        known.rounds.push(measurement);
        taken.set(`${way} ${subject}`, known);
      }
    }
  }
  return [...taken.values()].map((one) => ({
    scenario: 'receipts',
    subject: one.subject,
    case: `${size} receipts, ${one.way}${input.views > 0 ? `, ${input.views.toLocaleString('en')} views stored` : ''}`,
    ...medianOf(one.rounds),
    receipts: {
      perSecond: median(one.rounds.map(({ receipts }) => receipts.perSecond)),
      cpuUsEach: median(one.rounds.map(({ receipts }) => receipts.cpuUsEach)),
      ...(one.way !== 'after being offline' && {
        p50Ms: median(one.rounds.map(({ receipts }) => receipts.p50Ms ?? 0)),
        p99Ms: median(one.rounds.map(({ receipts }) => receipts.p99Ms ?? 0)),
      }),
    },
    rounds: one.rounds,
  }));
}

/** On a server that was started for it, with an account that was linked for it. */
async function measureStatuscast(
  { simulator, profileFolder, views }: ScenarioInput,
  {
    folder,
    contacts,
    account,
    measuredWays,
  }: { folder: string; contacts: SimulatedContact[]; account: number; measuredWays: readonly Way[] },
): Promise<[Way, Taken][]> {
  const server = new BenchServer(simulator, folder, profileFolder);
  const child = await server.launch();
  const watching = startProcess<DashboardsCalls>('dashboards', {});
  const session = `/sessions/${accountId(account)}`;
  try {
    const url = await child.call('start', undefined, callTimeoutMs);
    if (views > 0) await untilSummedUp((method, route) => server.apiAnswer(url, method, route));
    await server.link(url, 1, account);
    const { jid } = await server.api<Session>(url, 'GET', session);
    const phoneNumber = jid?.split('@')[0] ?? '';
    await watching.call('open', { url, apiKey: server.apiKey, count: dashboards }, callTimeoutMs);
    const socket = io(url, { auth: { apiKey: server.apiKey }, transports: ['websocket'] });
    const outcomes = new PostOutcomes(socket);
    const taken: [Way, Taken][] = [];
    try {
      for (const way of measuredWays) {
        const targetNumbers = contacts.map((contact) => contact.phoneNumber);
        const post = { type: 'text', content: way, targetNumbers };
        const { id } = await server.api<Status>(url, 'POST', `${session}/send-status`, post);
        const { state, messageId, error } = await outcomes.of(id, postTimeoutMs);
        if (state !== 'sent') throw new Error(`The post is ${state}: ${error?.message ?? 'no reason given'}`);
        const storm = { phoneNumber, receipts: { statusId: messageId, count: contacts.length } };
        if (way === 'after being offline') {
          await server.api(url, 'POST', `${session}/stop`);
          await sendAll(simulator, storm);
        }
        await settle({ name: 'Statuscast', cpuMs: () => child.call('cpuMs', undefined, callTimeoutMs) });
        await watching.call('watch', { statusId: id, people: contacts.length }, callTimeoutMs);
        await child.call('startMeasuring', undefined, callTimeoutMs);
        const startedAt = Date.now();
        if (way === 'after being offline') await server.api(url, 'POST', `${session}/start`);
        else await simulator.startReceipts(storm.phoneNumber, { ...storm.receipts, ...paceOf(way) });
        const { lastAt, arrivedAt } = await watching.call('untilComplete', undefined, callTimeoutMs);
        const measurement = await child.call('stopMeasuring', undefined, callTimeoutMs);
        const { counts } = await server.api<Status>(url, 'GET', `${session}/statuses/${id}`);
        if (counts.viewed !== contacts.length) throw new Error(`${String(counts.viewed)} views were counted.`);
        const sentAt = new Map(await simulator.receiptsSentAt(messageId));
        taken.push([
          way,
          { ...measurement, receipts: outcomeOf({ way, startedAt, lastAt, arrivedAt, sentAt, measurement }) },
        ]);
      }
    } finally {
      socket.close();
    }
    return taken;
  } finally {
    await watching.stop();
    await child.stop();
  }
}

async function measurePlainBaileys(
  { simulator }: ScenarioInput,
  contacts: SimulatedContact[],
  measuredWays: readonly Way[],
): Promise<[Way, Taken][]> {
  const child = startProcess<PlainBaileysCalls>('plain-baileys', {});
  const numbers = new Map(
    contacts.flatMap(({ phoneNumber, lid }) => [
      [phoneNumber, phoneNumber],
      [lid ?? phoneNumber, phoneNumber],
    ]),
  );
  const { url, control, rootKeyHex } = simulator;
  try {
    const phoneNumber = await child.call('link', { url, control, rootKeyHex }, callTimeoutMs);
    const taken: [Way, Taken][] = [];
    for (const way of measuredWays) {
      const jids = contacts.slice(0, 1).map(({ jid }) => jid);
      const { messageId: statusId } = await child.call('post', { jids, text: way }, callTimeoutMs);
      const storm = { phoneNumber, receipts: { statusId, count: contacts.length } };
      if (way === 'after being offline') {
        await child.call('disconnect', undefined, callTimeoutMs);
        await sendAll(simulator, storm);
      }
      await settle({ name: 'plain Baileys', cpuMs: () => child.call('cpuMs', undefined, callTimeoutMs) });
      await child.call('startHearing', undefined, callTimeoutMs);
      const startedAt = Date.now();
      if (way === 'after being offline') await child.call('reconnect', { url, control }, callTimeoutMs);
      else await simulator.startReceipts(phoneNumber, { ...storm.receipts, ...paceOf(way) });
      const heard = await child.call('untilHeard', { people: contacts.length }, callTimeoutMs);
      const { lastAt, measurement } = heard;
      const arrivedAt = heard.arrivedAt.map(([user, at]): [string, number] => [numbers.get(user) ?? '', at]);
      const sentAt = new Map(await simulator.receiptsSentAt(statusId));
      taken.push([
        way,
        { ...measurement, receipts: outcomeOf({ way, startedAt, lastAt, arrivedAt, sentAt, measurement }) },
      ]);
    }
    return taken;
  } finally {
    await child.stop();
  }
}

function paceOf(way: Way): { perSecond?: number } {
  return way === 'live, 1000 a second' ? { perSecond: steadyPerSecond } : {};
}

/** While nobody is connected; resolves when all of them wait at the server. */
async function sendAll(
  simulator: SimulatorProcess,
  { phoneNumber, receipts }: { phoneNumber: string; receipts: { statusId: string; count: number } },
): Promise<void> {
  await simulator.startReceipts(phoneNumber, receipts);
  while ((await simulator.receiptsSentAt(receipts.statusId)).length < receipts.count) await wait(pollIntervalMs);
}

function outcomeOf({
  way,
  startedAt,
  lastAt,
  arrivedAt,
  sentAt,
  measurement,
}: {
  way: Way;
  startedAt: number;
  lastAt: number;
  arrivedAt: readonly [phoneNumber: string, at: number][];
  sentAt: ReadonlyMap<string, number>;
  measurement: Measurement;
}): Taken['receipts'] {
  const count = sentAt.size;
  const common = {
    perSecond: (count * 1000) / Math.max(1, lastAt - startedAt),
    cpuUsEach: (measurement.cpuMs * 1000) / count,
  };
  if (way === 'after being offline') return common;
  const tookMs = arrivedAt.map(([number, at]) => at - (sentAt.get(number) ?? Number.NaN));
  if (tookMs.length !== count || tookMs.some(Number.isNaN))
    throw new Error(`Of ${String(count)} people ${String(tookMs.length)} were heard of.`);
  return { ...common, p50Ms: percentile(tookMs, 0.5), p99Ms: percentile(tookMs, 0.99) };
}
