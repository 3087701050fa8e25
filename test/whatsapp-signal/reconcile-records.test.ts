import assert from 'node:assert/strict';
import { installFastCurve } from '../../server/whatsapp/signal/install-fast-curve.js';
import { silenceLibsignal } from '../../server/whatsapp/baileys/libsignal-console.js';
import { reconcileRecords } from '../../server/whatsapp/signal/reconcile-records.js';
import {
  asStoredRecord,
  findOpenSession,
  type StoredSession,
  type StoredSessionRecord,
  withNewSession,
} from '../../server/whatsapp/signal/stored-session.js';
import { Account, answerFrom, type ContactDevice, openAt, to } from './account.js';
import { createContactDevice } from './signal-memory.js';

describe('Records written by a post and by an answer at the same time', () => {
  let account: Account;
  let contact: ContactDevice;
  let speakAgain: () => void;

  before(() => {
    installFastCurve();
    speakAgain = silenceLibsignal();
  });
  after(() => {
    speakAgain();
  });
  beforeEach(async () => {
    account = new Account();
    contact = createContactDevice();
    await openAt(contact, account.seal('begin', contact.bundle()));
    await account.open(await answerFrom(contact, 'answer'));
  });

  const store = (record: StoredSessionRecord | null) => {
    account.memory.sessions.set(to.toString(), JSON.stringify(record));
  };
  const current = (): StoredSessionRecord => {
    const record = asStoredRecord(account.record);
    assert.ok(record);
    return record;
  };

  it('go on when the later write is the newer one, as it is', () => {
    const old = current();
    account.seal('one');
    assert.deepEqual(reconcileRecords(old, current()), current());
    assert.deepEqual(reconcileRecords(null, old), old);
  });

  it('never use a message key twice when a late write would take the sending chain back', async () => {
    const before = account.memory.sessions.get(to.toString());
    assert.ok(before);
    const answer = await answerFrom(contact, 'on the same ratchet');
    const sealed = account.seal('post');
    const advanced = current();
    account.memory.sessions.set(to.toString(), before);
    assert.equal(await account.open(answer), 'on the same ratchet');
    store(reconcileRecords(advanced, current()));
    assert.equal(await openAt(contact, sealed), 'post');
    assert.equal(await openAt(contact, account.seal('next post')), 'next post');
    assert.equal(await account.open(await answerFrom(contact, 'and back')), 'and back');
  });

  it('keep the turn of the ratchet when a post writes an older record over it', async () => {
    const before = account.memory.sessions.get(to.toString());
    assert.ok(before);
    await openAt(contact, account.seal('turns the contact'));
    const older = current();
    assert.equal(await account.open(await answerFrom(contact, 'turns us')), 'turns us');
    const turned = current();
    store(older);
    const late = account.seal('written late');
    store(reconcileRecords(turned, current()));
    assert.deepEqual(current(), turned);
    assert.equal(await openAt(contact, late), 'written late');
    assert.equal(await openAt(contact, account.seal('on the new ratchet')), 'on the new ratchet');
    assert.equal(await account.open(await answerFrom(contact, 'and back')), 'and back');
  });

  it('keep a session that only the other writer has begun, and one open session', async () => {
    const old = current();
    const answer = await answerFrom(contact, 'on the old session');
    const anew = account.seal('anew', contact.bundle());
    const begun = current();
    store(old);
    assert.equal(await account.open(answer), 'on the old session');
    const merged = reconcileRecords(begun, current());
    assert.equal(Object.values(merged._sessions).filter(({ indexInfo }) => indexInfo.closed === -1).length, 1);
    assert.equal(findOpenSession(merged)?.indexInfo.baseKey, findOpenSession(begun)?.indexInfo.baseKey);
    store(merged);
    assert.equal(await openAt(contact, anew), 'anew');
    assert.equal(await openAt(contact, account.seal('after')), 'after');
  });

  it('do not bring back closed sessions that were dropped', () => {
    for (let round = 0; round < 4; round += 1) account.seal('anew', contact.bundle());
    const full = current();
    account.seal('anew', contact.bundle());
    assert.equal(Object.keys(reconcileRecords(full, current())._sessions).length, 4);
  });

  const bare = (baseKey: string, changes: Partial<StoredSession['indexInfo']> = {}): StoredSession => ({
    registrationId: 1,
    currentRatchet: {
      ephemeralKeyPair: { pubKey: 'p', privKey: 'k' },
      lastRemoteEphemeralKey: 't',
      previousCounter: 0,
      rootKey: 'r',
    },
    indexInfo: { baseKey, baseKeyType: 1, closed: -1, used: 1, created: 1, remoteIdentityKey: 'i', ...changes },
    _chains: {},
  });
  const recordOf = (...sessions: StoredSession[]): StoredSessionRecord => ({
    version: 'v1',
    _sessions: Object.fromEntries(sessions.map((one) => [one.indexInfo.baseKey, one])),
  });

  it('leave the session open that was begun last, whoever wrote it', () => {
    const [older, newer] = [recordOf(bare('a', { created: 5 })), recordOf(bare('b', { created: 9 }))];
    for (const merged of [reconcileRecords(older, newer), reconcileRecords(newer, older)]) {
      assert.equal(findOpenSession(merged)?.indexInfo.baseKey, 'b');
      assert.equal(merged._sessions['a']?.indexInfo.closed, 9);
    }
  });

  it('keep a turn of the ratchet in a session that the other writer has closed, and that it is closed', () => {
    const turned = {
      ...bare('a'),
      _chains: { t: { chainKey: { counter: 1 }, chainType: 2 as const, messageKeys: {} } },
    };
    const merged = reconcileRecords(recordOf(turned), recordOf(bare('a', { closed: 7 }), bare('b', { created: 5 })));
    assert.deepEqual(merged._sessions['a'], { ...turned, indexInfo: { ...turned.indexInfo, closed: 7 } });
  });

  it('keep the three sessions that were closed last beside a new one', () => {
    const closed = [4, 1, 3, 2].map((at) => bare(`closed ${String(at)}`, { closed: at }));
    const kept = withNewSession(recordOf(...closed, bare('open')), bare('new'), 9);
    assert.deepEqual(Object.keys(kept._sessions).toSorted(), ['closed 3', 'closed 4', 'new', 'open']);
    assert.equal(kept._sessions['open']?.indexInfo.closed, 9);
    assert.equal(findOpenSession(kept)?.indexInfo.baseKey, 'new');
  });

  it('are not taken for records where a part is missing or has another form', () => {
    const whole = recordOf(bare('a'));
    assert.deepEqual(asStoredRecord(structuredClone(whole)), whole);
    assert.notEqual(asStoredRecord({ version: 'v1', _sessions: {} }), null);
    const session = bare('a');
    const { currentRatchet, indexInfo } = session;
    const damaged: unknown[] = [
      ...[null, undefined, 'text', new Uint8Array(3), {}, { version: 'v1' }],
      { ...whole, version: 'v2' },
      ...[
        { ...session, currentRatchet: undefined },
        { ...session, currentRatchet: { ...currentRatchet, ephemeralKeyPair: null } },
        { ...session, indexInfo: undefined },
        { ...session, indexInfo: { ...indexInfo, baseKey: 1 } },
        { ...session, indexInfo: { ...indexInfo, remoteIdentityKey: null } },
        { ...session, indexInfo: { ...indexInfo, closed: '-1' } },
        { ...session, _chains: 'none' },
        null,
      ].map((broken) => ({ ...whole, _sessions: { good: session, broken } })),
    ];
    for (const value of damaged) assert.equal(asStoredRecord(value), null, JSON.stringify(value));
  });
});
