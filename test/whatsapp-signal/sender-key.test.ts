import assert from 'node:assert/strict';
import { BufferJSON } from '@whiskeysockets/baileys';
import {
  GroupCipher,
  GroupSessionBuilder,
  SenderKeyDistributionMessage,
  SenderKeyName,
  SenderKeyRecord,
} from '@whiskeysockets/baileys/lib/Signal/Group/index.js';
import { installFastCurve } from '../../server/whatsapp/signal/install-fast-curve.js';
import { createSenderKey, distributionOf, encryptWithSenderKey } from '../../server/whatsapp/signal/sender-key.js';
import { readSenderKey, writeSenderKey } from '../../server/whatsapp/signal/stored-sender-key.js';

const name = new SenderKeyName('status@broadcast', { id: '100_1', deviceId: 3, toString: () => '100_1.3' });

/** A store of sender keys that behaves as Baileys' own, down to the text that comes to rest. */
class SenderKeys {
  stored: Buffer | undefined;

  async loadSenderKey(): Promise<SenderKeyRecord> {
    return this.stored ? SenderKeyRecord.deserialize(this.stored) : new SenderKeyRecord();
  }

  async storeSenderKey(_name: unknown, record: SenderKeyRecord): Promise<void> {
    this.stored = Buffer.from(JSON.stringify(record.serialize()));
  }
}

/**
 * A device that receives. Baileys 7.0.0-rc14 cannot use the keys of skipped messages once they have been stored as numbers
 * (they do not come back as buffers), which no phone shares; this store keeps them as base64.
 */
class ReceiverKeys extends SenderKeys {
  override async storeSenderKey(_name: unknown, record: SenderKeyRecord): Promise<void> {
    this.stored = Buffer.from(JSON.stringify(record.serialize(), BufferJSON.replacer));
  }
}

class Receiver {
  readonly keys = new ReceiverKeys();

  async learn(distribution: Buffer): Promise<void> {
    const message = new SenderKeyDistributionMessage(undefined, undefined, undefined, undefined, distribution);
    await new GroupSessionBuilder(this.keys).process(name, message);
  }

  async open(body: Buffer | Uint8Array): Promise<string> {
    return Buffer.from(await new GroupCipher(this.keys, name).decrypt(body)).toString();
  }
}

describe('Sender keys', () => {
  before(() => {
    installFastCurve();
  });

  it("are understood by Baileys' group cipher, message after message and out of order", async () => {
    const receiver = new Receiver();
    let key = createSenderKey();
    await receiver.learn(distributionOf(key));
    const bodies: Buffer[] = [];
    for (let index = 0; index < 20; index += 1) {
      const message = encryptWithSenderKey(key, Buffer.from(`status ${index}`));
      bodies.push(message.body);
      key = message.next;
    }
    assert.equal(key.iteration, 20);
    for (const index of [0, 1, 5, 3, 2, 19, 4, 18]) {
      const body = bodies[index];
      assert.ok(body);
      assert.equal(await receiver.open(body), `status ${index}`);
    }
  });

  it('let a device that joins late read from that message on, and nothing before', async () => {
    const first = encryptWithSenderKey(createSenderKey(), Buffer.from('before'));
    const second = encryptWithSenderKey(first.next, Buffer.from('after'));
    const late = new Receiver();
    await late.learn(second.distribution);
    assert.equal(await late.open(second.body), 'after');
    await assert.rejects(late.open(first.body), /old counter/);
  });

  it('are signed: a changed message and one of another key are refused', async () => {
    const { body, distribution } = encryptWithSenderKey(createSenderKey(), Buffer.from('text'));
    const receiver = new Receiver();
    await receiver.learn(distribution);
    const changed = Buffer.from(body);
    changed.writeUInt8(changed.readUInt8(12) ^ 1, 12);
    await assert.rejects(receiver.open(changed));
    await assert.rejects(receiver.open(encryptWithSenderKey(createSenderKey(), Buffer.from('text')).body));
    assert.equal(await receiver.open(body), 'text');
  });

  it("go on from what Baileys stored, and Baileys' cipher goes on from ours", async () => {
    const sender = new SenderKeys();
    const receiver = new Receiver();
    const distribution = await new GroupSessionBuilder(sender).create(name);
    await receiver.learn(Buffer.from(distribution.serialize()));
    assert.equal(await receiver.open(await new GroupCipher(sender, name).encrypt(Buffer.from('one'))), 'one');
    for (const round of ['two', 'three']) {
      assert.ok(sender.stored);
      const key = readSenderKey(sender.stored);
      assert.ok(key);
      const message = encryptWithSenderKey(key, Buffer.from(round));
      sender.stored = writeSenderKey(message.next);
      assert.equal(await receiver.open(message.body), round);
    }
    assert.equal(await receiver.open(await new GroupCipher(sender, name).encrypt(Buffer.from('four'))), 'four');
    const next = await new GroupSessionBuilder(sender).create(name);
    const late = new Receiver();
    await late.learn(Buffer.from(next.serialize()));
    assert.equal(await late.open(await new GroupCipher(sender, name).encrypt(Buffer.from('five'))), 'five');
  });

  it('come back from the store as they went in, also through the text form of a key store', () => {
    const key = encryptWithSenderKey(createSenderKey(), Buffer.from('text')).next;
    const stored = writeSenderKey(key);
    assert.deepEqual(readSenderKey(stored), key);
    const rested = JSON.parse(JSON.stringify(stored, BufferJSON.replacer), BufferJSON.reviver) as Uint8Array;
    assert.deepEqual(readSenderKey(rested), key);
  });

  it('are absent where the store holds nothing readable', () => {
    for (const text of ['', '[]', '{}', 'no json', '[{"senderKeyId":1}]']) {
      assert.equal(readSenderKey(Buffer.from(text)), undefined);
    }
    const key = createSenderKey();
    const cut = { ...key.signingKey, private: key.signingKey.private.subarray(1) };
    assert.equal(readSenderKey(writeSenderKey({ ...key, signingKey: cut })), undefined);
  });

  it('are the newest of those that the store holds', () => {
    const [old, present] = [createSenderKey(), createSenderKey()];
    const states = [old, present].flatMap((key) => JSON.parse(writeSenderKey(key).toString()) as unknown[]);
    assert.deepEqual(readSenderKey(Buffer.from(JSON.stringify(states))), present);
  });

  it('do not grow in the store with the number of posts', () => {
    let key = createSenderKey();
    for (let post = 0; post < 500; post += 1) key = encryptWithSenderKey(key, Buffer.from('text')).next;
    assert.ok(writeSenderKey(key).length < 500);
  });
});
