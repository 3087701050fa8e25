import assert from 'node:assert/strict';
import path from 'node:path';
import type { Success } from '../../server/contract/envelope.js';
import type { Schedule } from '../../server/contract/planning/schedules.js';
import type { Session } from '../../server/contract/sessions.js';
import { type Status } from '../../server/contract/statuses.js';
import { connectDatabase } from '../../server/db/database.js';
import { withDeadline } from '../../server/lib/deadline.js';
import { localTimeAt } from '../../server/contract/values/local-time.js';
import { eventually } from '../support/eventually.js';
import { describeOnEveryEngine } from '../support/databases.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { callApi, linkAccount, waitUntilConnected } from '../support/link-account.js';
import { ServerProcess } from '../support/server-process.js';

const leaseSeconds = 2;
const sessionIds = ['acc1', 'acc2'];

describeOnEveryEngine('two server processes on one database', function (newAddress) {
  let simulator: TestSimulator;
  let folder: { dir: string; remove: () => Promise<void> };
  let replaced: number;
  let url: string | undefined;
  let file: string;
  const processes = new Map<string, ServerProcess>();
  /** The names of the one that has the accounts and of the one that does not. */
  let owner: string;
  let other: string;
  let a: ServerProcess;
  let b: ServerProcess;

  before(async function () {
    this.timeout(120_000);
    simulator = await startTestSimulator({
      log: (_level, message) => {
        if (message === 'replaced') replaced += 1;
      },
    });
    folder = await makeTempDir();
    ({ url } = await newAddress());
    file = path.join(folder.dir, 'data', 'statuscast.sqlite');
    await startMissing();
    for (const sessionId of sessionIds) await linkAccount(named('one'), simulator, sessionId);
  });
  beforeEach('both run, and one has the accounts', async function () {
    this.timeout(60_000);
    await startMissing();
    const node = await eventually(async () => {
      const [first, ...others] = await nodesSeenBy(named('one'));
      assert.deepEqual(others, [first]);
      return first;
    });
    [owner, other] = node === 'one' ? ['one', 'two'] : ['two', 'one'];
    [a, b] = [named(owner), named(other)];
    for (const sessionId of sessionIds) await waitUntilConnected(a, sessionId);
    replaced = 0;
  });
  after(async function () {
    this.timeout(30_000);
    await Promise.all([...processes.values()].map((server) => server.end()));
    await simulator.stop();
    await folder.remove();
  });

  function named(node: string): ServerProcess {
    const server = processes.get(node);
    assert.ok(server);
    return server;
  }

  async function startMissing(): Promise<void> {
    for (const node of ['one', 'two']) {
      if (processes.get(node)?.isRunning) continue;
      const env = {
        NODE_NAME: node,
        SESSION_LEASE_SECONDS: String(leaseSeconds),
        DATA_DIR: path.join(folder.dir, 'data'),
      };
      processes.set(node, await ServerProcess.launch({ simulator, dir: folder.dir, database: { url }, env }));
    }
    await Promise.all([...processes.values()].map((server) => server.ready()));
  }

  const nodesSeenBy = async (server: ServerProcess): Promise<(string | null)[]> =>
    (await callApi<{ data: Session[] }>(server, 'GET', '/sessions')).data.map(({ node }) => node);
  const loginsOf = (): number[] => simulator.controls.linking.accounts().map(({ devices }) => devices[0]?.logins ?? 0);

  it('post what is planned, what comes again and what is for all accounts once, although both look for it', async function () {
    this.timeout(60_000);
    const contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    const text = (content: string) => ({ type: 'text', content, targetNumbers: [contact] });
    const dueAt = Math.ceil((Date.now() + 1_000) / 1_000) * 1_000;
    const scheduledAt = new Date(dueAt).toISOString();
    const again = { startsAt: localTimeAt(dueAt, 'Asia/Kolkata'), timeZone: 'Asia/Kolkata', rule: 'FREQ=DAILY' };
    const expected: string[] = [];
    const made: Schedule[] = [];
    for (const [index, server] of [a, b, a, b].entries()) {
      const [once, all, daily] = ['once', 'all', 'daily'].map((kind) => `${kind} ${String(index)}`);
      assert.ok(once && all && daily);
      const create = <T>(path: string, body: object, status = 202) =>
        callApi<Success<T>>(server, 'POST', path, { body, expected: status });
      await create('/sessions/acc1/send-status', { ...text(once), scheduledAt });
      await create('/broadcasts', { ...text(all), sessionIds, scheduledAt });
      made.push((await create<Schedule>('/sessions/acc2/schedules', { ...again, status: text(daily) }, 201)).data);
      expected.push(once, all, all);
    }
    // Where the machine was so busy that its first time was over when it was made, a schedule begins tomorrow.
    for (const schedule of made) if (Date.parse(schedule.nextAt ?? '') === dueAt) expected.push(schedule.name);
    const received = () => simulator.statuses(contact).map((story) => story.text ?? '');
    await eventually(() => assert.deepEqual(received().sort(), expected.sort()), {
      timeoutMs: 45_000,
      what: 'them all',
    });
    await simulator.drain();
    assert.deepEqual(received().sort(), expected.sort());
    const db = await connectDatabase(url === undefined ? { file } : { url });
    const rows: { content: string }[] = await db('statuses').whereIn('content', expected).select('content');
    await db.destroy();
    assert.deepEqual(rows.map(({ content }) => content).sort(), expected.sort());
  });

  it('share the accounts, and the other takes over those of one that is killed', async function () {
    this.timeout(60_000);
    const refusedBefore = simulator.refusedRules().length;
    assert.deepEqual(await nodesSeenBy(b), [owner, owner]);
    for (const [method, action] of [
      ['POST', 'start'],
      ['POST', 'stop'],
      ['POST', 'restart'],
      ['GET', 'qr'],
    ] as const) {
      const answer = await callApi<{ error: string }>(b, method, `/sessions/acc1/${action}`, { expected: 409 });
      assert.ok(answer.error.includes(`runs on another process, "${owner}"`), `${action}: ${answer.error}`);
    }
    await callApi(b, 'DELETE', '/sessions/acc1', { expected: 409 });
    assert.equal((await waitUntilConnected(b, 'acc1')).state, 'connected');
    // Accepted by one and sent by the other, which has the account.
    const contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    await post(b, contact, 'through the other');
    await eventually(() => simulator.statuses(contact).length === 1, { timeoutMs: 10_000, what: 'the status' });

    const before = loginsOf();
    await a.end('SIGKILL');
    await eventually(async () => assert.deepEqual(await nodesSeenBy(b), [other, other]), {
      timeoutMs: 30_000,
      what: 'the other to take over',
    });
    for (const sessionId of sessionIds) await waitUntilConnected(b, sessionId);
    assert.deepEqual(
      loginsOf(),
      before.map((logins) => logins + 1),
    );
    await post(b, contact, 'after the other took over');
    await eventually(() => simulator.statuses(contact).length === 2, { timeoutMs: 10_000, what: 'the second status' });
    assert.equal(replaced, 0);
    // Killed between WhatsApp's ack and its record, the status leaves again under its id: each device has it already.
    const refused = simulator
      .refusedRules()
      .slice(refusedBefore)
      .filter((rule) => rule !== 'contact:duplicate');
    assert.deepEqual(refused, []);
  });

  it('take over at the end of the lease where nobody can see whether the owner still runs', async function () {
    this.timeout(60_000);
    const db = await connectDatabase(url === undefined ? { file } : { url });
    await db('session_leases').update({ machine: 'another one' });
    await db.destroy();
    const before = loginsOf();
    await a.end('SIGKILL');
    await eventually(async () => assert.deepEqual(await nodesSeenBy(b), [other, other]), {
      timeoutMs: 30_000,
      what: 'the lease to end',
    });
    for (const sessionId of sessionIds) await waitUntilConnected(b, sessionId);
    assert.deepEqual(
      loginsOf(),
      before.map((logins) => logins + 1),
    );
    assert.equal(replaced, 0);
  });

  it('leave the accounts of a frozen one to the other, and what wakes up does no harm', async function () {
    this.timeout(60_000);
    await freeze(a);
    await eventually(async () => assert.deepEqual(await nodesSeenBy(b), [other, other]), {
      timeoutMs: leaseSeconds * 1000 + 20_000,
      what: 'the lease to end',
    });
    for (const sessionId of sessionIds) await waitUntilConnected(b, sessionId);
    const before = loginsOf();
    a.child.kill('SIGCONT');
    const contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    await eventually(async () => assert.deepEqual(await nodesSeenBy(a), [other, other]), { what: 'the frozen one' });
    await post(a, contact, 'still one');
    await eventually(() => simulator.statuses(contact).length === 1, { timeoutMs: 10_000, what: 'the status' });
    await eventually(async () => {
      const answer = await callApi<{ error: string }>(a, 'POST', '/sessions/acc1/start', { expected: 409 });
      assert.ok(answer.error.includes(`"${other}"`), answer.error);
    });
    assert.deepEqual(loginsOf(), before);
    assert.deepEqual(await nodesSeenBy(b), [other, other]);
  });

  it('hand everything over at once on a clean stop', async function () {
    this.timeout(60_000);
    await a.end('SIGTERM');
    await eventually(async () => assert.deepEqual(await nodesSeenBy(b), [other, other]), {
      timeoutMs: 30_000,
      what: 'the other to take over',
    });
    for (const sessionId of sessionIds) await waitUntilConnected(b, sessionId);
    assert.equal(replaced, 0);
  });

  /** Stops it where it does not hold the lock of the SQLite file, with which nobody else could do anything. */
  async function freeze(server: ServerProcess): Promise<void> {
    const db = await connectDatabase(url === undefined ? { file } : { url });
    try {
      await eventually(
        async () => {
          server.child.kill('SIGSTOP');
          const probe = db.transaction(() => Promise.resolve());
          const isFree = await withDeadline(probe, 300, 'The lock').then(
            () => true,
            () => false,
          );
          if (isFree) return;
          server.child.kill('SIGCONT');
          await probe;
          return false;
        },
        { what: 'a moment without the lock' },
      );
    } finally {
      await db.destroy();
    }
  }

  async function post(server: ServerProcess, contact: string, content: string): Promise<void> {
    const body = { type: 'text', content, targetNumbers: [contact] };
    await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', { body, expected: 202 });
  }
});
