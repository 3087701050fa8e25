import assert from 'node:assert/strict';
import { type BinaryNode, proto } from '@whiskeysockets/baileys';
import { readReply } from '../../server/whatsapp/receipts/replies.js';

const now = new Date(1_777_000_000_000);
const own = { phoneNumber: '4900', lid: '900' };
const contextInfo = { stanzaId: '3EB0S1', remoteJid: 'status@broadcast', participant: '4900@s.whatsapp.net' };
const onHost = {
  mediaKey: Buffer.alloc(32, 7),
  fileSha256: Buffer.alloc(32, 8),
  fileEncSha256: Buffer.alloc(32, 9),
  directPath: '/v/t62.7118-24/1_n.enc?ccb=11-4&oh=01',
};

/** What is read of this message, as it comes out of its protobuf. */
function read(message: proto.IMessage, attrs: Record<string, string> = {}) {
  const node: BinaryNode = {
    tag: 'message',
    attrs: { from: '71:2@lid', id: '3A01', t: '1776999990', ...(attrs['from'] ? {} : hint), ...attrs },
  };
  return readReply(node, proto.Message.decode(proto.Message.encode(message).finish()), { own, now });
}

const hint = { sender_pn: '4971@s.whatsapp.net' };
const anna = { phoneNumber: '4971', lid: '71' };
const sent = {
  messageId: '3A01',
  person: anna,
  at: new Date(1_776_999_990_000),
  change: 'sent',
  pushName: null,
  statusMessageId: '3EB0S1',
  kind: 'text',
  text: 'Still open?',
  file: null,
  isViewOnce: false,
};
const text = (words: string): proto.IMessage => ({ extendedTextMessage: { text: words, contextInfo } });

describe('a reply to a status, out of a message', () => {
  it('is a private message that quotes one', () => {
    assert.deepEqual(read(text('Still open?')), sent);
    assert.deepEqual(read({ ephemeralMessage: { message: text('Still open?') } }), sent);
  });

  it('has the name by which its sender goes', () => {
    const name = (notify: string): unknown => {
      const found = read(text('Hi'), { notify });
      return found?.change === 'sent' ? found.pushName : undefined;
    };
    assert.deepEqual([name('Anna Å'), name('  '), name('x'.repeat(300))], ['Anna Å', null, 'x'.repeat(100)]);
  });

  it('is no message that quotes another one, or nothing', () => {
    for (const context of [undefined, { ...contextInfo, remoteJid: '4971@s.whatsapp.net' }, { stanzaId: '3EB0S1' }])
      assert.equal(read({ extendedTextMessage: { text: 'Hi', contextInfo: context ?? null } }), undefined);
    assert.equal(read({ conversation: 'Hi' }), undefined);
  });

  it('is of the person, whichever of the two addresses the message came from', () => {
    const person = (attrs: Record<string, string>): unknown => read(text('Hi'), attrs)?.person;
    assert.deepEqual(person({ from: '4971:9@s.whatsapp.net', sender_lid: '71@lid' }), anna);
    assert.deepEqual(person({ from: '71@lid' }), { phoneNumber: null, lid: '71' });
  });

  it('is nobody’s of the own devices, and none in a group', () => {
    for (const from of ['900:3@lid', '4900@s.whatsapp.net', '123-456@g.us', 'status@broadcast'])
      assert.equal(read(text('Hi'), { from }), undefined, from);
  });

  it('names its message and the status by ids in the form that ids have', () => {
    for (const wrong of ['', 'a b', '\u0000', 'x'.repeat(129)]) {
      const context = { ...contextInfo, stanzaId: wrong };
      assert.equal(read({ extendedTextMessage: { text: 'Hi', contextInfo: context } }), undefined);
      assert.equal(read(text('Hi'), { id: wrong }), undefined);
    }
  });

  it('has no more text than a message can have, and nothing in it that a database refuses', () => {
    const words = (given: string): unknown => {
      const found = read(text(given));
      return found?.change === 'sent' ? found.text : found;
    };
    assert.equal(words('a\u0000b'), 'ab');
    assert.equal(words('\u0000'), null);
    assert.equal((words('x'.repeat(70_000)) as string).length, 65_536);
    const cut = words(`${'x'.repeat(65_535)}😀`) as string;
    assert.deepEqual([cut.length, cut.endsWith('\ufffd')], [65_536, true]);
    assert.equal(words('Grüße 😀'), 'Grüße 😀');
  });

  it('with a file says how to fetch it and what its sender says of it', () => {
    const file = {
      ...onHost,
      keysOf: 'image',
      sizeBytes: 1234,
      mimeType: 'image/jpeg',
      filename: null,
      width: 640,
      height: 480,
      durationMs: null,
    };
    const found = read({
      imageMessage: {
        ...onHost,
        mimetype: 'image/jpeg',
        fileLength: 1234,
        width: 640,
        height: 480,
        caption: 'Look',
        contextInfo,
      },
    });
    assert.deepEqual(found, { ...sent, kind: 'image', text: 'Look', file });
  });

  const kinds: [string, string, proto.IMessage][] = [
    ['video', 'video', { videoMessage: { ...onHost, contextInfo } }],
    ['video', 'video', { ptvMessage: { ...onHost, contextInfo } }],
    ['voice', 'audio', { audioMessage: { ...onHost, ptt: true, contextInfo } }],
    ['audio', 'audio', { audioMessage: { ...onHost, contextInfo } }],
    ['sticker', 'image', { stickerMessage: { ...onHost, contextInfo } }],
    ['document', 'document', { documentMessage: { ...onHost, contextInfo } }],
    [
      'document',
      'document',
      { documentWithCaptionMessage: { message: { documentMessage: { ...onHost, contextInfo } } } },
    ],
  ];
  for (const [kind, keysOf, message] of kinds) {
    it(`is a ${kind} as ${Object.keys(message).join()}`, () => {
      const found = read(message);
      assert.ok(found?.change === 'sent');
      assert.deepEqual([found.kind, found.file?.keysOf], [kind, keysOf]);
    });
  }

  it('is kept without its file where the message does not say how to fetch and prove it', () => {
    const wrong: proto.Message.IImageMessage[] = [
      { mediaKey: Buffer.alloc(31) },
      { fileSha256: null },
      { directPath: null, url: 'http://mmg.whatsapp.net/v/1.enc' },
      { directPath: null, url: 'nonsense' },
      { directPath: '', url: '' },
    ];
    for (const part of wrong) {
      const found = read({ imageMessage: { ...onHost, caption: 'Look', contextInfo, ...part } });
      assert.deepEqual(found, { ...sent, kind: 'image', text: 'Look' });
    }
  });

  it('does not get to say on which machine its file lies', () => {
    const pathOf = (part: proto.Message.IImageMessage): unknown => {
      const found = read({ imageMessage: { ...onHost, contextInfo, ...part } });
      return found?.change === 'sent' ? found.file?.directPath : found;
    };
    assert.equal(pathOf({ directPath: null, url: 'https://10.0.0.1:8443/v/1.enc?x=1' }), '/v/1.enc?x=1');
    assert.equal(pathOf({ directPath: '@10.0.0.1/v/1.enc', url: null }), undefined);
    assert.equal(pathOf({ directPath: '//10.0.0.1/v/1.enc' }), '//10.0.0.1/v/1.enc');
  });

  it('believes no length, size or name that cannot be', () => {
    const found = read({
      documentMessage: {
        ...onHost,
        fileLength: 2 ** 41,
        fileName: `a\u0000${'b'.repeat(300)}`,
        mimetype: 'x'.repeat(200),
        contextInfo,
      },
    });
    assert.ok(found?.change === 'sent' && found.file);
    const { sizeBytes, filename, mimeType } = found.file;
    assert.deepEqual([sizeBytes, filename?.length, mimeType?.length], [null, 255, 100]);
  });

  it('says whether its file was meant to be seen once', () => {
    for (const message of [
      { viewOnceMessageV2: { message: { imageMessage: { ...onHost, contextInfo } } } },
      { ephemeralMessage: { message: { viewOnceMessage: { message: { imageMessage: { ...onHost, contextInfo } } } } } },
      { imageMessage: { ...onHost, viewOnce: true, contextInfo } },
    ]) {
      const found = read(message);
      assert.ok(found?.change === 'sent');
      assert.deepEqual([found.kind, found.isViewOnce], ['image', true]);
    }
  });

  it('that is a place or a card has its name as text', () => {
    assert.deepEqual(read({ locationMessage: { name: 'Bakery', address: 'High Street 1', contextInfo } }), {
      ...sent,
      kind: 'other',
      text: 'Bakery, High Street 1',
    });
    assert.deepEqual(read({ pollCreationMessage: { name: 'Which?', contextInfo } }), {
      ...sent,
      kind: 'other',
      text: null,
    });
  });

  it('may be one that is edited or taken back: only its id can tell', () => {
    const { REVOKE, MESSAGE_EDIT, EPHEMERAL_SETTING } = proto.Message.ProtocolMessage.Type;
    const key = { id: '3A01', fromMe: true, remoteJid: '4900@s.whatsapp.net' };
    const [change, at] = [{ messageId: '3A01', person: anna }, sent.at];
    const edit = { type: MESSAGE_EDIT, key, editedMessage: { conversation: 'Closed?' } };
    for (const message of [{ protocolMessage: edit }, { editedMessage: { message: { protocolMessage: edit } } }])
      assert.deepEqual(read(message, { id: '3A02' }), { ...change, at, change: 'edited', text: 'Closed?' });
    const caption = { ...edit, editedMessage: { imageMessage: { caption: 'Ours' } } };
    assert.deepEqual(read({ protocolMessage: caption }), { ...change, at, change: 'edited', text: 'Ours' });
    assert.deepEqual(read({ protocolMessage: { type: REVOKE, key } }), { ...change, at, change: 'taken_back' });
    assert.equal(read({ protocolMessage: { type: EPHEMERAL_SETTING, key } }), undefined);
    assert.equal(read({ protocolMessage: { type: REVOKE, key: { id: 'a b' } } }), undefined);
  });
});
