import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type DeviceOutcome, encryptForDevices } from '../../server/whatsapp/signal/encrypt-for-devices.js';
import { Account, openAt } from './account.js';
import { createContactDevice } from './signal-memory.js';

describe('Encrypting for many devices', () => {
  it('answers for each in the order given, names the faulty ones, and each ciphertext is opened by its device', async () => {
    const account = new Account();
    const contacts = Array.from({ length: 60 }, () => createContactDevice());
    const devices = contacts.map((contact, index) => {
      const bundle = contact.bundle();
      if (index % 10 === 3) bundle.signedPreKey.signature = randomBytes(64);
      return { address: `contact-${index}`, record: null, bundle };
    });
    const slices: number[] = [];
    const outcomes = await encryptForDevices(
      { identity: account.identity, payload: Buffer.from('to all'), devices },
      { sliceMs: 1, onBatch: (slice) => void slices.push(slice.length) },
    );
    assert.deepEqual(
      outcomes.map(({ address }) => address),
      devices.map(({ address }) => address),
    );
    assert.ok(slices.length > 3);
    assert.equal(
      slices.reduce((sum, size) => sum + size, 0),
      60,
    );
    for (const [index, outcome] of outcomes.entries()) {
      assert.equal(outcome.ok, index % 10 !== 3);
      const contact = contacts[index];
      if (outcome.ok && contact) assert.equal(await openAt(contact, outcome), 'to all');
    }
  });

  it('lets the event loop go round between slices, also when several batches are at work', async () => {
    const contact = createContactDevice();
    const { identity } = new Account();
    const devices = Array.from({ length: 200 }, () => ({ address: 'a', record: null, bundle: contact.bundle() }));
    let slices = 0;
    let slicesSinceTurn = 0;
    let mostPerTurn = 0;
    let working = true;
    const turn = () => {
      mostPerTurn = Math.max(mostPerTurn, slicesSinceTurn);
      slicesSinceTurn = 0;
      if (working) setTimeout(turn, 0);
    };
    setTimeout(turn, 0);
    const onBatch = () => {
      slices += 1;
      slicesSinceTurn += 1;
    };
    const batch = { identity, payload: Buffer.from('x'), devices };
    await Promise.all(Array.from({ length: 5 }, () => encryptForDevices(batch, { sliceMs: 4, onBatch })));
    working = false;
    assert.ok(slices > 20);
    assert.ok(mostPerTurn <= 2, `${mostPerTurn} slices between two rounds of the loop`);
  });

  it('stops before the next slice when it is told to', async () => {
    const contact = createContactDevice();
    const { identity } = new Account();
    const devices = Array.from({ length: 100 }, () => ({ address: 'a', record: null, bundle: contact.bundle() }));
    const controller = new AbortController();
    let sealed = 0;
    const onBatch = (slice: readonly DeviceOutcome[]) => {
      sealed += slice.length;
      controller.abort(new Error('cancelled'));
    };
    const batch = { identity, payload: Buffer.from('x'), devices };
    await assert.rejects(encryptForDevices(batch, { sliceMs: 1, onBatch, signal: controller.signal }), /cancelled/);
    assert.ok(sealed > 0 && sealed < 100);
  });

  it('resolves with nothing for no devices', async () => {
    const { identity } = new Account();
    assert.deepEqual(await encryptForDevices({ identity, payload: Buffer.from('x'), devices: [] }), []);
  });
});
