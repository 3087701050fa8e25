import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Broadcast } from '../../server/contract/planning/broadcasts.js';
import type { Success } from '../../server/contract/envelope.js';
import type { Occurrence, Schedule } from '../../server/contract/planning/schedules.js';
import type { Status } from '../../server/contract/statuses.js';
import type { StatusView } from '../../simulator/control/story-controls.js';
import { localTimeAt } from '../../server/contract/values/local-time.js';
import { opened } from '../support/media-journey.js';
import { uploadForm } from '../media/upload-form.js';
import { ServerProcess } from '../support/server-process.js';
import { jpeg } from '../simulator-media/sample-files.js';
import { callApi, linkAccount, waitUntilConnected } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { randomFrom, seedOfRun } from '../support/random-from.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';

const kills = Number(process.env['KILLS'] ?? 50);
const seed = seedOfRun();
const sessionIds = ['acc1', 'acc2'];
const timeZone = 'Asia/Kolkata';
const dayMs = 24 * 60 * 60_000;
/** Enough to plan everything of a round before it is due, on a machine that is not busy. */
const leastLeadMs = 500;
/** The kill comes between so long before the time and so long after it: all is posted by then, or nearly. */
const aroundMs = { before: 200, after: 1_600 };

describe(`a server that is killed ${String(kills)} times when something is due (seed ${String(seed)})`, function () {
  this.timeout(60 * 60_000);
  let simulator: TestSimulator;
  let folder: { dir: string; remove: () => Promise<void> };
  let server: ServerProcess;
  let contact: string;
  /** How often the contact has to have a text, and from how many accounts. */
  const expected = new Map<string, number>();
  const schedules: Schedule[] = [];
  let leadMs = leastLeadMs;

  before(async () => {
    simulator = await startTestSimulator();
    folder = await makeTempDir();
    server = await ServerProcess.start({ simulator, dir: folder.dir });
    for (const sessionId of sessionIds) await linkAccount(server, simulator, sessionId);
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
  });
  after(async () => {
    await server.end();
    await simulator.stop();
    await folder.remove();
  });

  async function create<T>(path: string, body: object, status = 202): Promise<T> {
    return (await callApi<Success<T>>(server, 'POST', path, { body, expected: status })).data;
  }

  /** One of each kind, all for the same time; answers that time. */
  async function plan(round: number, picture: string): Promise<number> {
    const began = Date.now();
    const dueAt = Math.ceil((began + leadMs) / 1_000) * 1_000;
    const scheduledAt = new Date(dueAt).toISOString();
    const text = (kind: string, times: number) => {
      const content = `${kind} ${String(round)}`;
      expected.set(content, times);
      return { type: 'text', content, targetNumbers: [contact] };
    };
    const image = (kind: string, times: number) => {
      const { content: caption, ...rest } = text(kind, times);
      return { ...rest, type: 'image', content: picture, caption };
    };
    const again = { startsAt: localTimeAt(dueAt, timeZone), timeZone, rule: 'FREQ=DAILY' };
    await Promise.all([
      create<Status>('/sessions/acc1/send-status', { ...text('once', 1), scheduledAt }),
      create<Status>('/sessions/acc2/send-status', { ...image('picture', 1), scheduledAt }),
      create<Broadcast>('/broadcasts', { ...text('on all', 2), sessionIds, scheduledAt }),
      create<Broadcast>('/broadcasts', { ...text('in turns', 2), sessionIds, staggerSeconds: 1 }),
      create<Broadcast>('/broadcasts', { ...image('picture on all', 2), sessionIds, scheduledAt }),
      create<Schedule>('/sessions/acc2/schedules', { status: image('picture again', 1), ...again }, 201).then(keep),
      create<Schedule>('/sessions/acc1/schedules', { status: text('again', 1), ...again }, 201).then(keep),
    ]);
    leadMs = Math.max(leastLeadMs, 2 * (Date.now() - began));
    return dueAt;

    function keep(schedule: Schedule): void {
      // It took so long to plan that the first day was over.
      if (Date.parse(schedule.nextAt ?? '') > dueAt) expected.delete(schedule.name);
      else schedules.push(schedule);
    }
  }
  /** What the contact has, by its text. */
  function received(): Map<string | null, StatusView[]> {
    const byText = new Map<string | null, StatusView[]>();
    for (const story of simulator.statuses(contact)) byText.set(story.text, [...(byText.get(story.text) ?? []), story]);
    return byText;
  }
  const timesOf = (stories: StatusView[] | undefined): number => stories?.length ?? 0;

  it('posts everything exactly once, and each schedule goes on to its next day', async () => {
    const random = randomFrom(seed);
    const picture = (await uploadForm(server, 'image', await jpeg(640, 480))).filename;
    const killed = { beforeDue: 0, whilePosting: 0, afterwards: 0 };
    const began = performance.now();
    for (let round = 0; round < kills; round += 1) {
      const dueAt = await plan(round, picture);
      const killAt = dueAt - aroundMs.before + random() * (aroundMs.before + aroundMs.after);
      // The moment itself is what is tried out here, so it cannot be waited for.
      await pause(Math.max(0, killAt - Date.now()));
      await server.end('SIGKILL');
      const there = received();
      if (Date.now() < dueAt) killed.beforeDue += 1;
      else if ([...expected].some(([text, times]) => timesOf(there.get(text)) < times)) killed.whilePosting += 1;
      else killed.afterwards += 1;
      server = await ServerProcess.start({ simulator, dir: folder.dir });
      await Promise.all(sessionIds.map((sessionId) => waitUntilConnected(server, sessionId)));
    }
    await eventually(
      () => {
        const there = received();
        const missing = [...expected].filter(([text, times]) => timesOf(there.get(text)) < times);
        assert.deepEqual(missing, []);
      },
      { timeoutMs: 60_000, what: 'everything to arrive' },
    );
    await simulator.drain();
    const there = received();
    for (const [text, times] of expected) {
      const stories = there.get(text) ?? [];
      assert.equal(stories.length, times, text);
      assert.equal(new Set(stories.map(({ author }) => author.phoneNumber)).size, times, text);
      if (!text.startsWith('picture')) continue;
      for (const { id } of stories) assert.deepEqual((await opened(simulator, contact, id)).report.problems, [], text);
    }
    assert.equal(
      simulator.statuses(contact).length,
      [...expected.values()].reduce((sum, times) => sum + times, 0),
    );
    for (const { id, sessionId, nextAt } of schedules) {
      const path = `/sessions/${sessionId}/schedules/${id}`;
      const { data: now } = await callApi<Success<Schedule>>(server, 'GET', path);
      assert.equal(Date.parse(now.nextAt ?? ''), Date.parse(nextAt ?? '') + dayMs);
      const { data: past } = await callApi<Success<Occurrence[]>>(server, 'GET', `${path}/occurrences?limit=1`);
      assert.deepEqual(
        past.map(({ at, outcome }) => [at, outcome]),
        [[nextAt, 'posted']],
      );
    }
    const refused = simulator.refusedRules().filter((rule) => rule !== 'contact:duplicate');
    assert.deepEqual(refused, []);
    const seconds = Math.round((performance.now() - began) / 1_000);
    process.stderr.write(`${JSON.stringify({ seed, kills, ...killed, posts: expected.size, seconds })}\n`);
  });
});
