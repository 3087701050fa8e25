import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import { createSeriesBodySchema } from '../../server/contract/planning/series.js';
import type { Database } from '../../server/db/database.js';
import { systemClock } from '../../server/lib/clock.js';
import { insertSession } from '../support/insert-session.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { openScheduling, type Scheduling } from './open-scheduling.js';

describeOnEveryDatabase('a series', (open) => {
  let db: Database;
  let scheduling: Scheduling;

  beforeEach(async () => {
    db = await open();
    scheduling = openScheduling(db, systemClock);
    await insertSession(db, 'acc1');
  });

  const create = (targetNumbers: string[]) => {
    const items = ['a', 'b', 'c'].map((content) => ({ type: 'text', content }));
    const body = createSeriesBodySchema.parse({ items, targetNumbers });
    return scheduling.series.create(rootPrincipal, 'acc1', body);
  };

  it('that is for very many people, all posts together, is refused before anything is looked at', async () => {
    const numbers = Array.from({ length: 40_000 }, (_, index) => String(919_800_000_000 + index));
    const items = Array.from({ length: 6 }, () => ({ type: 'image', content: '1700000000-0123456789abcdef.jpg' }));
    const body = createSeriesBodySchema.parse({ items, targetNumbers: numbers });
    await assert.rejects(
      scheduling.series.create(rootPrincipal, 'acc1', body),
      /at most 200,000 recipients, all posts together; these are 240,000\. Make several series/,
    );
  });

  it('that is canceled while its first post is on its way keeps back the others', async () => {
    const { unitOfWork, statusesStore, steps, series } = scheduling;
    const made = await create(['919812345670', '919812345671']);
    const claim = () => unitOfWork.run((tx) => steps.claimNext(tx, 'acc1'));
    assert.equal((await claim())?.id, made.statuses[0]?.id);
    const canceled = await series.cancel('acc1', made.id);
    assert.deepEqual([canceled.state, canceled.states], ['sending', { sending: 1, canceled: 2 }]);
    assert.deepEqual(
      canceled.statuses.map(({ content, counts }) => [content, counts.targeted]),
      ['a', 'b', 'c'].map((content) => [content, 2]),
    );
    await unitOfWork.run((tx) =>
      statusesStore.change(tx, made.statuses[0]?.id ?? '', ['sending'], { state: 'sent', updatedAt: 1 }),
    );
    assert.equal(await claim(), undefined);
    assert.equal((await series.get('acc1', made.id)).state, 'sent');
    await assert.rejects(series.get('acc2', made.id), /not found/);
  });
});
