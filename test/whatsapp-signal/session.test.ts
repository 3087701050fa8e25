import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import libsignal from 'libsignal';
import { installFastCurve } from '../../server/whatsapp/signal/install-fast-curve.js';
import { silenceLibsignal } from '../../server/whatsapp/baileys/libsignal-console.js';
import { encryptForDevice } from '../../server/whatsapp/signal/encrypt-for-devices.js';
import type { PreKeyBundle } from '../../server/whatsapp/signal/session-start.js';
import {
  asStoredRecord,
  findOpenSession,
  type StoredSessionRecord,
} from '../../server/whatsapp/signal/stored-session.js';
import { Account, answerFrom, type ContactDevice, from, openAt, to } from './account.js';
import { createContactDevice } from './signal-memory.js';

describe('Encrypting on a session with a device', () => {
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
  beforeEach(() => {
    account = new Account();
    contact = createContactDevice();
  });

  it('is opened by libsignal, first from the bundle and then from the stored session', async () => {
    const first = account.seal('first', contact.bundle());
    const second = account.seal('second');
    assert.deepEqual([first.type, second.type], ['pkmsg', 'pkmsg']);
    assert.equal(await openAt(contact, first), 'first');
    assert.equal(await openAt(contact, second), 'second');
    assert.equal(contact.memory.preKeys.size, 0, 'the one-time prekey is used up');
  });

  it('begins a session without a one-time prekey', async () => {
    const { preKey, ...bundle } = contact.bundle();
    assert.ok(preKey);
    const sealed = account.seal('without', bundle);
    contact.memory.preKeys.clear();
    assert.equal(await openAt(contact, sealed), 'without');
  });

  it('takes keys with and without the type byte', async () => {
    const typed = contact.bundle();
    const sealed = account.seal('raw', {
      ...typed,
      identityKey: typed.identityKey.subarray(1),
      signedPreKey: { ...typed.signedPreKey, publicKey: typed.signedPreKey.publicKey.subarray(1) },
      preKey: { ...typed.preKey, publicKey: new Uint8Array(typed.preKey.publicKey.subarray(1)) },
    });
    assert.equal(await openAt(contact, sealed), 'raw');
  });

  it('opens payloads of every length around a cipher block, and large ones', async () => {
    let bundle: PreKeyBundle | undefined = contact.bundle();
    for (const size of [0, 1, 15, 16, 17, 127, 128, 129, 5000, 70_000]) {
      const text = 'x'.repeat(size);
      assert.equal(await openAt(contact, account.seal(text, bundle)), text);
      bundle = undefined;
    }
  });

  it('writes byte for byte what libsignal writes, through hundreds of messages on one session', async () => {
    account.seal('start', contact.bundle());
    const start = account.memory.sessions.get(to.toString());
    assert.ok(start);
    for (let round = 0; round < 300; round += 1) {
      const before = account.memory.sessions.get(to.toString());
      assert.ok(before);
      const theirs = await account.sealWithLibsignal(`message ${round}`);
      const recordByThem = account.memory.sessions.get(to.toString());
      account.memory.sessions.set(to.toString(), before);
      const ours = account.seal(`message ${round}`);
      assert.equal(ours.type, theirs.type);
      assert.equal(ours.body.toString('hex'), theirs.body.toString('hex'));
      assert.equal(account.memory.sessions.get(to.toString()), recordByThem);
    }
  });

  it('writes the same bytes as libsignal after the other side has answered, whatever the counters', async () => {
    await openAt(contact, account.seal('one', contact.bundle()));
    for (let turn = 0; turn < 4; turn += 1) {
      assert.equal(await account.open(await answerFrom(contact, `answer ${turn}`)), `answer ${turn}`);
      // A turn without a message of ours makes libsignal write a previous counter of -1.
      if (turn === 1) continue;
      const before = account.memory.sessions.get(to.toString());
      assert.ok(before);
      const theirs = await account.sealWithLibsignal('again');
      account.memory.sessions.set(to.toString(), before);
      const ours = account.seal('again');
      assert.equal(ours.body.toString('hex'), theirs.body.toString('hex'));
      assert.equal(await openAt(contact, ours), 'again');
    }
  });

  it("stores records in libsignal's own form, which it reads and writes back unchanged", () => {
    const { record } = account.seal('text', contact.bundle());
    const again = libsignal.SessionRecord.deserialize(JSON.parse(JSON.stringify(record)));
    assert.equal(again.haveOpenSession(), true);
    assert.equal(JSON.stringify(again.serialize()), JSON.stringify(record));
  });

  it('goes on with a session that libsignal began, and libsignal with ours', async () => {
    await new libsignal.SessionBuilder(account.memory, to).initOutgoing(contact.bundle());
    assert.equal(await openAt(contact, account.seal('ours')), 'ours');
    assert.equal(await openAt(contact, await account.sealWithLibsignal('theirs')), 'theirs');
    assert.equal(await openAt(contact, account.seal('ours again')), 'ours again');
  });

  it('turns the ratchet when the recipient answers, and sends plain messages from then on', async () => {
    await openAt(contact, account.seal('first', contact.bundle()));
    assert.equal(await account.open(await answerFrom(contact, 'seen')), 'seen');
    const after = account.seal('after the answer');
    assert.equal(after.type, 'msg');
    assert.equal(await openAt(contact, after), 'after the answer');
    assert.equal(await account.open(await answerFrom(contact, 'seen too')), 'seen too');
    assert.equal(await openAt(contact, account.seal('and on')), 'and on');
  });

  it('goes on with a session that the contact began', async () => {
    const ownBundle = createContactDevice(account.memory).bundle();
    await new libsignal.SessionBuilder(contact.memory, from).initOutgoing(ownBundle);
    const begun = await new libsignal.SessionCipher(contact.memory, from).encrypt(Buffer.from('hello'));
    const cipher = new libsignal.SessionCipher(account.memory, to);
    assert.equal((await cipher.decryptPreKeyWhisperMessage(Buffer.from(begun.body, 'binary'))).toString(), 'hello');
    const sealed = account.seal('hello to you');
    assert.equal(sealed.type, 'msg');
    assert.equal(await openAt(contact, sealed), 'hello to you');
  });

  it('is opened in whatever order it arrives', async () => {
    const sealed = [account.seal('0', contact.bundle())];
    for (let index = 1; index < 12; index += 1) sealed.push(account.seal(String(index)));
    for (const index of [5, 0, 11, 3, 10, 1, 2, 9, 4, 8, 6, 7]) {
      const message = sealed[index];
      assert.ok(message);
      assert.equal(await openAt(contact, message), String(index));
    }
  });

  it('closes the open session when a new bundle is used, still opens answers to it, and keeps three of the closed', async () => {
    await openAt(contact, account.seal('first', contact.bundle()));
    const late = await answerFrom(contact, 'late answer');
    for (let round = 0; round < 3; round += 1) account.seal(`again ${round}`, contact.bundle());
    assert.equal(await account.open(late), 'late answer');
    for (let round = 0; round < 6; round += 1) account.seal(`more ${round}`, contact.bundle());
    const record = account.record;
    assert.ok(record);
    const sessions = Object.values(record._sessions);
    assert.equal(sessions.length, 4);
    assert.equal(sessions.filter((session) => session.indexInfo.closed === -1).length, 1);
    assert.equal(findOpenSession(record), sessions.at(-1));
    assert.equal(await openAt(contact, account.seal('last')), 'last');
  });

  it('refuses a bundle whose signed prekey carries a false signature, and leaves the old session in use', async () => {
    account.seal('first', contact.bundle());
    const before = account.record;
    const bundle = contact.bundle();
    bundle.signedPreKey.signature = randomBytes(64);
    const device = { address: 'contact', record: before, bundle };
    assert.deepEqual(encryptForDevice(account.identity, Buffer.from('x'), device, 0), {
      ok: false,
      address: 'contact',
      fault: 'false_signature',
    });
    assert.equal(account.seal('still').type, 'pkmsg');
  });

  it('names keys that are malformed or of low order, and devices without a session', () => {
    const good = contact.bundle();
    const faultOf = (bundle?: PreKeyBundle, record: StoredSessionRecord | null = null) => {
      const outcome = encryptForDevice(account.identity, Buffer.from('x'), { address: 'a', record, bundle }, 0);
      return outcome.ok ? undefined : outcome.fault;
    };
    assert.equal(faultOf({ ...good, identityKey: Buffer.alloc(12) }), 'bad_keys');
    assert.equal(faultOf({ ...good, preKey: { keyId: 1, publicKey: Buffer.alloc(32) } }), 'bad_keys');
    assert.equal(faultOf({ ...good, preKey: { keyId: 1, publicKey: Buffer.alloc(33, 1) } }), 'bad_keys');
    assert.equal(faultOf({ ...good, identityKey: Buffer.alloc(32) }), 'false_signature');
    assert.equal(faultOf(), 'no_session');
    assert.equal(faultOf(undefined, { _sessions: {}, version: 'v1' }), 'no_session');
    assert.equal(
      faultOf({ ...good, signedPreKey: { ...good.signedPreKey, signature: Buffer.alloc(0) } }),
      'false_signature',
    );
  });

  it('takes nothing for a record that is damaged or of a form it does not know', () => {
    const { record } = account.seal('text', contact.bundle());
    assert.deepEqual(asStoredRecord(JSON.parse(JSON.stringify(record))), record);
    for (const value of [
      undefined,
      null,
      'text',
      {},
      { ...record, version: 'v2' },
      { version: 'v1', _sessions: { a: {} } },
    ]) {
      assert.equal(asStoredRecord(value), null);
    }
  });

  it('never changes the records it was given', () => {
    const first = account.seal('text', contact.bundle());
    const text = JSON.stringify(first.record);
    account.seal('again');
    account.seal('anew', contact.bundle());
    assert.equal(JSON.stringify(first.record), text);
  });
});
