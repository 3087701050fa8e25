import assert from 'node:assert/strict';
import { rootPrincipal, type Principal } from '../../server/access/principal.js';
import { SignIns } from '../../server/access/sign-ins-service.js';
import { SignInsStore } from '../../server/access/sign-ins-store.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { createLogger } from '../../server/lib/logger.js';
import { Secret } from '../../server/lib/secret.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { SetClock } from '../support/open-services.js';

const hourMs = 60 * 60_000;
const person = (name: string): Principal => ({
  id: `user:default:${name}`,
  kind: 'user',
  organizationId: 'default',
  sessionId: null,
  name,
  keyId: null,
  capabilities: new Set(['read'] as const),
  expiresAt: null,
  signIn: null,
});
const [ann, ben] = [person('Ann'), person('Ben')];

describeOnEveryDatabase('sign-ins', (open) => {
  let db: Database;
  let clock: SetClock;
  let signIns: SignIns;
  let ended: string[];

  beforeEach(async () => {
    db = await open();
    clock = new SetClock(new Date('2026-03-01T10:00:00Z'));
    ended = [];
    signIns = new SignIns({
      store: new SignInsStore(db),
      apiKeys: { findPrincipalById: () => Promise.resolve(undefined) },
      clock,
      unitOfWork: new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined }),
      logger: createLogger({ logLevel: 'silent' }),
      rootKey: new Secret('the-root-key'),
      takesPeople: true,
      onEnded: (ids) => ended.push(...ids),
    });
  });
  afterEach(() => signIns.stop());

  const begin = async (who: Principal, replaced: string[] = []) => {
    const { token, signIn } = await signIns.begin(who, false, replaced);
    return { token, id: signIn.id };
  };
  const isRefused = (...tokens: string[]) => assert.rejects(signIns.authenticate(tokens), { code: 'unauthorized' });

  it('stand for whoever signed in, and for the first that still opens something', async () => {
    const [gone, own, root] = [await begin(ben), await begin(ann), await begin(rootPrincipal)];
    const { signIn, ...who } = await signIns.authenticate([own.token]);
    const { signIn: _none, expiresAt: _endless, ...expected } = ann;
    assert.deepEqual(who, { ...expected, expiresAt: signIn?.endsAt });
    assert.equal(signIn?.id, own.id);
    assert.equal((await signIns.authenticate([root.token, own.token])).kind, 'root');
    assert.equal((await signIns.authenticate([own.token, root.token])).name, 'Ann');
    // A key that opens nothing any more.
    await db('sign_ins').where({ id: gone.id }).update({ person: null });
    await isRefused(gone.token);
    assert.equal((await signIns.authenticate(['unknown', gone.token, own.token])).name, 'Ann');
    await isRefused('unknown');
    await isRefused();
  });

  it('take the place of what the browser had, and of the oldest of the same person, and tell which ended', async () => {
    const [other, replaced] = [await begin(ben), await begin(ann)];
    clock.advance(1);
    const first = await begin(ann, [replaced.token, 'unknown']);
    assert.deepEqual(ended.splice(0), [replaced.id]);
    clock.advance(1);
    for (let count = 1; count < 50; count += 1) await begin(ann);
    assert.deepEqual(ended, []);
    await signIns.authenticate([first.token]);
    clock.advance(1);
    const last = await begin(ann);
    assert.deepEqual(ended, [first.id]);
    await isRefused(first.token);
    for (const { token } of [other, last]) await signIns.authenticate([token]);
  });

  it('end alone, or with all of the same person', async () => {
    const [one, two, other] = [await begin(ann), await begin(ann), await begin(ben)];
    await signIns.end(await signIns.authenticate([one.token]), false);
    assert.deepEqual(ended.splice(0), [one.id]);
    assert.deepEqual(await signIns.listEnded([one.id, two.id, other.id, 'gone']), [one.id, 'gone']);
    const three = await begin(ann);
    await signIns.end(ann, false);
    assert.deepEqual(ended, [], 'a key that ends nothing in particular');
    await signIns.end(ann, true);
    assert.deepEqual(ended.sort(), [two.id, three.id].sort());
    assert.deepEqual(await signIns.listEnded([other.id]), []);
  });

  it('last from their latest use, no longer than what they were made with, and are forgotten then', async () => {
    const [used, idle, bound] = [
      await begin(ann),
      await begin(ann),
      await begin({ ...ben, expiresAt: new Date(clock.now().getTime() + 2 * hourMs) }),
    ];
    for (const waitMs of [hourMs, 10 * 60_000, 10 * 60_000]) {
      clock.advance(waitMs);
      await signIns.authenticate([used.token]);
    }
    await signIns.authenticate([bound.token]);
    await signIns.drain();
    const [row] = await db('sign_ins').where({ id: used.id }).select('idle_until');
    assert.equal(Number(row.idle_until), clock.now().getTime() + 12 * hourMs);
    clock.advance(hourMs);
    await isRefused(bound.token);
    await signIns.prune();
    assert.deepEqual((await db('sign_ins').pluck('id')).sort(), [used.id, idle.id].sort());
    clock.advance(10 * hourMs);
    await isRefused(idle.token);
    await signIns.authenticate([used.token]);
    await signIns.prune();
    assert.deepEqual(await db('sign_ins').pluck('id'), [used.id]);
  });
});
