import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { type BinaryNode, decodeBinaryNode, encodeBinaryNode } from '@whiskeysockets/baileys';
import { encryptForDevice } from '../../server/whatsapp/signal/encrypt-for-devices.js';
import { parseBundles } from '../../server/whatsapp/signal/parse-bundles.js';
import { Account, openAt } from './account.js';
import { createContactDevice } from './signal-memory.js';

const bytes = (tag: string, content: Uint8Array): BinaryNode => ({ tag, attrs: {}, content });
const number = (tag: string, value: number, size: number): BinaryNode => {
  const content = Buffer.alloc(size);
  content.writeUIntBE(value, 0, size);
  return bytes(tag, content);
};

type Bundle = ReturnType<ReturnType<typeof createContactDevice>['bundle']>;

function userNode(jid: string, bundle: Bundle, { oneTime = true } = {}): BinaryNode {
  const content: BinaryNode[] = [
    number('registration', bundle.registrationId, 4),
    bytes('type', Buffer.of(5)),
    bytes('identity', bundle.identityKey.subarray(1)),
    {
      tag: 'skey',
      attrs: {},
      content: [
        number('id', bundle.signedPreKey.keyId, 3),
        bytes('value', bundle.signedPreKey.publicKey.subarray(1)),
        bytes('signature', bundle.signedPreKey.signature),
      ],
    },
  ];
  if (oneTime) {
    const { keyId, publicKey } = bundle.preKey;
    content.push({ tag: 'key', attrs: {}, content: [number('id', keyId, 3), bytes('value', publicKey.subarray(1))] });
  }
  return { tag: 'user', attrs: { jid, t: '1' }, content };
}

const answerWith = (...users: BinaryNode[]): BinaryNode => ({
  tag: 'iq',
  attrs: { type: 'result' },
  content: [{ tag: 'list', attrs: {}, content: users }],
});

describe('Bundles as the server hands them out', () => {
  it('come over the wire as what a session can be begun with', async () => {
    const contact = createContactDevice();
    const account = new Account();
    const wire = encodeBinaryNode(answerWith(userNode('100:2@lid', contact.bundle())));
    const [answer] = parseBundles(await decodeBinaryNode(wire));
    assert.ok(answer && 'bundle' in answer);
    assert.equal(answer.jid, '100:2@lid');
    const device = { address: answer.jid, record: null, bundle: answer.bundle };
    const outcome = encryptForDevice(account.identity, Buffer.from('hello'), device, 0);
    assert.ok(outcome.ok);
    assert.equal(await openAt(contact, outcome), 'hello');
  });

  it('need no one-time prekey', () => {
    const [answer] = parseBundles(answerWith(userNode('1@lid', createContactDevice().bundle(), { oneTime: false })));
    assert.ok(answer && 'bundle' in answer);
    assert.equal(answer.bundle.preKey, undefined);
  });

  it('stand each for itself: one refused or malformed device leaves the others alone', () => {
    const good = createContactDevice().bundle();
    const short = userNode('2@lid', { ...good, signedPreKey: { ...good.signedPreKey, signature: randomBytes(63) } });
    const refused = {
      tag: 'user',
      attrs: { jid: '3@lid' },
      content: [{ tag: 'error', attrs: { code: '406', text: 'not-acceptable' } }],
    };
    const answers = parseBundles(
      answerWith(userNode('1@lid', good), short, refused, { tag: 'user', attrs: { jid: '4@lid' } }),
    );
    assert.deepEqual(
      answers.map((answer) => [answer.jid, 'bundle' in answer ? 'bundle' : answer.refusal.code]),
      [
        ['1@lid', 'bundle'],
        ['2@lid', 0],
        ['3@lid', 406],
        ['4@lid', 0],
      ],
    );
  });

  it('are none in an answer without a list', () => {
    assert.deepEqual(parseBundles({ tag: 'iq', attrs: { type: 'result' } }), []);
    assert.deepEqual(parseBundles(answerWith()), []);
  });
});
