import assert from 'node:assert/strict';
import { installFastCurve } from '../../server/whatsapp/install-fast-curve.js';
import { silenceLibsignal } from '../../server/whatsapp/libsignal-console.js';
import { reconcileRecords } from '../../server/whatsapp/signal/reconcile-records.js';
import {
  asStoredRecord,
  findOpenSession,
  type StoredSessionRecord,
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
});
