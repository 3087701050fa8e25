import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { Reply } from '../../server/contract/inbox/replies.js';
import type { Database } from '../../server/db/database.js';
import { createLogger } from '../../server/lib/logger.js';
import { RepliesStore } from '../../server/replies/replies-store.js';
import { ReplyFileQueue } from '../../server/replies/reply-file-queue.js';
import { ReplyFilesService } from '../../server/replies/reply-files-service.js';
import { ReplyFolder } from '../../server/replies/reply-folder.js';
import type { FileOutcome, FileTarget, ReplyFile } from '../../server/whatsapp/gateway.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/insert-session.js';
import { insertSentStatus, SetClock } from '../support/open-services.js';
import { makeTempDir } from '../support/temp-dir.js';
import { openReplies, type OpenReplies, reply, start } from './open-replies.js';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const maxBytes = 100;

const file: ReplyFile = {
  directPath: '/v/1.enc',
  mediaKey: Buffer.alloc(32, 1),
  keysOf: 'image',
  fileSha256: Buffer.alloc(32, 2),
  fileEncSha256: null,
  sizeBytes: 10,
  mimeType: 'image/jpeg',
  filename: null,
  width: 4,
  height: 3,
  durationMs: null,
};
const lost: FileOutcome = { result: 'not_fetched', because: 'unreachable', reason: 'closed', connectionLost: true };
const notGiven = (because: 'gone' | 'damaged' | 'too_large' | 'unreachable'): FileOutcome => ({
  result: 'not_fetched',
  because,
  reason: 'tested',
  connectionLost: false,
});

describeOnEveryDatabase('fetching files of replies', (open) => {
  let db: Database;
  let clock: SetClock;
  let opened: OpenReplies;
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  let folder: ReplyFolder;
  let files: ReplyFilesService;
  let queue: ReplyFileQueue;
  let isOurs: boolean;
  let freeBytes: number;
  /** What WhatsApp does, one attempt after the other; the last one stays. */
  let gives: ((target: FileTarget, source: ReplyFile) => Promise<FileOutcome> | FileOutcome)[];
  let isConnected: boolean;
  let attempts: number;

  beforeEach(async () => {
    db = await open();
    clock = new SetClock(start);
    opened = openReplies(db, clock);
    temp = await makeTempDir();
    const logger = createLogger({ logLevel: 'silent' });
    folder = new ReplyFolder(temp.dir, 'one', logger);
    await folder.open();
    [isOurs, freeBytes, isConnected, attempts, gives] = [true, Infinity, true, 0, [whole('bread')]];
    files = new ReplyFilesService({
      store: new RepliesStore(db),
      replies: opened.replies,
      folder,
      isOurs: () => Promise.resolve(isOurs),
      wake: (sessionId) => queue.wake(sessionId),
      limits: { maxBytes, organizationBytes: 150 },
      freeBytes: () => Promise.resolve(freeBytes),
      unitOfWork: opened.unitOfWork,
      clock,
    });
    const fetchFile = async (source: ReplyFile, target: FileTarget): Promise<FileOutcome> => {
      attempts += 1;
      const next = gives.length > 1 ? gives.shift() : gives[0];
      return (await next?.(target, source)) ?? lost;
    };
    const connectionOf = () => (isConnected ? { fetchFile } : undefined);
    queue = new ReplyFileQueue({ files, connectionOf, bus: opened.bus, logger });
    opened.recorder.fileAwaited.add((sessionId) => queue.wake(sessionId));
    await insertSession(db, 'acc1');
    await insertSentStatus(opened, 'S1');
    await queue.start();
  });
  afterEach(async () => {
    await queue.stop();
    await opened.viewers.stop();
    await temp.remove();
  });

  const whole =
    (text: string) =>
    async ({ path }: FileTarget): Promise<FileOutcome> => {
      await writeFile(path, text);
      return { result: 'fetched', sizeBytes: text.length };
    };
  const picture = (messageId: string, of: Partial<ReplyFile> = {}, statusMessageId = '3EB0S1') =>
    reply(messageId, { kind: 'image', text: messageId, file: { ...file, ...of }, statusMessageId });
  async function comes(...some: ReturnType<typeof picture>[]): Promise<void> {
    await opened.record(...some);
    await queue.drain();
  }
  async function find(messageId: string): Promise<Reply> {
    return (await opened.list({ search: messageId })).items[0] ?? assert.fail(messageId);
  }
  const stateOf = async (messageId: string): Promise<string> => {
    const found = (await find(messageId)).file;
    return [found?.state, ...(found?.reason ? [found.reason] : [])].join(' ');
  };
  const stored = async () => (await readdir(temp.dir + '/.replies')).filter((name) => !name.startsWith('.'));
  async function later(ms: number): Promise<void> {
    clock.advance(ms);
    await queue.takeUp();
    await queue.drain();
  }
  const retry = async (messageId: string) => {
    const again = await files.retry('acc1', (await find(messageId)).id);
    await queue.drain();
    return again;
  };

  it('keeps what comes, forgets its key and tells of it', async () => {
    await comes(picture('A'));
    const { id, file: kept } = await find('A');
    assert.deepEqual([kept?.state, kept?.bytes, kept?.width], ['kept', 5, 4]);
    const { path, mimeType } = await opened.replies.open('acc1', id);
    assert.deepEqual([path.endsWith(id), mimeType], [true, 'image/jpeg']);
    assert.equal(await readFile(folder.pathOf(id), 'utf8'), 'bread');
    assert.deepEqual(opened.updated(), [id]);
    const [row] = (await db('replies').select('*')) as Record<string, unknown>[];
    assert.deepEqual([row?.['file_source'], row?.['file_due_at']], [null, null]);
  });

  it('hands over what the message said, and how much there is room for', async () => {
    gives = [
      (target, source) => {
        assert.deepEqual({ ...source, mediaKey: Buffer.from(source.mediaKey) }, file);
        assert.equal(target.maxBytes, freeBytes);
        return notGiven('gone');
      },
    ];
    freeBytes = 60;
    await comes(picture('A'));
    assert.equal(await stateOf('A'), 'missing gone');
  });

  it('tries again after pauses that grow, for days, and then says so', async () => {
    gives = [() => notGiven('unreachable')];
    await comes(picture('A'));
    assert.equal(await stateOf('A'), 'fetching unreachable');
    for (const [pauseMs, expected] of [
      [14_999, 1],
      [1, 2],
      [29_999, 2],
      [1, 3],
    ] as const) {
      await later(pauseMs);
      assert.equal(attempts, expected);
    }
    for (let nth = 0; nth < 16; nth += 1) await later(6 * hourMs);
    assert.deepEqual([attempts, await stateOf('A')], [19, 'fetching unreachable']);
    await later(6 * hourMs);
    assert.equal(await stateOf('A'), 'missing unreachable');
    await later(30 * dayMs);
    assert.equal(attempts, 20);
    gives = [whole('bread')];
    assert.equal((await retry('A')).file?.state, 'fetching');
    assert.equal(await stateOf('A'), 'kept');
  });

  it('that a process began and never ended is tried again by the next one', async () => {
    isConnected = false;
    await comes(picture('A'));
    const claimed = (await files.claim('acc1')) ?? assert.fail();
    isConnected = true;
    await later(14_999);
    assert.equal(attempts, 0);
    await later(1);
    assert.equal(await stateOf('A'), 'kept');
    // The first one wakes up late.
    const late = { fetchFile: () => Promise.resolve(notGiven('gone')) };
    await files.fetch(late, claimed, new AbortController().signal);
    assert.equal(await stateOf('A'), 'kept');
  });

  it('that ends with the connection, or the process, is due at once, and does not count', async () => {
    gives = [() => lost];
    await comes(picture('A'));
    assert.equal(await stateOf('A'), 'fetching');
    await later(0);
    assert.deepEqual([attempts, await db('replies').pluck('file_tries')], [2, [0]]);
    gives = [whole('bread')];
    await later(0);
    assert.equal(await stateOf('A'), 'kept');
    let begun = (): void => undefined;
    const isBegun = new Promise<void>((resolve) => (begun = resolve));
    gives = [
      ({ signal }) =>
        new Promise((resolve) => {
          signal.addEventListener('abort', () => resolve(lost));
          begun();
        }),
    ];
    await opened.record(picture('B'));
    await isBegun;
    await queue.stop();
    assert.deepEqual([await stateOf('B'), await files.sessionsWithWork()], ['fetching', ['acc1']]);
  });

  it('waits for the connection, and takes one after the other then', async () => {
    isConnected = false;
    await comes(picture('A'), picture('B'), picture('C'));
    assert.equal(attempts, 0);
    isConnected = true;
    let [now, most] = [0, 0];
    gives = [
      async (target) => {
        most = Math.max(most, (now += 1));
        const outcome = await whole('bread')(target);
        now -= 1;
        return outcome;
      },
    ];
    queue.wake('acc1');
    queue.wake('acc1');
    await queue.drain();
    assert.deepEqual([attempts, most], [3, 1]);
  });

  it('keeps nothing of what is taken back, or deleted, while it comes', async () => {
    const sender = reply('A').person;
    for (const [name, end] of [
      ['A', () => opened.record({ messageId: 'A', person: sender, at: start, change: 'taken_back' })],
      ['B', async () => opened.replies.delete('acc1', (await find('B')).id)],
    ] as const) {
      gives = [
        async (target) => {
          await end();
          return whole('bread')(target);
        },
      ];
      await comes(picture(name));
    }
    assert.deepEqual([attempts, await stored(), await readdir(`${temp.dir}/.replies/.incoming/b25l`)], [2, [], []]);
  });

  it('takes nothing up, and writes nothing down, for a session that is another process’s', async () => {
    isOurs = false;
    await comes(picture('A'));
    assert.equal(attempts, 0);
    isOurs = true;
    gives = [
      async (target) => {
        isOurs = false;
        return whole('bread')(target);
      },
    ];
    await later(0);
    assert.deepEqual([attempts, await stateOf('A'), await stored()], [1, 'fetching', []]);
  });

  it('of replies to a status that is not known wait for it', async () => {
    await comes(picture('A', {}, '3EB0S2'));
    await later(dayMs);
    assert.equal(attempts, 0);
    const status = await insertSentStatus(opened, 'S2');
    await opened.unitOfWork.run((tx) => opened.recorder.adoptPending(tx, status));
    await queue.drain();
    assert.equal(await stateOf('A'), 'kept');
  });

  it('have room together in their organization, and wait when there is none', async () => {
    gives = [whole('x'.repeat(80))];
    await comes(picture('A'));
    // It says that it is small, and is not; what the organization has was asked when there was still room.
    gives = [
      async (target) => {
        await db('replies').where({ text: 'A' }).update({ bytes: 120 });
        return whole('x'.repeat(60))(target);
      },
    ];
    await comes(picture('B'));
    assert.deepEqual([await stateOf('B'), (await stored()).length], ['fetching no_room', 1]);
    gives = [() => notGiven('too_large')];
    await later(15_000);
    assert.equal(await stateOf('B'), 'fetching no_room');
    await comes(picture('C', { sizeBytes: 31 }));
    assert.deepEqual([attempts, await stateOf('C')], [3, 'fetching no_room']);
    await opened.replies.delete('acc1', (await find('A')).id);
    gives = [whole('bread')];
    await later(dayMs);
    assert.deepEqual([await stateOf('B'), await stateOf('C')], ['kept', 'kept']);
    freeBytes = -5;
    await comes(picture('D'));
    assert.equal(await stateOf('D'), 'fetching no_room');
  });

  it('that are too large are missing, until the limit is another one and somebody asks', async () => {
    await comes(picture('A', { sizeBytes: 65 * 1024 * 1024 }));
    assert.deepEqual([attempts, await stateOf('A')], [0, 'missing too_large']);
    gives = [() => notGiven('too_large')];
    await comes(picture('B'));
    assert.equal(await stateOf('B'), 'missing too_large');
    gives = [whole('bread')];
    await retry('B');
    assert.equal(await stateOf('B'), 'kept');
  });

  it('that can never be fetched say why when somebody asks', async () => {
    gives = [() => notGiven('damaged')];
    await comes(picture('A'), reply('T', { text: 'T' }), { ...picture('V'), isViewOnce: true });
    await assert.rejects(retry('A'), /not what the message says/);
    await assert.rejects(retry('V'), /seen once/);
    await assert.rejects(retry('T'), { code: 'not_found' });
    assert.equal(attempts, 1);
  });

  it('are given up when the account was not connected for two weeks', async () => {
    isConnected = false;
    await comes(picture('A'));
    clock.advance(14 * dayMs);
    await files.giveUpOld();
    assert.equal(await stateOf('A'), 'fetching');
    clock.advance(1);
    await files.giveUpOld();
    assert.deepEqual([await stateOf('A'), opened.updated()], ['missing unreachable', [(await find('A')).id]]);
    isConnected = true;
    await retry('A');
    assert.equal(await stateOf('A'), 'kept');
  });
});
