import assert from 'node:assert/strict';
import {
  GroupCipher,
  GroupSessionBuilder,
  SenderKeyDistributionMessage,
  SenderKeyName,
  SenderKeyRecord,
} from '@whiskeysockets/baileys/lib/Signal/Group/index.js';
import { OwnSenderKey, SenderKeys } from '../../simulator/contact/sender-keys.js';

const statusBroadcast = 'status@broadcast';

/** Baileys' own group code with a store in memory. */
function baileysSender() {
  let record = new SenderKeyRecord();
  const store = {
    loadSenderKey: () => Promise.resolve(record),
    storeSenderKey: (_name: SenderKeyName, stored: SenderKeyRecord) => {
      record = stored;
      return Promise.resolve();
    },
  };
  const name = new SenderKeyName(statusBroadcast, { id: 'author', deviceId: 3, toString: () => 'author.3' });
  const builder = new GroupSessionBuilder(store);
  const cipher = new GroupCipher(store, name);
  return {
    distribution: async () => Buffer.from((await builder.create(name)).serialize()),
    encrypt: async (text: string) => Buffer.from(await cipher.encrypt(Buffer.from(text))),
    process: (bytes: Buffer) => builder.process(name, new SenderKeyDistributionMessage(null, null, null, null, bytes)),
    decrypt: async (bytes: Buffer) => Buffer.from(await cipher.decrypt(bytes)).toString(),
  };
}

function textOf(keys: SenderKeys, bytes: Uint8Array): string {
  const result = keys.decrypt(statusBroadcast, 'author', bytes);
  return result.ok ? result.plaintext.toString() : `refused: ${result.kind}: ${result.reason}`;
}

describe('sender keys beside Baileys', () => {
  it('decrypts what Baileys posts, although it leaves a gap after every message', async () => {
    const author = baileysSender();
    const keys = new SenderKeys();
    for (let post = 0; post < 50; post += 1) {
      assert.deepEqual(keys.install(statusBroadcast, 'author', await author.distribution()), { ok: true });
      assert.equal(textOf(keys, await author.encrypt(`post ${post}`)), `post ${post}`);
    }
  });

  it('posts what Baileys can decrypt', async () => {
    const own = new OwnSenderKey();
    const reader = baileysSender();
    await reader.process(own.distribution());
    for (const text of ['one', 'two', 'three']) {
      assert.equal(await reader.decrypt(own.encrypt(Buffer.from(text))), text);
    }
  });

  it('takes posts that overtook each other, each once', async () => {
    const author = baileysSender();
    const keys = new SenderKeys();
    keys.install(statusBroadcast, 'author', await author.distribution());
    const [first, second] = [await author.encrypt('first'), await author.encrypt('second')];
    assert.equal(textOf(keys, second), 'second');
    assert.equal(textOf(keys, first), 'first');
    assert.match(textOf(keys, first), /refused: duplicate/);
    assert.match(textOf(keys, second), /refused: duplicate/);
  });

  it('cannot be rewound by an old distribution message', async () => {
    const author = baileysSender();
    const keys = new SenderKeys();
    const distribution = await author.distribution();
    keys.install(statusBroadcast, 'author', distribution);
    const post = await author.encrypt('post');
    assert.equal(textOf(keys, post), 'post');
    keys.install(statusBroadcast, 'author', distribution);
    assert.match(textOf(keys, post), /refused: duplicate/);
  });
});

describe('sender keys refuse', () => {
  it('a post by someone whose key never came, or came for another sender', () => {
    const own = new OwnSenderKey();
    const keys = new SenderKeys();
    keys.install(statusBroadcast, 'someone else', own.distribution());
    assert.match(textOf(keys, own.encrypt(Buffer.from('hello'))), /refused: no_sender_key/);
  });

  it('a changed post and a forged signature, and still take the genuine post', () => {
    const own = new OwnSenderKey();
    const keys = new SenderKeys();
    keys.install(statusBroadcast, 'author', own.distribution());
    const post = own.encrypt(Buffer.from('hello'));
    for (const index of [5, post.length - 1]) {
      const changed = Buffer.from(post);
      changed[index] = (changed[index] ?? 0) ^ 1;
      assert.match(textOf(keys, changed), /refused: (invalid_signature|no_sender_key|invalid_message)/);
    }
    assert.equal(textOf(keys, post), 'hello');
  });

  it('a post more than 2,000 ahead, until the key is distributed again', () => {
    const own = new OwnSenderKey();
    const keys = new SenderKeys();
    keys.install(statusBroadcast, 'author', own.distribution());
    for (let lost = 0; lost <= 2000; lost += 1) own.encrypt(Buffer.from('lost'));
    const distribution = own.distribution();
    const post = own.encrypt(Buffer.from('far'));
    assert.match(textOf(keys, post), /refused: too_far_ahead/);
    keys.install(statusBroadcast, 'author', distribution);
    assert.equal(textOf(keys, post), 'far');
  });

  it('nonsense', () => {
    const keys = new SenderKeys();
    assert.equal(keys.install(statusBroadcast, 'author', Buffer.from('nonsense')).ok, false);
    assert.match(textOf(keys, Buffer.from('nonsense')), /refused: invalid_message/);
  });
});
