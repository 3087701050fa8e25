import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { BufferJSON } from '@whiskeysockets/baileys';
import { systemClock } from '../../server/lib/clock.js';
import { NoLongerOursError } from '../../server/lib/owner-process.js';
import { createAuthCipher } from '../../server/whatsapp/credentials/auth-cipher.js';
import {
  type AuthState,
  findCredentials,
  openAuthState,
  type SignalKeyCache,
} from '../../server/whatsapp/credentials/auth-state.js';
import {
  type AuthChanges,
  AuthStore,
  UnreadableCredentialsError,
} from '../../server/whatsapp/credentials/auth-store.js';
import { KeyCache } from '../../server/whatsapp/credentials/key-cache.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { insertSession } from '../support/sample-rows.js';
import { linkedCreds, recordAt } from './stored-credentials.js';

const noLongerOurs = (error: unknown): boolean => error instanceof NoLongerOursError;
const unreadable = (error: unknown): boolean => error instanceof UnreadableCredentialsError;

/** Counts what it is asked, and holds an answer back until `held` resolves. */
class ObservedStore extends AuthStore {
  held: Promise<void> | undefined;
  underWay = 0;
  commits: AuthChanges[] = [];

  override readKeys(...asked: Parameters<AuthStore['readKeys']>): Promise<Map<string, string>> {
    return this.observed(super.readKeys(...asked));
  }

  override commit(sessionId: string, changes: AuthChanges): Promise<void> {
    this.commits.push(changes);
    return this.observed(super.commit(sessionId, changes));
  }

  private async observed<T>(work: Promise<T>): Promise<T> {
    const { held } = this;
    this.underWay += 1;
    try {
      const answer = await work;
      await held;
      return answer;
    } finally {
      this.underWay -= 1;
    }
  }
}

describe('the credentials of one connection', () => {
  const cipher = createAuthCipher(randomBytes(32));
  let sqlite: TestSqlite;
  let isOurs: boolean;
  let store: ObservedStore;
  let cache: SignalKeyCache;
  let state: AuthState;

  const names = async (on: AuthState, ...ids: string[]): Promise<Record<string, string>> => ({
    ...(await on.keys.get('lid-mapping', ids)),
  });
  const storedNames = (...ids: string[]): Promise<Map<string, string>> => store.readKeys('a', 'lid-mapping', ids);
  /** Until it is called, what the store is asked has no answer. */
  const holdAnswers = (): (() => void) => {
    let release: () => void = () => undefined;
    store.held = new Promise((resolve) => (release = resolve));
    return () => {
      store.held = undefined;
      release();
    };
  };

  beforeEach(async () => {
    sqlite = await openSqlite();
    for (const sessionId of ['a', 'b']) await insertSession(sqlite.db, { sessionId });
    isOurs = true;
    store = new ObservedStore(sqlite.db, cipher, systemClock, () => Promise.resolve(isOurs));
    cache = new KeyCache(1000);
    state = await openAuthState(store, cache, 'a');
    Object.assign(state.creds, linkedCreds());
    await state.saveCredentials();
  });
  afterEach(() => sqlite.remove());

  it('are stored with the next keys when they could not be stored by themselves', async () => {
    state.creds.nextPreKeyId = 812;
    isOurs = false;
    await assert.rejects(state.saveCredentials(), noLongerOurs);
    assert.equal((await findCredentials(store, 'a'))?.nextPreKeyId, linkedCreds().nextPreKeyId);
    isOurs = true;
    await state.keys.set({ 'lid-mapping': { x: '1' } });
    assert.equal((await findCredentials(store, 'a'))?.nextPreKeyId, 812);
    const { length } = store.commits;
    await state.keys.set({ 'lid-mapping': { x: '2' } });
    assert.deepEqual(
      store.commits.slice(length).map((changes) => 'credentials' in changes),
      [false],
      'once they are stored, they are not written again',
    );
  });

  it('are not written twice when keys that were set before have taken them along', async () => {
    const before = store.commits.length;
    const keys = state.keys.set({ 'lid-mapping': { x: '1' } });
    await Promise.all([keys, state.saveCredentials()]);
    assert.equal(store.commits.length - before, 1);
  });

  it('answer what is stored when keys could not be stored', async () => {
    await state.keys.set({ 'lid-mapping': { x: 'old', y: 'old' } });
    isOurs = false;
    await assert.rejects(async () => {
      await state.keys.set({ 'lid-mapping': { x: 'new', y: null, z: 'new' } });
    }, noLongerOurs);
    assert.deepEqual(await names(state, 'x', 'y', 'z'), { x: 'old', y: 'old' });
  });

  it('answer what was set meanwhile, not what an older read found', async () => {
    await store.commit('a', { keys: [{ kind: 'lid-mapping', id: 'x', value: '"old"' }] });
    const release = holdAnswers();
    const reading = names(state, 'x', 'y');
    store.held = undefined;
    await state.keys.set({ 'lid-mapping': { x: 'new' } });
    release();
    assert.deepEqual(await reading, { x: 'new' });
    assert.deepEqual(await names(state, 'x', 'y'), { x: 'new' });
  });

  it('know nothing of what another connection, or that of another account, had read', async () => {
    await state.keys.set({ 'lid-mapping': { x: 'mine' } });
    const other = await openAuthState(store, cache, 'b');
    assert.deepEqual(await names(other, 'x'), {});
    await state.close();
    await store.commit('a', { keys: [{ kind: 'lid-mapping', id: 'x', value: '"since"' }] });
    assert.deepEqual(await names(await openAuthState(store, cache, 'a'), 'x'), { x: 'since' });
  });

  describe('when it closes', () => {
    it('are stored first, with the keys that were set before, sessions among them', async () => {
      const release = holdAnswers();
      state.creds.nextPreKeyId = 813;
      const saved = state.saveCredentials();
      const keys = state.keys.set({
        session: { '1.0': recordAt(4) as object as Uint8Array },
        'lid-mapping': { x: '1' },
      });
      const closed = state.close().then(() => store.underWay);
      release();
      assert.equal(await closed, 0);
      assert.equal((await findCredentials(store, 'a'))?.nextPreKeyId, 813);
      assert.equal((await storedNames('x')).size, 1);
      assert.equal((await store.readKeys('a', 'session', ['1.0'])).size, 1);
      await Promise.all([saved, keys]);
    });

    it('are read to the end, and not read any more', async () => {
      await store.commit('a', { keys: [{ kind: 'lid-mapping', id: 'x', value: '"1"' }] });
      const release = holdAnswers();
      const reading = names(state, 'x');
      const closed = state.close().then(() => store.underWay);
      release();
      assert.equal(await closed, 0);
      assert.deepEqual(await reading, { x: '1' });
      await assert.rejects(names(state, 'y'), /no longer owns/);
    });

    it('are not written any more', async () => {
      await state.close();
      await assert.rejects(async () => {
        await state.keys.set({ 'lid-mapping': { x: '1' } });
      }, /no longer owns/);
      await assert.rejects(state.saveCredentials(), /no longer owns/);
      assert.equal((await storedNames('x')).size, 0);
    });
  });

  describe('in the database', () => {
    it('are neither changed nor deleted by a process that does not have the account', async () => {
      await state.keys.set({ 'lid-mapping': { x: '1', y: '1' } });
      const rows = async (): Promise<unknown[]> => [
        ...(await sqlite.db('auth_keys').orderBy('id')),
        await sqlite.db('auth_credentials').first(),
      ];
      const before = await rows();
      isOurs = false;
      const keys = [
        { kind: 'lid-mapping', id: 'x', value: null },
        { kind: 'lid-mapping', id: 'y', value: '"2"' },
      ];
      await assert.rejects(store.commit('a', { keys, credentials: '{}' }), noLongerOurs);
      await assert.rejects(store.wipe('a'), noLongerOurs);
      assert.deepEqual(await rows(), before);
      await store.wipe('b');
    });

    it('lose what is deleted of one kind, of this account only', async () => {
      const same = { one: '1', two: '2', three: '3' };
      await state.keys.set({ 'lid-mapping': same, 'device-list': { one: ['0'], two: ['0'], three: ['0'] } });
      const other = await openAuthState(store, cache, 'b');
      await other.keys.set({ 'lid-mapping': same });
      await state.keys.set({ 'lid-mapping': { one: null, two: null } });
      const count = async (sessionId: string, kind: string): Promise<number> =>
        (await store.readKeys(sessionId, kind, ['one', 'two', 'three'])).size;
      assert.deepEqual(
        [await count('a', 'lid-mapping'), await count('a', 'device-list'), await count('b', 'lid-mapping')],
        [1, 3, 3],
      );
    });

    const elsewhere: [what: string, row: { session_id?: string; kind?: string; id?: string }][] = [
      ['another account', { session_id: 'b' }],
      ['another kind', { kind: 'device-list' }],
      ['another id', { id: 'y' }],
    ];
    for (const [what, row] of elsewhere) {
      it(`cannot be read in the row of ${what}`, async () => {
        await state.keys.set({ 'lid-mapping': { x: '1' } });
        await sqlite.db('auth_keys').update(row);
        const { session_id = 'a', kind = 'lid-mapping', id = 'x' } = row;
        await assert.rejects(store.readKeys(session_id, kind, [id]), unreadable);
      });
    }

    it('cannot be used when their identity is not whole', async () => {
      for (const name of ['noiseKey', 'signedIdentityKey'] as const) {
        const creds = linkedCreds();
        const cut = { ...creds, [name]: { ...creds[name], private: creds[name].private.subarray(1) } };
        await store.commit('a', { keys: [], credentials: JSON.stringify(cut, BufferJSON.replacer) });
        await assert.rejects(openAuthState(store, cache, 'a'), unreadable, name);
      }
    });
  });
});
