import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { rootPrincipal } from '../../server/access/principal.js';
import type { Database } from '../../server/db/database.js';
import { InsertedRows } from '../access/inserted-rows.js';
import { openErasing } from '../privacy/open-erasing.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { eventually } from '../support/eventually.js';
import { insertSession } from '../support/sample-rows.js';
import { makeTempDir } from '../support/temp-dir.js';
import { anna, reply, start } from './open-replies.js';

describeOnEveryDatabase('the file of a reply', (open) => {
  let db: Database;
  let temp: Awaited<ReturnType<typeof makeTempDir>>;
  let parts: ReturnType<typeof openErasing>;
  let gone: string;
  let other: string;

  beforeEach(async () => {
    db = await open();
    temp = await makeTempDir();
    parts = openErasing(db, { now: () => start }, temp.dir);
    await insertSession(db, { sessionId: 'acc1' });
    const rows = new InsertedRows(db);
    for (const id of ['S1', 'S2']) {
      await rows.status(id, { sessionId: 'acc1', organizationId: 'default' }, { state: 'sent' });
      await db('statuses')
        .where({ id })
        .update({ message_id: `3EB0${id}`, sent_at: 1 });
    }
    await parts.recorder.record('acc1', [
      reply('A', { kind: 'image' }),
      reply('B', { kind: 'image', from: '491700000002', statusMessageId: '3EB0S2' }),
    ]);
    await db('replies').update({ file_state: 'kept' });
    const idOf = async (message_id: string) =>
      (await db('replies').where({ message_id }).pluck<string[]>('id'))[0] ?? '';
    [gone, other] = [await idOf('A'), await idOf('B')];
    await mkdir(path.join(temp.dir, '.replies'));
    for (const id of [gone, other]) await writeFile(path.join(temp.dir, '.replies', id), 'a picture');
  });
  afterEach(async () => {
    await parts.viewers.stop();
    await temp.remove();
  });

  for (const [when, work] of [
    [
      'when its sender takes the reply back',
      () => {
        const person = { phoneNumber: anna, lid: null };
        return parts.recorder.record('acc1', [{ messageId: 'A', person, at: start, change: 'taken_back' }]);
      },
    ],
    ['with its reply', () => parts.replies.delete('acc1', gone)],
    [
      'when its sender is erased',
      () => parts.erasing.erase(rootPrincipal, { phoneNumber: anna, lid: null }, { optOut: 'false', force: 'false' }),
    ],
    ['with its status', () => parts.unitOfWork.run((tx) => parts.replies.forgetOf(tx, 'S1', 10))],
  ] as const) {
    it(`goes ${when}, and no other`, async () => {
      await work();
      await eventually(async () => assert.deepEqual(await readdir(path.join(temp.dir, '.replies')), [other]));
    });
  }
});
