import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ContractAnswers } from '../support/contract-answers.js';
import { callApi } from '../support/link-account.js';
import type { FuzzWorld } from './fuzz-world.js';
import { exampleRequests, plannedRequests } from './planned-requests.js';
import type { Answer } from './send-wire.js';
import { wireOf, type WireRequest } from './wire-request.js';

export interface FuzzRun {
  requests: number;
  /** How many answers there were of each status. */
  statuses: Map<number, number>;
  /** The longest answer. */
  slowest: { ms: number; operation: string };
  /** What was wrong, each kind once, and the last request that showed it. */
  faults: Map<string, string>;
}

export interface FuzzOptions {
  seed: number;
  requests: number;
  /** Ends earlier when so much time is up. */
  withinMs?: number;
}

const atOnce = 250;
const shownBytes = 2_000;
/** Nothing to do for the caller but to come again; the answer says when. */
const mayBeUnavailable =
  /(qr|pairing-code|restart|start|stop|logout|check-number|resync|link-preview|send-status|series|experiments|repost|upload-|^delete \/sessions)/;

/** Sends requests made from the published document and judges the answers by it. */
export async function fuzz(world: FuzzWorld, { seed, requests, withinMs = Infinity }: FuzzOptions): Promise<FuzzRun> {
  const answers = new ContractAnswers();
  const planned = plannedRequests(world.document);
  const run: FuzzRun = { requests: 0, statuses: new Map(), slowest: { ms: 0, operation: '' }, faults: new Map() };
  const endsAt = performance.now() + withinMs;
  const isOver = (): boolean => run.requests >= requests || performance.now() >= endsAt;
  for (let round = 0; !isOver(); round += 1) {
    const made = fc.sample(planned, { seed: seed + round, numRuns: atOnce });
    for (const one of [...exampleRequests(world.document), ...made]) {
      if (isOver()) break;
      const sent = wireOf(one, (text) => world.known.fill(text), world.picture);
      const before = performance.now();
      const answer = await world.send(sent).catch((error: unknown) => String(error));
      const ms = performance.now() - before;
      run.requests += 1;
      if (ms > run.slowest.ms) run.slowest = { ms, operation: one.operation };
      const fault = typeof answer === 'string' ? `no answer: ${answer}` : faultOf(answers, one.operation, sent, answer);
      if (fault !== undefined) run.faults.set(`${one.operation}: ${fault}`, shown(sent));
      if (typeof answer === 'string') continue;
      run.statuses.set(answer.status, (run.statuses.get(answer.status) ?? 0) + 1);
      if (answer.status < 300) world.known.learn(answer.headers.location, answer.body);
    }
    if (!isOver()) await world.settle();
  }
  return run;
}

/** What is wrong with an answer, whatever it was asked for; undefined for a good one. */
function faultOf(
  answers: ContractAnswers,
  operation: string,
  { method, path }: WireRequest,
  answer: Answer,
): string | undefined {
  const { status, headers, body } = answer;
  if (status === 503) {
    if (!mayBeUnavailable.test(operation) || headers['retry-after'] === undefined) return `503 ${sentenceIn(body)}`;
  } else if (status >= 500) return `${String(status)} ${sentenceIn(body)}`;
  const contentType = headers['content-type'];
  try {
    if (status !== 304) answers.check({ method, address: path, status, contentType: String(contentType), body });
    if (status >= 400) assertFailure(body);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return undefined;
}

function sentenceIn(body: unknown): string {
  return String((body as { error?: unknown } | undefined)?.error);
}

function assertFailure(body: unknown): void {
  const { success, error, code } = body as { success?: unknown; error?: unknown; code?: unknown };
  assert.equal(success, false);
  assert.ok(typeof code === 'string');
  assert.ok(
    typeof error === 'string' && /\p{L}.*[.?!]$/su.test(error),
    `this is no sentence: ${JSON.stringify(error)}`,
  );
}

function shown({ method, path, headers, body }: WireRequest): string {
  const text = body?.toString().slice(0, shownBytes) ?? '';
  return `${method} ${path.slice(0, shownBytes)} ${JSON.stringify(headers)} ${text}`;
}

/** Whatever was accepted can be read, page by page, by the contract. Throws when it cannot. */
export async function readEverything(world: FuzzWorld): Promise<void> {
  const answers = new ContractAnswers();
  const lists = Object.entries(world.document.paths).filter(
    ([, { get }]) =>
      get?.parameters?.some(({ name }) => name === 'cursor') === true &&
      get.parameters.every(({ required }) => required !== true),
  );
  for (const [address] of lists) {
    for (let cursor: string | null = ''; cursor !== null;) {
      const path = `${address}?limit=100${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
      const page: { meta: { nextCursor: string | null } } = await callApi(world.server, 'GET', path);
      answers.check({ method: 'GET', address, status: 200, contentType: 'application/json', body: page });
      cursor = page.meta.nextCursor;
    }
  }
}
