import assert from 'node:assert/strict';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import { connectDatabase, type Database, type DatabaseAddress } from '../../server/db/database.js';
import { describeOnEveryEngine } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { callApi, linkAccount, postAndWait, waitUntilConnected } from '../support/link-account.js';
import { randomFrom, seedOfRun } from '../support/random-from.js';
import { ServerProcess } from '../support/server-process.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';

const rounds = Number(process.env['KILLS'] ?? 50);
const viewers = Number(process.env['VIEWERS'] ?? 10_000);
const likers = Math.floor(viewers / 50);
/** Each of them answers once, besides having viewed. */
const writers = Math.floor(viewers / 50);
const seed = seedOfRun();
const waitMs = 120_000;

/** What a status has by a count of its rows. */
interface Stored {
  viewed: Set<string>;
  reacted: Set<string>;
  replied: Set<string>;
  /** One for each message. */
  replies: number;
}

describeOnEveryEngine(
  `a burst of ${String(viewers)} views whose server is killed, ${String(rounds)} times (seed ${String(seed)})`,
  (newAddress, engine) => {
    let simulator: TestSimulator;
    let folder: { dir: string; remove: () => Promise<void> };
    let address: DatabaseAddress;
    let server: ServerProcess;

    before(async () => {
      simulator = await startTestSimulator({ settings: { deliveryReceipts: false } });
      folder = await makeTempDir();
      address = engine === 'sqlite' ? { file: path.join(folder.dir, 'data', 'statuscast.sqlite') } : await newAddress();
    });
    after(async () => {
      await server.end();
      await simulator.stop();
      await folder.remove();
    });

    const start = () => {
      const env = { STATUS_CHUNK_PAUSE_MS: '0' };
      const at = { simulator, dir: folder.dir, env };
      return ServerProcess.start(engine === 'sqlite' ? at : { ...at, database: address });
    };
    const statusOf = async ({ id }: Status) =>
      (await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${id}`)).data;

    async function withDatabase<T>(work: (db: Database) => Promise<T>): Promise<T> {
      const db = await connectDatabase(address);
      try {
        return await work(db);
      } finally {
        await db.destroy();
      }
    }
    const stored = ({ id }: Status): Promise<Stored> =>
      withDatabase(async (db) => {
        const of = (column: string) =>
          db('views')
            .join('people', 'people.id', 'views.person_id')
            .where('views.status_id', id)
            .whereNotNull(column)
            .pluck<string[]>('people.phone_number');
        const replies = await db('replies')
          .join('people', 'people.id', 'replies.person_id')
          .where('replies.status_id', id)
          .pluck<string[]>('people.phone_number');
        return {
          viewed: new Set(await of('views.viewed_at')),
          reacted: new Set(await of('views.reaction')),
          replied: new Set(replies),
          replies: replies.length,
        };
      });

    /** What the sums that are kept beside the rows say of a status, and of everybody's views of all. */
    const sums = ({ id }: Status) =>
      withDatabase(async (db) => {
        const quarters = db('status_activity').where({ status_id: id });
        const summed = { viewed: 'viewed', reacted: 'reacted', replied: 'replied' };
        const [ofStatus] = await quarters.sum(summed);
        const [ofViewers] = await db('viewer_totals').sum(summed);
        return { ofStatus: numbersOf(ofStatus), ofViewers: numbersOf(ofViewers) };
      });

    it('has everything that WhatsApp was told it has, and counts each of them once', async function () {
      this.timeout(3 * 60 * 60_000);
      const random = randomFrom(seed);
      server = await start();
      const own = await linkAccount(server, simulator);
      const contacts = simulator.addContacts({ count: viewers - likers - writers, watched: false });
      const liking = simulator.addContacts(likers);
      const writing = simulator.addContacts(writers);
      const everybody = [...contacts, ...liking, ...writing];
      const targetNumbers = everybody.map(({ phoneNumber }) => phoneNumber);
      const numberOf = new Map(everybody.map(({ phoneNumber, lid }) => [lid, phoneNumber]));
      const burst = ({ messageId }: Status): void => {
        for (const { phoneNumber } of liking) simulator.like(phoneNumber, messageId);
        for (const { phoneNumber } of writing) simulator.reply(phoneNumber, messageId, 'How much is it?');
        assert.equal(simulator.spreadViews(messageId, { curve: 'burst' }), viewers);
      };
      /** Whose receipts, reactions or replies wait at WhatsApp for this device to take them. */
      const untaken = (kind: 'receipt' | 'reaction' | 'reply'): Set<string> => {
        const nodes = simulator.controls.linking.devices(own.phoneNumber).flatMap(({ outbox }) => outbox.pending());
        const senders = nodes.flatMap(({ tag, attrs: { participant, from } }) => {
          if (kind === 'reply') return tag === 'message' && from !== 'status@broadcast' ? (from ?? []) : [];
          return tag === (kind === 'receipt' ? 'receipt' : 'message') ? (participant ?? []) : [];
        });
        return new Set(senders.map((jid) => jid.split(/[:@]/)[0] ?? '').map((user) => numberOf.get(user) ?? user));
      };
      const untilAllIn = (status: Status) =>
        eventually(
          async () => {
            const { viewed, reacted, replied } = (await statusOf(status)).counts;
            assert.deepEqual({ viewed, reacted, replied }, { viewed: viewers, reacted: likers, replied: writers });
          },
          { timeoutMs: waitMs, what: 'all views, likes and replies' },
        );
      const post = async (content: string): Promise<Status> => {
        const status = await postAndWait(server, { type: 'text', content, targetNumbers }, { waitSeconds: 120 });
        assert.equal(status.state, 'sent');
        await simulator.drain();
        return status;
      };

      const first = await post('first');
      const began = performance.now();
      burst(first);
      await untilAllIn(first);
      const durationMs = performance.now() - began;
      const storedAtKill: number[] = [];
      for (let round = 0; round < rounds; round += 1) {
        const status = await post(`round ${String(round)}`);
        burst(status);
        // The moment itself is what is tried out here, so it cannot be waited for.
        await pause(random() * durationMs);
        await server.end('SIGKILL');
        await eventually(() => assert.equal(simulator.controls.stories.holdersOf(status.messageId).length, 0), {
          timeoutMs: waitMs,
          what: 'everybody to have viewed it',
        });

        const then = await stored(status);
        const lost = (
          [
            ['receipt', everybody, then.viewed],
            ['reaction', liking, then.reacted],
            ['reply', writing, then.replied],
          ] as const
        ).flatMap(([kind, who, has]) => {
          const waiting = untaken(kind);
          return who.flatMap(({ phoneNumber }) =>
            waiting.has(phoneNumber) || has.has(phoneNumber) ? [] : `${kind} of ${phoneNumber}`,
          );
        });
        assert.deepEqual(lost, [], `round ${String(round)}: WhatsApp was told that we have these`);
        storedAtKill.push(then.viewed.size);

        server = await start();
        await waitUntilConnected(server, 'acc1');
        await untilAllIn(status);
        const now = await stored(status);
        assert.deepEqual(
          [now.viewed.size, now.reacted.size, now.replied.size, now.replies],
          [viewers, likers, writers, writers],
          `round ${String(round)}`,
        );
        const posts = round + 2;
        const expected = {
          ofStatus: { viewed: viewers, reacted: likers, replied: writers },
          ofViewers: { viewed: viewers * posts, reacted: likers * posts, replied: writers * posts },
        };
        assert.deepEqual(await sums(status), expected, `round ${String(round)}`);
      }
      const cut = storedAtKill.filter((count) => count > 0 && count < viewers).length;
      process.stderr.write(
        `${engine}: killed ${String(rounds)} times, ${String(cut)} of them between the first and the last view; ` +
          `stored by then: ${storedAtKill.join(', ')}\n`,
      );
    });
  },
);

function numbersOf(row: Record<string, unknown> | undefined): { viewed: number; reacted: number; replied: number } {
  return { viewed: Number(row?.['viewed']), reacted: Number(row?.['reacted']), replied: Number(row?.['replied']) };
}
