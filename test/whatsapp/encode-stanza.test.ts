import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { type BinaryNode, decodeBinaryNode, encodeBinaryNode } from '@whiskeysockets/baileys';
import { encodeStanza } from '../../server/whatsapp/wire/encode-stanza.js';

const texts = [
  'status@broadcast',
  '919812345678@s.whatsapp.net',
  '919812345678:12@s.whatsapp.net',
  '27123456789012@lid',
  '27123456789012:3@lid',
  '919812345678:99@hosted',
  '@s.whatsapp.net',
  's.whatsapp.net',
  '3EB0C767D097B7C7C030',
  '12-34.5',
  '123',
  'participants',
  'plain text, with a comma',
  'ünïcode 😀',
  'A'.repeat(127),
  'A'.repeat(128),
  '7'.repeat(127),
  '7'.repeat(128),
  '7'.repeat(255),
  'x'.repeat(300),
  '',
];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** A status to this many devices: every second one gets a key, the others a bare entry. */
function status(devices: number): BinaryNode {
  const to = (_: unknown, index: number): BinaryNode => {
    const attrs = { jid: `${String(27_000_000_000_000 + index)}${index % 3 === 0 ? ':7' : ''}@lid` };
    const enc = { tag: 'enc', attrs: { v: '2', type: 'pkmsg' }, content: randomBytes(250 + (index % 20)) };
    return index % 2 === 0 ? { tag: 'to', attrs } : { tag: 'to', attrs, content: [enc] };
  };
  return {
    tag: 'message',
    attrs: { id: '3EB0C767D097B7C7C030', to: 'status@broadcast', type: 'text' },
    content: [
      { tag: 'enc', attrs: { v: '2', type: 'skmsg' }, content: randomBytes(180) },
      { tag: 'participants', attrs: {}, content: Array.from({ length: devices }, to) },
      { tag: 'meta', attrs: { status_setting: 'contacts' } },
    ],
  };
}

describe('the binary form of a stanza', () => {
  for (const text of texts) {
    it(`is that of Baileys for ${JSON.stringify(text.slice(0, 30))} (${String(text.length)} characters)`, () => {
      const stanza = { tag: 'iq', attrs: { id: text, [text || 'none']: '1' }, content: text };
      assert.deepEqual(encodeStanza(stanza), encodeBinaryNode(stanza));
    });
  }

  it('is that of Baileys for bytes of every length class, for no children and for no content', () => {
    for (const length of [0, 1, 255, 256, 70_000, 1 << 20]) {
      const stanza = { tag: 'enc', attrs: {}, content: randomBytes(length) };
      assert.ok(encodeStanza(stanza).equals(encodeBinaryNode(stanza)), `${String(length)} bytes`);
    }
    for (const stanza of [
      { tag: 'list', attrs: {}, content: [] },
      { tag: 'list', attrs: {} },
    ]) {
      assert.deepEqual(encodeStanza(stanza), encodeBinaryNode(stanza));
    }
  });

  it('is that of Baileys for statuses to few and to many, one after the other', async () => {
    for (const devices of [1, 254, 255, 256, 1_000, 3]) {
      const stanza = status(devices);
      const encoded = encodeStanza(stanza);
      assert.ok(encoded.equals(encodeBinaryNode(stanza)), `${String(devices)} devices`);
      const read = await decodeBinaryNode(encoded);
      assert.equal(read.tag, 'message');
    }
  });

  it('keeps nothing of a large stanza in memory once it has left', () => {
    const heldBytes = () => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const stanza = { tag: 'enc', attrs: {}, content: randomBytes(32 << 20) };
    const before = heldBytes();
    assert.ok(encodeStanza(stanza).length > 32 << 20);
    assert.ok(heldBytes() - before < 1 << 20);
    assert.equal(stanza.content.length, 32 << 20);
  });

  it('is that of one stanza, whatever is written after it', () => {
    const written = [status(1), status(1_000), status(2), status(1_000)].map((stanza) => ({
      encoded: encodeStanza(stanza),
      expected: encodeBinaryNode(stanza),
    }));
    for (const { encoded, expected } of written) assert.ok(encoded.equals(expected));
  });
});
