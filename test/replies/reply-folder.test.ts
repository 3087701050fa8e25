import assert from 'node:assert/strict';
import { readdir, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Database } from '../../server/db/database.js';
import { createLogger } from '../../server/lib/logger.js';
import { RepliesStore } from '../../server/replies/replies-store.js';
import { ReplyFolder } from '../../server/replies/reply-folder.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/insert-session.js';
import { insertSentStatus, SetClock } from '../support/open-services.js';
import { makeTempDir } from '../support/temp-dir.js';
import { openReplies, reply, start } from './open-replies.js';

const hourMs = 60 * 60_000;
const strange = ['01J00000000000000000000001', '01J00000000000000000000002'] as const;

describeOnEveryDatabase('files of replies without a record', (open) => {
  let db: Database;
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  beforeEach(async () => {
    db = await open();
    temp = await makeTempDir();
  });
  afterEach(() => temp.remove());

  it('go after an hour, and those that are kept or on their way stay', async () => {
    await insertSession(db, 'acc1');
    const opened = openReplies(db, new SetClock(start));
    await insertSentStatus(opened, 'S1');
    await opened.record(...['kept', 'fetching', 'missing'].map((name) => reply(name, { kind: 'image' })));
    await db('replies').update({ file_state: db.raw('message_id') });
    const idOf = async (message_id: string) =>
      (await db('replies').where({ message_id }).pluck<string[]>('id'))[0] ?? '';
    const [kept, fetching, missing] = [await idOf('kept'), await idOf('fetching'), await idOf('missing')];
    const folder = new ReplyFolder(temp.dir, 'one', createLogger({ logLevel: 'silent' }));
    await folder.open();
    const write = async (id: string, ageMs: number): Promise<void> => {
      const at = new Date(start.getTime() - ageMs);
      await writeFile(folder.pathOf(id), 'x');
      await utimes(folder.pathOf(id), at, at);
    };
    for (const id of [kept, fetching, missing, strange[0]]) await write(id, 2 * hourMs);
    await write(strange[1], hourMs / 2);
    const store = new RepliesStore(db);
    await folder.sweep((ids) => store.withFiles(ids), start.getTime());
    const left = (await readdir(path.join(temp.dir, '.replies'))).filter((name) => name !== '.incoming');
    assert.deepEqual(left.sort(), [kept, fetching, strange[1]].sort());
    await opened.viewers.stop();
  });
});
