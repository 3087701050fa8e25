import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { io } from 'socket.io-client';
import type { Status } from '../../server/contract/statuses.js';
import { accountId, BenchServer } from '../bench-server.js';
import { checkDelivery } from '../delivery-check.js';
import { median, medianOf, type AnswerTimes, type Measurement } from '../measure.js';
import { PostOutcomes } from '../post-outcomes.js';
import type { Result, Scenario, ScenarioInput } from '../scenario.js';
import type { SimulatedContact } from '../simulator-process.js';
import { SteadyClient } from '../steady-client.js';
import { settle } from '../subject.js';

const callTimeoutMs = 60_000;
const postTimeoutMs = 900_000;
const quietMs = 2_000;

interface BusyMeasurement extends Measurement {
  answers: AnswerTimes;
  posts?: { quickestMs: number; slowestMs: number };
}

/**
 * Does the server still answer while it posts? Each account has contacts of its own and posts to all of them, all accounts
 * at the same moment: once while they have no sessions with anybody, once more with them. This process asks for the list
 * of sessions all the while; it asked the idle server before, which is what the other lines compare with. Contacts send
 * their delivery receipts meanwhile. Every post is checked at the other end.
 */
export const busyScenario: Scenario = {
  name: 'busy',
  question: 'GET /api/sessions while all accounts post at once',
  defaults: { contactCounts: [1000], accountCount: 10 },
  async run(input) {
    const results: Result[] = [];
    for (const contactCount of input.contactCounts) results.push(...(await measureSize(input, contactCount)));
    return results;
  },
};

async function measureSize(input: ScenarioInput, contactCount: number): Promise<Result[]> {
  const { accountCount, rounds, progress } = input;
  const size = `${String(accountCount)} accounts × ${String(contactCount)} contacts`;
  const taken = new Map<string, BusyMeasurement[]>();
  for (let round = 1; round <= rounds; round += 1) {
    progress(`${size}, round ${String(round)} of ${String(rounds)}`);
    for (const [name, measurement] of await measureRound(input, contactCount))
      taken.set(name, [...(taken.get(name) ?? []), measurement]);
  }
  return [...taken].map(([name, measurements]) => ({
    scenario: 'busy',
    subject: 'Statuscast',
    case: `${size}, ${name}`,
    ...medianOf(measurements),
    ...mediansOf(measurements),
    rounds: measurements,
  }));
}

function mediansOf(measurements: readonly BusyMeasurement[]): Pick<Result, 'answers' | 'posts'> {
  const answer = (name: keyof AnswerTimes): number => median(measurements.map(({ answers }) => answers[name]));
  const posts = measurements.flatMap((measurement) => measurement.posts ?? []);
  return {
    answers: {
      count: answer('count'),
      p50Ms: answer('p50Ms'),
      p90Ms: answer('p90Ms'),
      p95Ms: answer('p95Ms'),
      p99Ms: answer('p99Ms'),
      maxMs: answer('maxMs'),
    },
    ...(posts.length > 0 && {
      posts: {
        quickestMs: median(posts.map(({ quickestMs }) => quickestMs)),
        slowestMs: median(posts.map(({ slowestMs }) => slowestMs)),
      },
    }),
  };
}

/** On a fresh server with freshly linked accounts. */
async function measureRound(
  { simulator, accountCount, profileFolder }: ScenarioInput,
  contactCount: number,
): Promise<[string, BusyMeasurement][]> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'statuscast-busy-bench-'));
  await mkdir(path.join(folder, 'uploads'));
  const server = new BenchServer(simulator, folder, profileFolder);
  const child = await server.launch();
  try {
    const url = await child.call('start', undefined, callTimeoutMs);
    const accounts: SimulatedContact[][] = [];
    for (let index = 0; index < accountCount; index += 1) accounts.push(await simulator.createContacts(contactCount));
    await server.link(url, accountCount);
    const socket = io(url, { auth: { apiKey: server.apiKey }, transports: ['websocket'] });
    const outcomes = new PostOutcomes(socket);

    const post = async (index: number, text: string): Promise<{ messageId: string; tookMs: number }> => {
      const startedAt = performance.now();
      const { id } = await server.api<Status>(url, 'POST', `/sessions/${accountId(index)}/send-status`, {
        type: 'text',
        content: text,
        targetNumbers: accounts[index]?.map(({ phoneNumber }) => phoneNumber),
      });
      const { state, messageId, error } = await outcomes.of(id, postTimeoutMs);
      if (state !== 'sent') throw new Error(`${accountId(index)} is ${state}: ${error?.message ?? 'no reason given'}`);
      return { messageId, tookMs: performance.now() - startedAt };
    };
    const measureWhile = async <T>(work: () => Promise<T>): Promise<{ outcome: T; measurement: BusyMeasurement }> => {
      await child.call('startMeasuring', undefined, callTimeoutMs);
      const client = new SteadyClient(() => server.api(url, 'GET', '/sessions'));
      try {
        const outcome = await work();
        const measurement = await child.call('stopMeasuring', undefined, callTimeoutMs);
        return { outcome, measurement: { ...measurement, answers: await client.stop() } };
      } finally {
        client.close();
      }
    };
    const measurePosts = async (text: string): Promise<BusyMeasurement> => {
      const { outcome, measurement } = await measureWhile(() =>
        Promise.all(accounts.map((_contacts, index) => post(index, text))),
      );
      const tookMs = outcome.map((one) => one.tookMs);
      await settle(statuscast);
      for (const [index, { messageId }] of outcome.entries())
        await checkDelivery(simulator, accounts[index] ?? [], messageId, text);
      return { ...measurement, posts: { quickestMs: Math.min(...tookMs), slowestMs: Math.max(...tookMs) } };
    };
    const statuscast = { name: 'Statuscast', cpuMs: () => child.call('cpuMs', undefined, callTimeoutMs) } as const;
    try {
      await settle(statuscast);
      const { measurement: idle } = await measureWhile(() => wait(quietMs));
      return [
        ['idle', idle],
        ['first posts', await measurePosts('The first post of each account')],
        ['repeat posts', await measurePosts('The second post of each account')],
      ];
    } finally {
      socket.close();
    }
  } finally {
    await child.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
