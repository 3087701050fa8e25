import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { notFound } from '../../server/lib/app-error.js';
import { systemClock } from '../../server/lib/clock.js';
import { FileUses } from '../../server/media/file-uses.js';
import { TemplatesService } from '../../server/templates/templates-service.js';
import { TemplatesStore } from '../../server/templates/templates-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { quotasWith } from '../support/quotas.js';
import { insertOrganization } from '../support/sample-rows.js';

const [own, other] = ['default', 'acme'].map((organizationId) => ({ ...rootPrincipal, organizationId })) as [
  typeof rootPrincipal,
  typeof rootPrincipal,
];
const [mine, hidden] = ['1769594400-0123456789abcdef.jpg', '1769594401-0123456789abcdef.jpg'];
const text = { type: 'text', content: 'hello' } as const;
const showing = (content: string) => ({ type: 'image', content }) as const;

describeOnEveryDatabase('kept templates', (open) => {
  let db: Database;
  let templates: TemplatesService;
  let uses: string[];

  beforeEach(async () => {
    db = await open();
    uses = [];
    await insertOrganization(db, 'acme');
    const units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
    const files = {
      getRecord: (_principal: unknown, name: string) =>
        name === mine ? Promise.resolve() : Promise.reject(notFound('The file')),
    };
    const usesStore = {
      addUse: (_tx: unknown, name: string, { usedBy, organizationId }: { usedBy: string; organizationId: string }) => {
        uses.push(`${name} ${usedBy} ${organizationId}`);
        return Promise.resolve(true);
      },
      dropUses: (_tx: unknown, _kind: string, usedBy: string) => {
        uses = uses.filter((use) => !use.includes(usedBy));
        return Promise.resolve();
      },
    };
    const fileUses = new FileUses(usesStore, files, systemClock);
    templates = new TemplatesService(new TemplatesStore(db), fileUses, units, systemClock, quotasWith());
  });

  it('are of one organization, in which alone a name is taken', async () => {
    const template = await templates.create(own, { name: 'Offer', status: text });
    await templates.create(other, { name: 'Offer', status: text });
    const notThere = { code: 'not_found' };
    await assert.rejects(templates.get(other, template.id), notThere);
    await assert.rejects(templates.change(other, template.id, { name: 'Theirs' }), notThere);
    await assert.rejects(templates.delete(other, template.id), notThere);
    await assert.rejects(templates.create(own, { name: 'Offer', status: text }), { code: 'conflict' });
    const { items, total } = await templates.list(own, { limit: 9 });
    assert.deepEqual([items, total], [[template], 1]);
    assert.equal((await templates.list(rootPrincipal, { limit: 9 })).total, 2);
  });

  it('are listed newest first, page by page', async () => {
    const made: string[] = [];
    for (const name of ['a', 'b', 'c']) made.unshift((await templates.create(own, { name, status: text })).id);
    const first = await templates.list(own, { limit: 2 });
    const second = await templates.list(own, { limit: 2, cursor: first.nextCursor ?? '' });
    assert.deepEqual(
      [...first.items, ...second.items].map(({ id }) => id),
      made,
    );
    assert.deepEqual([first.total, second.total, second.nextCursor], [3, 3, null]);
  });

  it('need the file that they show, which whoever writes them has to see, and no other', async () => {
    const { id } = await templates.create(own, { name: 'Picture', status: showing(mine) });
    const needed = [`${mine} ${id} default`];
    assert.deepEqual(uses, needed);
    await assert.rejects(templates.create(own, { name: 'Hidden', status: showing(hidden) }), { code: 'not_found' });
    await assert.rejects(templates.change(own, id, { status: showing(hidden) }), { code: 'not_found' });
    assert.deepEqual((await templates.get(own, id)).status, showing(mine));
    await templates.change(own, id, { name: 'Renamed' });
    assert.deepEqual(uses, needed, 'what is left out stays');
    await templates.change(own, id, { status: text });
    assert.deepEqual(uses, []);
    await templates.change(own, id, { status: showing(mine) });
    await templates.delete(own, id);
    assert.deepEqual(uses, []);
  });
});
