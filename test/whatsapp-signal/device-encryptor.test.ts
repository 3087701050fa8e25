import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { installFastCurve } from '../../server/whatsapp/signal/install-fast-curve.js';
import { silenceLibsignal } from '../../server/whatsapp/baileys/libsignal-console.js';
import { DeviceEncryptor } from '../../server/whatsapp/signal/device-encryptor.js';
import {
  type DeviceOutcome,
  encryptForDevice,
  type TargetDevice,
} from '../../server/whatsapp/signal/encrypt-for-devices.js';
import { startThread } from '../../server/whatsapp/signal/start-thread.js';
import { Account, type ContactDevice, openAt } from './account.js';
import { createContactDevice } from './signal-memory.js';

describe('Encrypting in a thread', () => {
  let encryptor: DeviceEncryptor;
  let failures: Error[];
  let account: Account;
  let contacts: ContactDevice[];
  let speakAgain: () => void;

  before(() => {
    installFastCurve();
    speakAgain = silenceLibsignal();
  });
  after(() => {
    speakAgain();
  });
  beforeEach(() => {
    failures = [];
    encryptor = new DeviceEncryptor({ onThreadFailure: (error) => failures.push(error) });
    account = new Account();
    contacts = Array.from({ length: 90 }, () => createContactDevice());
  });
  afterEach(async () => {
    await encryptor.stop();
  });

  const bundles = (): TargetDevice[] =>
    contacts.map((contact, index) => ({ address: String(index), record: null, bundle: contact.bundle() }));

  async function assertOpened(outcomes: readonly DeviceOutcome[], text: string) {
    assert.equal(outcomes.length, contacts.length);
    for (const [index, outcome] of outcomes.entries()) {
      const contact = contacts[index];
      assert.ok(outcome.ok && contact);
      assert.equal(outcome.address, String(index));
      assert.ok(Buffer.isBuffer(outcome.body));
      assert.equal(await openAt(contact, outcome), text);
    }
  }

  it('gives every device what it can open, in the order asked for', async () => {
    const heard: string[] = [];
    const outcomes = await encryptor.encrypt(
      { identity: account.identity, payload: Buffer.from('first'), devices: bundles() },
      { onBatch: (slice) => void heard.push(...slice.map(({ address }) => address)) },
    );
    await assertOpened(outcomes, 'first');
    assert.deepEqual(
      heard,
      outcomes.map(({ address }) => address),
    );
    const known = outcomes.map((outcome) => ({ address: outcome.address, record: outcome.ok ? outcome.record : null }));
    const batch = { identity: account.identity, payload: Buffer.from('second'), devices: known };
    await assertOpened(await encryptor.encrypt(batch), 'second');
    assert.deepEqual(failures, []);
  });

  it('mixes new and stored sessions, and names the faulty among them', async () => {
    const devices = bundles().map((device, index): TargetDevice => {
      if (index % 3 === 0) return device;
      if (index % 3 === 1) return { address: device.address, record: null };
      const begun = encryptForDevice(account.identity, Buffer.from('begun'), device, 0);
      assert.ok(begun.ok);
      return { address: device.address, record: begun.record };
    });
    const forged = devices[6]?.bundle;
    assert.ok(forged);
    Object.assign(forged.signedPreKey, { signature: randomBytes(64) });
    const outcomes = await encryptor.encrypt({ identity: account.identity, payload: Buffer.from('x'), devices });
    for (const [index, outcome] of outcomes.entries()) {
      if (index === 6) assert.equal(!outcome.ok && outcome.fault, 'false_signature');
      else if (index % 3 === 1) assert.equal(!outcome.ok && outcome.fault, 'no_session');
      else assert.ok(outcome.ok);
    }
    assert.deepEqual(
      outcomes.map(({ address }) => address),
      devices.map(({ address }) => address),
    );
  });

  it('serves several accounts at once', async () => {
    const devices = bundles();
    const accounts = Array.from({ length: 4 }, () => new Account());
    const results = await Promise.all(
      accounts.map(({ identity }) => encryptor.encrypt({ identity, payload: Buffer.from('x'), devices })),
    );
    for (const outcomes of results) assert.equal(outcomes.filter(({ ok }) => ok).length, devices.length);
  });

  it('goes on without the thread when it ends in the midst of a batch', async () => {
    let slices = 0;
    const outcomes = await encryptor.encrypt(
      { identity: account.identity, payload: Buffer.from('all the same'), devices: bundles() },
      {
        onBatch: async () => {
          slices += 1;
          if (slices === 1) await encryptor.stop();
        },
      },
    );
    await assertOpened(outcomes, 'all the same');
    const batch = { identity: account.identity, payload: Buffer.from('later'), devices: bundles() };
    await assertOpened(await encryptor.encrypt(batch), 'later');
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const work = encryptor.encrypt(
      { identity: account.identity, payload: Buffer.from('x'), devices: bundles() },
      {
        signal: controller.signal,
        onBatch: () => {
          controller.abort(new Error('cancelled'));
        },
      },
    );
    await assert.rejects(work, /cancelled/);
  });

  it('ends its thread when it is closed, and begins no other', async () => {
    const threads: Worker[] = [];
    const closing = new DeviceEncryptor({
      startThread: () => {
        const thread = startThread('encrypt-thread');
        threads.push(thread);
        return thread;
      },
      onThreadFailure: (error) => failures.push(error),
    });
    const batch = { identity: account.identity, payload: Buffer.from('x'), devices: bundles() };
    await closing.encrypt(batch);
    assert.ok((threads[0]?.threadId ?? -1) > 0);
    await closing.stop();
    assert.equal(threads[0]?.threadId, -1);
    await assertOpened(await closing.encrypt({ ...batch, devices: bundles() }), 'x');
    assert.deepEqual([threads.length, failures], [1, []]);
    await closing.stop();
  });

  for (const [how, script] of [
    ['fails', 'throw new Error("broken")'],
    ['ends', 'require("node:worker_threads").parentPort.once("message", () => process.exit(3))'],
  ] as const) {
    it(`does the work itself when the thread ${how}, and tells why, once`, async () => {
      const failing = new DeviceEncryptor({
        startThread: () => new Worker(script, { eval: true }),
        onThreadFailure: (error) => failures.push(error),
      });
      const batch = { identity: account.identity, payload: Buffer.from('all the same'), devices: bundles() };
      await assertOpened(await failing.encrypt(batch), 'all the same');
      assert.equal(failures.length, 1);
      const again = { ...batch, payload: Buffer.from('again'), devices: bundles() };
      await assertOpened(await failing.encrypt(again), 'again');
      assert.equal(failures.length, 1);
      await failing.stop();
    });
  }
});
