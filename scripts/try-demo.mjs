import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as wait } from 'node:timers/promises';
import { projectRoot } from './lib/project.mjs';
import { elapsed, say } from './lib/say.mjs';

/*
 * Proves the README's first command: starts `npm run demo`, waits until simulated people have opened a post of today and a
 * video and a voice note are out, and stops it again. It ends with a sentence, and with exit code 1 when the demo did not get there.
 */

/** Installing and building are in it; the SQLite driver may be compiled. */
const startTimeoutMs = 15 * 60_000;
const viewTimeoutMs = 4 * 60_000;
const stopTimeoutMs = 30_000;
const askEveryMs = 1_000;
const answerTimeoutMs = 10_000;

const startedAt = new Date();
const begunMs = performance.now();
let output = '';
// A process group of its own: npm, its shell and the demo are ended together.
const demo = spawn('npm', ['run', 'demo', '--', '--port', '0'], { cwd: projectRoot, detached: true });
const ended = once(demo, 'exit');
for (const stream of [demo.stdout, demo.stderr]) {
  stream.on('data', (chunk) => {
    output += String(chunk);
    process.stdout.write(chunk);
  });
}

let failure = await proof().catch((error) => String(error instanceof Error ? error.message : error));
if (!(await stop())) failure ??= `It did not stop within ${stopTimeoutMs / 1000} s.`;
say(
  failure === undefined
    ? `npm run demo: a post of today was viewed, a video and a voice note are out, after ${elapsed(begunMs)}.`
    : `npm run demo does not do what the README says: ${failure}`,
);
process.exit(failure === undefined ? 0 : 1);

/** @returns {Promise<undefined>} when the demo has shown it; rejects with the reason when it has not in time */
async function proof() {
  const address = await until('the address of the dashboard', startTimeoutMs, async () => {
    const found = /Dashboard\s+(http:\S+)\/#key=(\S+)/.exec(output);
    return found?.[1] && found[2] ? { url: found[1], key: found[2] } : undefined;
  });
  await until('a view of a post of today, a video and a voice note', viewTimeoutMs, async () => {
    const posts = (await postsOf(address)).filter((post) => new Date(post.sentAt ?? 0) >= startedAt);
    const isViewed = posts.some((post) => post.counts.viewed > 0);
    const hasAll = ['video', 'audio'].every((type) => posts.some((post) => post.type === type));
    return isViewed && hasAll ? true : undefined;
  });
  return undefined;
}

/**
 * @param {{ url: string, key: string }} demo
 * @returns {Promise<{ type: string, sentAt: string | null, counts: { viewed: number } }[]>}
 */
async function postsOf({ url, key }) {
  const answer = await fetch(`${url}/api/sessions/demo/statuses`, {
    headers: { 'x-api-key': key },
    signal: AbortSignal.timeout(answerTimeoutMs),
  });
  const body = /** @type {any} */ (await answer.json());
  if (!answer.ok) throw new Error(`the list of posts was answered with ${answer.status}: ${body.error}`);
  return body.data;
}

/** @template T @param {string} what @param {number} timeoutMs @param {() => Promise<T | undefined>} look @returns {Promise<T>} */
async function until(what, timeoutMs, look) {
  const deadline = performance.now() + timeoutMs;
  while (performance.now() < deadline) {
    const found = await look();
    if (found !== undefined) return found;
    if (demo.exitCode !== null || demo.signalCode !== null) throw new Error('it ended by itself, see above.');
    await wait(askEveryMs);
  }
  throw new Error(`there was no sign of ${what} within ${timeoutMs / 60_000} minutes.`);
}

/** @returns {Promise<boolean>} false when it had to be killed */
async function stop() {
  signal('SIGTERM');
  const inTime = await Promise.race([ended.then(() => true), wait(stopTimeoutMs, false)]);
  // npm may end before what it started.
  const deadline = performance.now() + stopTimeoutMs;
  while (signal(0) && performance.now() < deadline) await wait(200);
  const isLeft = signal('SIGKILL');
  return inTime && !isLeft;
}

/** @param {NodeJS.Signals | 0} name @returns {boolean} whether anybody was there to get it */
function signal(name) {
  try {
    process.kill(-(demo.pid ?? 0), name);
    return true;
  } catch {
    return false;
  }
}
