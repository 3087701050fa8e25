import path from 'node:path';
import type { AppEvent } from '../../server/contract/events.js';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventBus } from '../../server/events/event-bus.js';
import { KeyedLock } from '../../server/lib/running/keyed-lock.js';
import { createLogger } from '../../server/lib/logger.js';
import type { SessionRecord } from '../../server/sessions/session.js';
import { SessionRunner } from '../../server/sessions/session-runner.js';
import { SessionsStore } from '../../server/sessions/sessions-store.js';
import { StartLimiter } from '../../server/sessions/start-limiter.js';
import type { GatewayEvent } from '../../server/whatsapp/gateway.js';
import { writeMigratedSqlite } from '../support/migrated-sqlite.js';
import { insertSession } from '../support/sample-rows.js';
import { makeTempDir } from '../support/temp-dir.js';
import { account, newWireSide } from './wire-side.js';

export interface Wishes {
  state?: SessionRecord['state'];
  authMethod?: SessionRecord['authMethod'];
  phoneNumber?: string;
  pauses?: { firstMs: number; longestMs: number };
  isLinked?: boolean;
}

export type OpenedRunner = Awaited<ReturnType<typeof openRunner>>;

/** A session and who runs it, over a real database. WhatsApp's side does nothing by itself: `tells` is its word. */
async function openRunner(db: Database, sessionId: string, wishes: Wishes = {}) {
  const { state = 'stopped', authMethod = 'qrcode', phoneNumber = null, isLinked = false } = wishes;
  await insertSession(db, { sessionId });
  const columns = { state, auth_method: authMethod, phone_number: phoneNumber };
  await db('sessions').where({ session_id: sessionId }).update(columns);
  const logger = createLogger({ logLevel: 'silent' });
  const bus = new EventBus(logger);
  const lock = new KeyedLock();
  const store = new SessionsStore(db);
  const told: AppEvent[] = [];
  const { opened, heard, side, gateway, listener } = newWireSide(isLinked);
  bus.subscribe((event) => told.push(event));
  const starts = new StartLimiter({ atOnce: 1, perMinute: 1_000 });
  const runner = new SessionRunner(
    {
      gateway,
      store,
      lock,
      logger,
      bus,
      listener,
      starts,
      node: 'here',
      clock: { now: () => side.now },
      unitOfWork: new UnitOfWork(db, { append: () => Promise.resolve(), publish: (event) => told.push(event) }),
      ownership: { isStillOurs: () => (side.trouble ? Promise.reject(side.trouble) : Promise.resolve(side.isOurs)) },
      pauses: wishes.pauses ?? { firstMs: 1_000_000, longestMs: 100_000_000 },
    },
    ...([sessionId, 'default'] as const),
  );
  const settled = (): Promise<void> => lock.drain();
  return {
    runner,
    opened,
    side,
    told,
    heard,
    starts,
    lock,
    settled,
    /** What is stored, once everything that was told before is handled. */
    record: async (): Promise<SessionRecord> => {
      await settled();
      const record = await store.find(sessionId);
      if (record === undefined) throw new Error('the session is gone');
      return record;
    },
    /** WhatsApp's side says this on the newest connection, or on `on`. */
    tells: async (event: GatewayEvent, on = opened.at(-1)): Promise<void> => {
      on?.listener.onEvent(event);
      await settled();
    },
  };
}

type Open = (wishes?: Wishes) => Promise<OpenedRunner>;

/** Tests of sessions that share a database; each has a session of its own, whose runner is ended after it. */
export function describeRunners(title: string, tests: (how: Record<'open' | 'started' | 'connected', Open>) => void) {
  describe(title, () => {
    const running: SessionRunner[] = [];
    let db: Database;
    let removeFolder: () => Promise<void>;
    let ids = 0;
    before(async () => {
      const { dir, remove } = await makeTempDir();
      removeFolder = remove;
      await writeMigratedSqlite(path.join(dir, 'a.sqlite'));
      db = await connectDatabase({ file: path.join(dir, 'a.sqlite') });
    });
    afterEach(() => Promise.all(running.splice(0).map((runner) => runner.shutDown())));
    after(async () => {
      await db.destroy();
      await removeFolder();
    });
    const open: Open = async (wishes) => {
      const opened = await openRunner(db, `acc${String((ids += 1))}`, wishes);
      running.push(opened.runner);
      return opened;
    };
    const started: Open = async (wishes) => {
      const session = await open(wishes);
      await session.runner.start();
      await session.settled();
      return session;
    };
    const connected: Open = async (wishes) => {
      const session = await started({ isLinked: true, ...wishes });
      await session.tells({ type: 'open', account });
      return session;
    };
    tests({ open, started, connected });
  });
}

export function inMinutes({ side }: OpenedRunner, count: number): Date {
  return new Date(side.now.getTime() + count * 60_000);
}

export function qrOf(session: OpenedRunner): Extract<GatewayEvent, { type: 'qr' }> {
  return { type: 'qr', qr: 'one', expiresAt: inMinutes(session, 1) };
}

export function codeOf(session: OpenedRunner): Extract<GatewayEvent, { type: 'pairing-code' }> {
  const code = { pairingCode: 'ABCD-EFGH', phoneNumber: '4915100000001' };
  return { type: 'pairing-code', ...code, expiresAt: inMinutes(session, 1) };
}

/** Whether somebody is on the way to WhatsApp: one may be at a time. */
export function isBusy({ starts }: OpenedRunner): boolean {
  let isFree = false;
  starts.request(() => (isFree = true)).release();
  return !isFree;
}
