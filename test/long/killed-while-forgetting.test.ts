import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Erasure } from '../../server/contract/erasures.js';
import { connectDatabase, type Database, type DatabaseAddress } from '../../server/db/database.js';
import { describeOnEveryEngine } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { callApi } from '../support/link-account.js';
import { randomFrom, seedOfRun } from '../support/random-from.js';
import { insertSession } from '../support/sample-rows.js';
import { ServerProcess } from '../support/server-process.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import {
  countsOf,
  dayMs,
  insertKnown,
  insertPeople,
  insertPosts,
  insertViewed,
  replyFiles,
  tablesWith,
} from './rows-to-forget.js';

const rounds = Number(process.env['KILLS'] ?? 8);
const seed = seedOfRun();
const waitMs = 120_000;

describeOnEveryEngine(
  `a server that is killed while it forgets, ${String(rounds)} times (seed ${String(seed)})`,
  (newAddress, engine) => {
    let simulator: TestSimulator;
    let folder: { dir: string; remove: () => Promise<void> };
    let address: DatabaseAddress;
    let server: ServerProcess;
    let random: () => number;

    beforeEach(async function () {
      this.timeout(waitMs);
      random = randomFrom(seed);
      simulator = await startTestSimulator();
      folder = await makeTempDir();
      address = engine === 'sqlite' ? { file: path.join(folder.dir, 'data', 'statuscast.sqlite') } : await newAddress();
      // It makes the tables.
      server = await start();
      await server.end('SIGTERM');
      await withDatabase((db) => insertSession(db, { sessionId: 'acc1' }));
    });
    afterEach(async () => {
      await server.end();
      await simulator.stop();
      await folder.remove();
    });

    const start = (env = {}) => {
      const at = { simulator, dir: folder.dir, env };
      return ServerProcess.start(engine === 'sqlite' ? at : { ...at, database: address });
    };
    async function withDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> {
      const db = await connectDatabase(address);
      try {
        return await work(db);
      } finally {
        await db.destroy();
      }
    }
    const newestErasure = async (): Promise<Erasure | undefined> =>
      (await callApi<{ data: Erasure[] }>(server, 'GET', '/erasures?limit=1')).data[0];
    const filesOfReplies = async (): Promise<string[]> =>
      (await readdir(replyFiles(folder.dir), { withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map(({ name }) => name);

    it('has erased all of somebody in the end, counts once what went, and leaves the counts of posts', async function () {
      this.timeout(60 * 60_000);
      const postIds = await withDatabase(async (db) => {
        const ids = await insertPosts(db, 'post', 2_000, Date.now() - dayMs);
        await insertViewed(db, ids, await insertPeople(db, 'other', 1));
        return ids;
      });
      const wentAtKill: number[] = [];
      let usualMs = 0;
      for (let round = 0; round <= rounds; round += 1) {
        const digits = String(1_000 + round);
        const who = { id: `known-${digits}`, number: `49170555${digits}`, lid: `77700${digits}` };
        const went = await withDatabase((db) => insertKnown(db, folder.dir, postIds, who));
        const counts = await withDatabase(countsOf);
        server = await start();
        const before = (await newestErasure())?.id;
        const began = performance.now();
        const asked = callApi(server, 'DELETE', `/people/${who.number}`).catch(() => undefined);
        if (round === 0) {
          await asked;
          usualMs = performance.now() - began;
        } else {
          // The moment itself is what is tried out here, so it cannot be waited for.
          await pause(random() * usualMs);
          await server.end('SIGKILL');
          await asked;
          server = await start();
          const { went: sofar } = (await newestErasure()) ?? {};
          wentAtKill.push(Object.values(sofar ?? {}).reduce((sum, rows) => sum + rows, 0));
          // The rest, with which it begins a second after the start, is cut short as well.
          await pause(1_000 + random() * usualMs);
          await server.end('SIGKILL');
          server = await start();
        }
        // Nobody has heard of what was killed before it was written down.
        if ((await newestErasure())?.id === before) await callApi(server, 'DELETE', `/people/${who.number}`);
        await eventually(async () => assert.notEqual((await newestErasure())?.finishedAt, null), {
          timeoutMs: waitMs,
          what: 'the end of the erasure',
        });
        assert.deepEqual((await newestErasure())?.went, went, `round ${String(round)}`);
        await eventually(async () => assert.deepEqual(await filesOfReplies(), []), {
          timeoutMs: waitMs,
          what: 'the files of the replies to be gone',
        });
        await server.end('SIGTERM');
        await withDatabase(async (db) => {
          assert.deepEqual(await tablesWith(db, [who.id, who.number, who.lid]), [], `round ${String(round)}`);
          assert.deepEqual(await countsOf(db), counts, `round ${String(round)}`);
        });
      }
      process.stderr.write(
        `${engine}: an erasure of ${String(Math.round(usualMs))} ms; rows that had gone after a kill: ${wentAtKill.join(', ')}\n`,
      );
    });

    it('has forgotten all that is old in the end, and nothing else, and leaves the counts of posts', async function () {
      this.timeout(60 * 60_000);
      const now = Date.now();
      const keep = { KEEP_VIEWERS_DAYS: '400', KEEP_POSTS_DAYS: '1000' };
      const left = (db: Database) =>
        db('views')
          .join('statuses', 'statuses.id', 'views.status_id')
          .distinct('status_id')
          .pluck<string[]>('status_id');
      const { young, gone } = await withDatabase(async (db) => {
        const people = await insertPeople(db, 'person', 400);
        const ids = {
          young: await insertPosts(db, 'young', 5, now - 399 * dayMs),
          old: await insertPosts(db, 'old', 40, now - 401 * dayMs),
          gone: await insertPosts(db, 'gone', 40, now - 1_001 * dayMs),
        };
        for (const some of Object.values(ids)) await insertViewed(db, some, people);
        return ids;
      });
      const counts = (await withDatabase(countsOf)) as { id: string }[];
      const leftAtKill: number[] = [];
      for (let kill = 0; kill < rounds; kill += 1) {
        server = await start(keep);
        // It begins a second after the start, and takes some seconds in all.
        await pause(1_000 + (random() * 8_000) / rounds);
        await server.end('SIGKILL');
        leftAtKill.push((await withDatabase((db) => db('views').pluck('person_id'))).length);
      }
      server = await start(keep);
      await eventually(async () => assert.deepEqual((await withDatabase(left)).toSorted(), young), {
        timeoutMs: waitMs,
        what: 'what is old to be forgotten',
      });
      await eventually(
        async () => assert.equal(await withDatabase(async (db) => (await db('statuses')).length), counts.length - 40),
        { timeoutMs: waitMs, what: 'the oldest posts to be forgotten' },
      );
      await server.end('SIGTERM');
      await withDatabase(async (db) => {
        const stay = counts.filter(({ id }) => !gone.includes(id));
        assert.deepEqual(await countsOf(db), stay);
        const recipients = await db('status_recipients').distinct('status_id').pluck<string[]>('status_id');
        assert.deepEqual(recipients.toSorted(), young);
        assert.equal((await db('people')).length, 400);
      });
      process.stderr.write(`${engine}: views that were left after each kill: ${leftAtKill.join(', ')}\n`);
    });
  },
);
