import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { mock } from 'node:test';
import { setImmediate as nextRound } from 'node:timers/promises';
import { newKeyText } from '../../server/access/api-key.js';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { projectRoot } from '../../server/lib/project-root.js';
import { PeriodicTask } from '../../server/lib/running/periodic-task.js';
import { eventually } from '../support/eventually.js';
import { insertSession } from '../support/sample-rows.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;

/** The timers of the server that run, with the lines that set them; also those that keep no process alive. */
class ServerTimers {
  private readonly running = new Map<number, string[]>();
  private readonly hook = createHook({
    init: (id, type) => {
      if (type !== 'Timeout') return;
      const lines = (new Error().stack ?? '').matchAll(/[\\/]server[\\/]([^ ():]+)\.[jt]s:(\d+)/g);
      const from = [...lines].map(([, file = '', line = '']) => `${file.replaceAll('\\', '/')}:${line}`);
      if (from.length > 0) this.running.set(id, from);
    },
    destroy: (id) => void this.running.delete(id),
  });

  watch(): void {
    this.hook.enable();
  }

  /** What set those that still run. */
  async left(): Promise<string[][]> {
    // That a timer ended is told a little later.
    await nextRound();
    return [...this.running.values()];
  }

  end(): void {
    this.hook.disable();
  }
}

/** What works again and again, by the file that makes it. */
const working: readonly (readonly [maker: string, ...names: string[]])[] = [
  ['access/access.feature.ts', 'live connections: of ended keys', 'live connections: of ended sign-ins'],
  ['analytics/analytics.feature.ts', 'adding up older views'],
  ['broadcasts/broadcasts.feature.ts', 'planning: broadcasts'],
  ['clicks/clicks.feature.ts', 'forgetting who clicked'],
  ['events/event-tail.ts', 'events of other processes'],
  [
    'lib/running/forgetting.ts',
    'forgetting what is out of date: broadcasts',
    'forgetting what is out of date: erasures',
    'forgetting what is out of date: events',
    'forgetting what is out of date: files of replies',
    'forgetting what is out of date: idempotency keys',
    'forgetting what is out of date: keys',
    'forgetting what is out of date: posts',
    'forgetting what is out of date: receipts',
    'forgetting what is out of date: replies',
    'forgetting what is out of date: sent messages',
    'forgetting what is out of date: sign-ins',
    'forgetting what is out of date: surplus erasures',
    'forgetting what is out of date: times of schedules',
    'forgetting what is out of date: unfinished erasures',
    'forgetting what is out of date: viewers',
  ],
  [
    'media/media.feature.ts',
    'cleaning up uploads: room that nobody uses',
    'cleaning up uploads: unfinished ones',
    'cleaning up uploads: unused ones',
  ],
  ['posting/posting.feature.ts', 'statuses that another process accepted'],
  ['posting/status-expiry.ts', 'expiry of statuses'],
  ['replies/answers.feature.ts', 'answers that another process accepted'],
  [
    'replies/replies.feature.ts',
    'cleaning up replies: those of unknown statuses',
    'cleaning up replies: the oldest',
    'cleaning up replies: files without a reply',
  ],
  ['replies/reply-files.feature.ts', 'files of replies that are due'],
  ['replies/reply-files.feature.ts', 'files of replies: those that nobody fetched'],
  ['scheduling/scheduling.feature.ts', 'planned statuses'],
  ['scheduling/scheduling.feature.ts', 'planning: schedules'],
  ['sessions/ownership.ts', 'session leases'],
  ['sessions/running-sessions.ts', 'taking sessions over'],
];

/** Files of the server that make such things, once for each. */
function makersOfPeriodicTasks(): string[] {
  const folder = path.join(projectRoot(), 'server');
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return files
    .filter((file) => file.endsWith('.ts') && !['periodic-task.ts', 'sweeping.ts'].includes(path.basename(file)))
    .flatMap((file) => {
      const made = readFileSync(path.join(folder, file), 'utf8').match(/new PeriodicTasks?\(|\bsweeping\(/g) ?? [];
      return made.map(() => file.replaceAll('\\', '/'));
    });
}

describe('the parts of a server', function () {
  this.timeout(60_000);

  it('that work again and again begin with it, and nothing of them is left when it has stopped', async () => {
    assert.deepEqual(
      makersOfPeriodicTasks().toSorted(),
      working.map(([maker]) => maker),
    );
    const timers = new ServerTimers();
    timers.watch();
    const begun: string[] = [];
    const { start } = PeriodicTask.prototype;
    const watched = mock.method(PeriodicTask.prototype, 'start', function (this: PeriodicTask) {
      begun.push(this.name);
      start.call(this);
    });
    try {
      const server = await startTestServer({ env: { RATE_LIMIT_MAX: '5' } });
      // What is counted and kept for callers has timers of its own.
      await server.anonymous.get('/api/sessions').set('x-api-key', 'wrong').expect(401);
      const repeatable = server.request.post('/api/organizations').set('idempotency-key', 'once');
      await repeatable.send({ id: 'acme', name: 'Acme' }).expect(201);
      const running = await timers.left();
      assert.deepEqual(begun.toSorted(), working.flatMap(([, ...names]) => names).toSorted());
      assert.ok(
        running.some(([first]) => first?.startsWith('db/database-watch:') === true),
        'nobody looks after the database',
      );
      await server.stop();
      // What waits for one answer, or one turn, ends by itself within seconds.
      await eventually(async () => assert.deepEqual(await timers.left(), []), { timeoutMs: 15_000 });
    } finally {
      watched.mock.restore();
      timers.end();
    }
  });

  describe('that forget', () => {
    let server: TestServer;
    let db: Database;
    /** What is done every hour. */
    const hourly: (() => void)[] = [];

    before(async () => {
      const { setInterval: begin } = globalThis;
      const watched = mock.method(globalThis, 'setInterval', (work: () => void, everyMs: number) => {
        if (everyMs === hourMs) hourly.push(work);
        return begin(work, everyMs);
      });
      try {
        server = await startTestServer();
      } finally {
        watched.mock.restore();
      }
      db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    });
    after(async () => {
      await db.destroy();
      await server.stop();
    });

    it('do so every hour, with everything that gets old', async () => {
      const long = Date.now() - 400 * dayMs;
      await insertSession(db, { sessionId: 'acc1' });
      const event = { session_id: 'acc1', organization_id: 'default', name: 'session-created', payload: '{}' };
      await db('events').insert({ ...event, id: 'old', created_at: long });
      await db('idempotency_keys').insert({ scope: 'one', key: 'old', body_hash: 'hash', created_at: long });
      const receipt = { organization_id: 'default', session_id: 'acc1', message_id: 'm', kind: 'view', at: long };
      await db('pending_receipts').insert({ ...receipt, id: 'old', created_at: long });
      const ended = { expires_at: long, idle_ms: 1, idle_until: long, created_at: long };
      await db('sign_ins').insert({ ...ended, id: 'old', hash: randomBytes(8).toString('hex'), owner: 'root' });
      const key = { id: 'old', organization_id: 'default', kind: 'admin', name: 'old', hash: newKeyText('admin') };
      const may = { prefix: 'a', capabilities: '["read"]', created_at: long, expires_at: long, created_by: 'root' };
      await db('api_keys').insert({ ...key, ...may });
      const reception = { organization_id: 'default', principal_id: 'root', node: 'gone', kind: 'image', bytes: 1 };
      const coming = { ...reception, state: 'receiving', created_by: 'root', created_at: long, expires_at: long };
      await db('incoming_uploads').insert({
        ...coming,
        id: 'old',
        is_resumable: false,
        received_bytes: 0,
        attempts: 0,
      });
      await db('sent_messages').insert({ session_id: 'acc1', message_id: 'old', value: '', expires_at: long });
      for (const work of hourly) work();
      await eventually(async () => assert.deepEqual(await db('sent_messages').pluck('message_id'), []), {
        what: 'sent messages to be forgotten',
        timeoutMs: 10_000,
      });
      const tables = ['events', 'idempotency_keys', 'pending_receipts', 'sign_ins', 'api_keys', 'incoming_uploads'];
      for (const table of tables) {
        await eventually(async () => ((await db(table).where({ created_at: long })) as unknown[]).length === 0, {
          what: `${table} to be forgotten`,
          timeoutMs: 10_000,
        });
      }
    });
  });
});
