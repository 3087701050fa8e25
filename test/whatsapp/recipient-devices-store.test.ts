import assert from 'node:assert/strict';
import type { Database } from '../../server/db/database.js';
import { type KnownDevices, RecipientDevicesStore } from '../../server/whatsapp/publishing/recipient-devices-store.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { insertSession } from '../support/sample-rows.js';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const now = Date.UTC(2026, 6, 1);

describeOnEveryDatabase('what is remembered of the devices of recipients', (open) => {
  it('counts for as long as any, also when the clock was wrong as it was written', async () => {
    const db = await open();
    await insertSession(db, { sessionId: 'acc1' });
    const store = new RecipientDevicesStore(db);
    const save = (writtenAt: number): Promise<void> => {
      const known = { user: '1', deviceIds: [0, 5], keyId: null, keyHolders: [] };
      const refused = { refused: [5], refusedUntil: writtenAt + 6 * hourMs };
      return store.save('acc1', 'lid', [{ ...known, ...refused }], new Set(['1']), writtenAt);
    };
    const found = async (): Promise<unknown> => {
      const one = (await store.find('acc1', 'lid', ['1'], now)).get('1');
      return [one?.deviceIds, one?.refused];
    };
    for (const [writtenAt, deviceIds, refused] of [
      [now, [0, 5], [5]],
      [now - 6 * hourMs, [0, 5], []],
      [now + 6 * hourMs, [0, 5], []],
      [now - 7 * dayMs, undefined, []],
      [now + 7 * dayMs, undefined, []],
    ] as const) {
      await save(writtenAt);
      assert.deepEqual(await found(), [deviceIds, refused], String((writtenAt - now) / hourMs));
    }
  });

  describe('of two people, by two accounts, in two forms of address', () => {
    /** Every place where something is known: account, form of address, person. */
    const places = ['acc1', 'acc2'].flatMap((session) =>
      ['lid', 's.whatsapp.net'].flatMap((server) => ['1', '2'].map((user) => ({ session, server, user }))),
    );
    const keyId = 77;
    const full = (user: string): KnownDevices => ({
      user,
      deviceIds: [0, 5],
      keyId,
      keyHolders: [0],
      refused: [5],
      refusedUntil: now + hourMs,
    });
    let db: Database;
    let store: RecipientDevicesStore;
    beforeEach(async () => {
      db = await open();
      store = new RecipientDevicesStore(db);
      for (const sessionId of ['acc1', 'acc2']) await insertSession(db, { sessionId });
      for (const { session, server, user } of places) {
        await store.save(session, server, [full(user)], new Set([user]), now);
      }
    });

    const known = async ({ session, server, user }: (typeof places)[number]): Promise<KnownDevices | undefined> =>
      (await store.find(session, server, [user], now)).get(user);
    /** What is known where something was changed; everything else has to be as it was. */
    async function changed(): Promise<Record<string, KnownDevices | undefined>> {
      const found: Record<string, KnownDevices | undefined> = {};
      for (const place of places) {
        const one = await known(place);
        const isAsItWas = JSON.stringify(one) === JSON.stringify(full(place.user));
        if (!isAsItWas) found[`${place.session} ${place.server} ${place.user}`] = one;
      }
      return found;
    }

    it('is found for each of them as it was saved, and for those only who were asked about', async () => {
      assert.deepEqual(await changed(), {});
      assert.deepEqual([...(await store.find('acc1', 'lid', ['2', '3'], now)).keys()], ['2']);
    });

    it('keeps the list and its age when only the keys are new, and takes a list that has just come', async () => {
      const next = { ...full('1'), deviceIds: [0, 6], keyId: 78, keyHolders: [0, 6], refused: [], refusedUntil: 0 };
      const later = now + 8 * dayMs;
      await store.save('acc1', 'lid', [next], new Set(), later);
      const keysOnly = { ...next, deviceIds: [0, 5] };
      assert.deepEqual(await changed(), { 'acc1 lid 1': keysOnly });
      assert.equal((await store.find('acc1', 'lid', ['1'], later)).get('1')?.deviceIds, undefined);
      await store.save('acc1', 'lid', [next], new Set(['1']), now + dayMs);
      assert.deepEqual((await store.find('acc1', 'lid', ['1'], later - hourMs)).get('1'), next);
    });

    it('of somebody new of whom no list came has none, and is asked for', async () => {
      await store.save('acc1', 'lid', [{ ...full('3'), deviceIds: undefined }], new Set(), now);
      assert.deepEqual((await store.find('acc1', 'lid', ['3'], now)).get('3'), { ...full('3'), deviceIds: undefined });
    });

    it('says who holds a key beyond an audience, by account, form of address and key', async () => {
      const beyond = (...users: string[]): Promise<boolean> => store.isHeldBeyond('acc1', 'lid', keyId, users);
      assert.deepEqual([await beyond('1', '2'), await beyond('1'), await beyond()], [false, true, true]);
      assert.equal(await store.isHeld('acc1', 'lid', keyId), true);
      assert.equal(await store.isHeld('acc1', 'lid', keyId + 1), false);
      assert.equal(await store.isHeldBeyond('acc1', 'lid', keyId + 1, []), false);
      await store.forget('acc1', ['1', '2']);
      for (const server of ['lid', 's.whatsapp.net']) {
        assert.equal(await store.isHeld('acc1', server, keyId), false, server);
        assert.equal(await store.isHeldBeyond('acc1', server, keyId, []), false, server);
        assert.equal(await store.isHeld('acc2', server, keyId), true, server);
      }
      await store.save('acc1', 's.whatsapp.net', [full('1')], new Set(), now);
      assert.equal(await store.isHeld('acc1', 'lid', keyId), false);
      assert.equal(await store.isHeldBeyond('acc1', 'lid', keyId, []), false);
    });

    it('has the lists of those out of date that are named, in that form of address', async () => {
      await store.expireLists('acc1', 'lid', ['1']);
      assert.deepEqual(await changed(), { 'acc1 lid 1': { ...full('1'), deviceIds: undefined } });
    });

    it('keeps keys and refusals when somebody has other devices, in both forms of address', async () => {
      await store.outdate('acc1', ['1'], 'devices');
      const outdated = { ...full('1'), deviceIds: undefined };
      assert.deepEqual(await changed(), { 'acc1 lid 1': outdated, 'acc1 s.whatsapp.net 1': outdated });
    });

    it('has nobody hold a key, and nothing refused, when somebody has other keys; that the key was given stays', async () => {
      await store.outdate('acc1', ['1'], 'keys');
      const outdated = { ...full('1'), deviceIds: undefined, keyHolders: [], refused: [], refusedUntil: 0 };
      assert.deepEqual(await changed(), { 'acc1 lid 1': outdated, 'acc1 s.whatsapp.net 1': outdated });
      assert.equal(await store.isHeldBeyond('acc1', 'lid', keyId, ['2']), true);
    });

    it('is forgotten of those who are named, in both forms of address', async () => {
      await store.forget('acc1', ['1']);
      assert.deepEqual(await changed(), { 'acc1 lid 1': undefined, 'acc1 s.whatsapp.net 1': undefined });
    });
  });
});
