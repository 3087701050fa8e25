import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type SignalDataSet, type SignalDataTypeMap, proto } from '@whiskeysockets/baileys';
import type { Database } from '../../server/db/database.js';
import { systemClock } from '../../server/lib/clock.js';
import { createAuthCipher } from '../../server/whatsapp/credentials/auth-cipher.js';
import { type SignalKeyCache, findCredentials, openAuthState } from '../../server/whatsapp/credentials/auth-state.js';
import { AuthStore, UnreadableCredentialsError } from '../../server/whatsapp/credentials/auth-store.js';
import { KeyCache } from '../../server/whatsapp/credentials/key-cache.js';
import { describeOnEveryDatabase } from '../support/databases.js';
import { linkedCreds, recordAt } from './stored-credentials.js';

const sealKey = randomBytes(32);
const storeOn = (db: Database, key = sealKey): AuthStore => new AuthStore(db, createAuthCipher(key), systemClock);
const newCache = (): SignalKeyCache => new KeyCache(1000);

async function addSession(db: Database, sessionId: string): Promise<void> {
  await db('sessions').insert({
    session_id: sessionId,
    organization_id: 'default',
    name: sessionId,
    auth_method: 'qrcode',
    state: 'stopped',
    desired_state: 'stopped',
    created_by: 'test',
    created_at: 1,
    updated_at: 1,
  });
}

const pair = { public: randomBytes(32), private: randomBytes(32) };
const everyKind: { [K in keyof SignalDataTypeMap]: SignalDataTypeMap[K] } = {
  'pre-key': pair,
  session: randomBytes(900),
  'sender-key': randomBytes(300),
  'sender-key-memory': { '1@lid': true, '2@lid': false },
  'app-state-sync-key': proto.Message.AppStateSyncKeyData.fromObject({ keyData: randomBytes(32), timestamp: 12 }),
  'app-state-sync-version': {
    version: 3,
    hash: randomBytes(128),
    indexValueMap: { 'AQID/+==': { valueMac: randomBytes(32) } },
  },
  'lid-mapping': '900000000000001',
  'device-list': ['0', '5'],
  tctoken: { token: randomBytes(40), timestamp: '1700000000' },
  'identity-key': randomBytes(33),
};

describeOnEveryDatabase('stored credentials', (open) => {
  let db: Database;
  let store: AuthStore;
  beforeEach(async () => {
    db = await open();
    store = storeOn(db);
    await addSession(db, 'a');
    await addSession(db, 'b');
  });

  async function link(sessionId: string): Promise<void> {
    const state = await openAuthState(store, newCache(), sessionId);
    Object.assign(state.creds, linkedCreds());
    await state.saveCredentials();
    await state.close();
  }

  it('come back after a restart with every key kind and every byte', async () => {
    await link('a');
    const before = await openAuthState(store, newCache(), 'a');
    const data: SignalDataSet = Object.fromEntries(
      Object.entries(everyKind).map(([kind, value]) => [kind, { one: value }]),
    );
    await before.keys.set(data);
    await before.close();

    const after = await openAuthState(storeOn(db), newCache(), 'a');
    assert.deepEqual(after.creds, before.creds);
    for (const kind of Object.keys(everyKind) as (keyof SignalDataTypeMap)[]) {
      const { one } = await after.keys.get(kind, ['one']);
      assert.deepEqual(one, everyKind[kind], kind);
    }
    const syncKey = (await after.keys.get('app-state-sync-key', ['one']))['one'];
    assert.ok(syncKey instanceof proto.Message.AppStateSyncKeyData);
  });

  it('are sealed: neither keys nor names of the account stand in the database in the clear', async () => {
    await link('a');
    const state = await openAuthState(store, newCache(), 'a');
    await state.keys.set({ 'lid-mapping': { '4915112345678': '900' } });
    const rows: { value: string }[] = [
      ...(await db('auth_credentials').select('value')),
      ...(await db('auth_keys').select('value')),
    ];
    assert.equal(rows.length, 2);
    for (const { value } of rows) {
      assert.doesNotMatch(Buffer.from(value, 'base64').toString('latin1'), /900|noiseKey|4915112345678/);
    }
  });

  it('that were damaged, moved to another session or sealed with another key are an error, never a fresh start', async () => {
    await link('a');
    const value = (await db<{ session_id: string; value: string }>('auth_credentials').first('value'))?.value ?? '';
    const unreadable = (error: unknown) => error instanceof UnreadableCredentialsError;
    await assert.rejects(openAuthState(storeOn(db, randomBytes(32)), newCache(), 'a'), unreadable);

    await db('auth_credentials').insert({ session_id: 'b', organization_id: 'default', value, updated_at: 1 });
    await assert.rejects(openAuthState(store, newCache(), 'b'), unreadable);

    for (const damaged of ['', 'AAAA', value.slice(0, -8), 'not even base64 ☃']) {
      await db('auth_credentials').where({ session_id: 'a' }).update({ value: damaged });
      await assert.rejects(openAuthState(store, newCache(), 'a'), unreadable);
    }
    assert.equal(
      await db('auth_credentials')
        .where({ session_id: 'a' })
        .count('* as n')
        .first()
        .then((row) => Number(row?.['n'])),
      1,
    );
  });

  it('of an abandoned attempt to link are deleted before the next one', async () => {
    const first = await openAuthState(store, newCache(), 'a');
    Object.assign(first.creds, { me: { id: '4915112345678@s.whatsapp.net', name: '~' }, pairingCode: 'ABCD1234' });
    await first.saveCredentials();
    await first.keys.set({ 'pre-key': { 1: pair } });
    await first.close();

    const second = await openAuthState(store, newCache(), 'a');
    assert.equal(second.creds.me, undefined);
    assert.notDeepEqual(second.creds.noiseKey, first.creds.noiseKey);
    assert.equal(await store.findCredentials('a'), undefined);
    assert.deepEqual(await second.keys.get('pre-key', ['1']), {});
  });

  it('travel with the keys that were set after they changed, in one transaction', async () => {
    await link('a');
    const state = await openAuthState(store, newCache(), 'a');
    state.creds.nextPreKeyId = 813;
    const credentials = state.saveCredentials();
    const keys = state.keys.set({ 'pre-key': { 812: pair } });
    await Promise.all([credentials, keys]);
    assert.equal((await findCredentials(store, 'a'))?.nextPreKeyId, 813);

    // A key that cannot be stored takes the credentials of its transaction down with it.
    await db('sessions').where({ session_id: 'a' }).delete();
    await assert.rejects(async () => {
      await state.keys.set({ 'pre-key': { 813: pair } });
    });
    assert.equal(await findCredentials(store, 'a'), undefined);
  });

  it('read and write thousands of keys at once, and only those of the session', async () => {
    const one = await openAuthState(store, newCache(), 'a');
    const other = await openAuthState(store, newCache(), 'b');
    const ids = Array.from({ length: 3000 }, (_, index) => `p${String(index)}`);
    await one.keys.set({ 'lid-mapping': Object.fromEntries(ids.map((id) => [id, `lid-${id}`])) });
    await other.keys.set({ 'lid-mapping': { p1: 'elsewhere' } });
    await one.keys.set({ 'lid-mapping': { p0: null, p2: 'changed' } });

    const again = await openAuthState(store, newCache(), 'a');
    const found = await again.keys.get('lid-mapping', [...ids, 'nobody']);
    assert.equal(Object.keys(found).length, 2999);
    assert.equal(found['p0'], undefined);
    assert.equal(found['p1'], 'lid-p1');
    assert.equal(found['p2'], 'changed');
    assert.equal((await other.keys.get('lid-mapping', ['p1']))['p1'], 'elsewhere');
  });

  it('answer from the cache what was set, also what was deleted', async () => {
    const state = await openAuthState(store, newCache(), 'a');
    await state.keys.set({ 'lid-mapping': { x: '1', y: '2' } });
    await state.keys.set({ 'lid-mapping': { x: null } });
    await db('auth_keys').delete();
    assert.deepEqual(await state.keys.get('lid-mapping', ['x', 'y']), { y: '2' });
  });

  it('keep the newer sending chain when two write the record of one device from the same point', async () => {
    const state = await openAuthState(store, newCache(), 'a');
    const write = async (id: string, counter: number) => {
      await state.keys.set({ session: { [id]: recordAt(counter) as object as Uint8Array } });
    };
    await write('1.0', 1);
    // Both read at 1; the post takes it to 5, and what arrived meanwhile writes what it made of 1.
    await Promise.all([write('1.0', 5), write('1.0', 2), write('2.0', 3)]);
    await state.close();

    const again = await openAuthState(store, newCache(), 'a');
    const found = await again.keys.get('session', ['1.0', '2.0']);
    assert.deepEqual(found['1.0'], recordAt(5));
    assert.deepEqual(found['2.0'], recordAt(3));
    await again.keys.set({ session: { '1.0': null } });
    await again.keys.set({ session: { '1.0': recordAt(1) as object as Uint8Array } });
    assert.deepEqual((await again.keys.get('session', ['1.0']))['1.0'], recordAt(1));
  });

  it('refuse writes of a connection that has closed', async () => {
    const state = await openAuthState(store, newCache(), 'a');
    await state.close();
    await assert.rejects(state.saveCredentials(), /no longer owns/);
    assert.equal(await store.findCredentials('a'), undefined);
  });

  it('disappear with their session', async () => {
    await link('a');
    await link('b');
    await store.wipe('a');
    assert.equal(await store.findCredentials('a'), undefined);
    assert.notEqual(await store.findCredentials('b'), undefined);
    await db('sessions').where({ session_id: 'b' }).delete();
    assert.equal(await store.findCredentials('b'), undefined);
  });
});
