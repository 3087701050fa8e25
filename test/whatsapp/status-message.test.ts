import assert from 'node:assert/strict';
import { type BinaryNode, proto } from '@whiskeysockets/baileys';
import { decodeContent, encodeContent } from '../../server/whatsapp/publishing/encode-content.js';
import type { ImageContent, LinkContent, VideoContent, VoiceContent } from '../../server/whatsapp/gateway.js';
import {
  mediaMessage,
  mediaTypeOf,
  resendStanza,
  revokeMessage,
  type StatusStanza,
  statusStanza,
  textMessage,
} from '../../server/whatsapp/publishing/status-message.js';

const now = new Date(1_777_000_000_900);
const look = { backgroundColor: '#1F6F5C', textColor: '#00ff80', font: 7 };
const link = (preview: LinkContent['preview']): LinkContent => ({
  type: 'link',
  text: 'See https://example.org/a',
  url: 'https://example.org/a',
  preview,
  ...look,
});
const media = {
  url: 'https://host/v/x',
  directPath: '/v/x',
  sizeBytes: 123,
  encryptedBytes: 144,
  mediaKey: Buffer.alloc(32, 1),
  fileSha256: Buffer.alloc(32, 2),
  fileEncSha256: Buffer.alloc(32, 3),
};
const image: ImageContent = {
  type: 'image',
  file: { path: '/x', mimeType: 'image/jpeg' },
  caption: 'Bread',
  width: 720,
  height: 1280,
  thumbnail: Buffer.from('small'),
};
const video: VideoContent = {
  ...image,
  type: 'video',
  file: { path: '/x', mimeType: 'video/mp4' },
  durationMs: 12_600,
  isAnimation: false,
};
const voice: VoiceContent = {
  type: 'voice',
  file: { path: '/x', mimeType: 'audio/ogg; codecs=opus' },
  durationMs: 400,
  waveform: Buffer.alloc(64, 9),
  backgroundColor: '#FFFFFF',
};
/** As phones read it: what is left out is null, and bytes are bytes. */
const read = (message: proto.IMessage): proto.IMessage => decodeContent(encodeContent(message));
const plain = (value: object | null | undefined): unknown => JSON.parse(JSON.stringify(value));

describe('the message of a status', () => {
  it('is a text with its colours, opaque, and its font, under a secret of its own', () => {
    const one = read(textMessage({ type: 'text', text: 'Fresh bread 🥖', ...look }));
    const expected = { text: 'Fresh bread 🥖', textArgb: 0xff00ff80, backgroundArgb: 0xff1f6f5c, font: 7 };
    assert.deepEqual(plain(one.extendedTextMessage), plain(proto.Message.ExtendedTextMessage.create(expected)));
    const other = read(textMessage({ type: 'text', text: 'Fresh bread 🥖', ...look }));
    const secrets = [one, other].map(({ messageContextInfo }) => Buffer.from(messageContextInfo?.messageSecret ?? []));
    assert.deepEqual([secrets[0]?.length, secrets[0]?.equals(secrets[1] ?? Buffer.alloc(0))], [32, false]);
  });

  it('shows a link with what is known of its page, and can be shared again', () => {
    const thumbnail = Buffer.from('tiny');
    const { extendedTextMessage: whole } = read(textMessage(link({ title: 'A', description: 'About', thumbnail })));
    assert.deepEqual(
      [whole?.text, whole?.matchedText, whole?.title, whole?.description, Buffer.from(whole?.jpegThumbnail ?? [])],
      ['See https://example.org/a', 'https://example.org/a', 'A', 'About', thumbnail],
    );
    assert.equal(whole?.contextInfo?.featureEligibilities?.canBeReshared, true);
    const { extendedTextMessage: bare } = read(textMessage(link(null)));
    assert.deepEqual([bare?.matchedText, plain(bare)], ['https://example.org/a', plain(bare)]);
    for (const part of ['title', 'description', 'jpegThumbnail'] as const) assert.ok(!Object.hasOwn(bare ?? {}, part));
    const { extendedTextMessage: titled } = read(textMessage(link({ title: 'A', description: null, thumbnail: null })));
    assert.deepEqual([titled?.title, Object.hasOwn(titled ?? {}, 'description')], ['A', false]);
  });

  it('says of a file where it is, what opens it and what it is', () => {
    for (const [content, part] of [
      [image, 'imageMessage'],
      [video, 'videoMessage'],
      [voice, 'audioMessage'],
    ] as const) {
      const file = read(mediaMessage(content, media, now))[part];
      assert.deepEqual(
        [file?.url, file?.directPath, file?.mimetype, Number(file?.fileLength), Number(file?.mediaKeyTimestamp)],
        [media.url, media.directPath, content.file.mimeType, 123, 1_777_000_000],
      );
      for (const name of ['mediaKey', 'fileSha256', 'fileEncSha256'] as const) {
        assert.deepEqual(Buffer.from(file?.[name] ?? []), media[name], `${part} ${name}`);
      }
    }
  });

  it('shows pictures and videos with their caption and size, and can be shared again', () => {
    const { imageMessage } = read(mediaMessage(image, media, now));
    const { videoMessage } = read(mediaMessage(video, media, now));
    for (const picture of [imageMessage, videoMessage]) {
      assert.deepEqual([picture?.caption, picture?.width, picture?.height], ['Bread', 720, 1280]);
      assert.deepEqual(Buffer.from(picture?.jpegThumbnail ?? []), image.thumbnail);
      assert.equal(picture?.contextInfo?.featureEligibilities?.canBeReshared, true);
    }
    assert.deepEqual([videoMessage?.seconds, Object.hasOwn(videoMessage ?? {}, 'gifPlayback')], [13, false]);
    const moving = read(mediaMessage({ ...video, isAnimation: true, caption: null }, media, now)).videoMessage;
    assert.deepEqual([moving?.gifPlayback, Object.hasOwn(moving ?? {}, 'caption')], [true, false]);
  });

  it('is a voice note, of a second at least', () => {
    const { audioMessage } = read(mediaMessage(voice, media, now));
    assert.deepEqual([audioMessage?.ptt, audioMessage?.seconds, audioMessage?.backgroundArgb], [true, 1, 0xffffffff]);
    assert.deepEqual(Buffer.from(audioMessage?.waveform ?? []), voice.waveform);
    assert.equal(read(mediaMessage({ ...voice, durationMs: 1_500 }, media, now)).audioMessage?.seconds, 2);
  });

  it('takes back the status of ours that has this id', () => {
    const { protocolMessage } = read(revokeMessage('3EB0A'));
    assert.equal(protocolMessage?.type, proto.Message.ProtocolMessage.Type.REVOKE);
    assert.deepEqual(plain(protocolMessage.key), { remoteJid: 'status@broadcast', fromMe: true, id: '3EB0A' });
  });

  it('is padded by other lengths each time, and read without the padding', () => {
    const message = textMessage({ type: 'text', text: 'Hi', ...look });
    const encoded = Array.from({ length: 60 }, () => encodeContent(message));
    assert.ok(new Set(encoded.map(({ length }) => length)).size > 1);
    for (const one of encoded) assert.equal(decodeContent(one).extendedTextMessage?.text, 'Hi');
  });

  it('is called by its kind on the wire', () => {
    for (const [message, kind] of [
      [textMessage({ type: 'text', text: 'Hi', ...look }), null],
      [textMessage(link(null)), 'url'],
      [mediaMessage(image, media, now), 'image'],
      [mediaMessage(video, media, now), 'video'],
      [mediaMessage({ ...video, isAnimation: true }, media, now), 'gif'],
      [mediaMessage(voice, media, now), 'ptt'],
      [{ audioMessage: {} }, 'audio'],
      [revokeMessage('3EB0A'), null],
    ] as const) {
      assert.equal(mediaTypeOf(read(message)), kind);
    }
  });
});

describe('the stanza of a status', () => {
  const enc = { tag: 'enc', attrs: { v: '2', type: 'pkmsg' }, content: Buffer.from('key') };
  const stanza: Omit<StatusStanza, 'ciphertext' | 'participants'> = {
    messageId: '3EB0A',
    isRevoke: false,
    mediaType: null,
    setting: 'allowlist',
    deviceIdentity: { details: Buffer.from('d'), accountSignature: Buffer.from('s') },
  };
  const parts = {
    ciphertext: Buffer.from('cipher'),
    participants: [
      { tag: 'to', attrs: { jid: '71@lid' }, content: [enc] },
      { tag: 'to', attrs: { jid: '72@lid' } },
    ],
  };
  const again = { device: '71:2@lid', enc, attempt: 3 };
  const inside = ({ content }: BinaryNode): BinaryNode[] => content as BinaryNode[];
  const tags = (node: BinaryNode): string[] => inside(node).map(({ tag }) => tag);

  it('has the ciphertext for all, the keys, who we are and whom statuses are shown to', () => {
    const one = statusStanza({ ...stanza, ...parts });
    assert.deepEqual(one.attrs, { id: '3EB0A', to: 'status@broadcast', type: 'text' });
    assert.deepEqual(tags(one), ['enc', 'participants', 'device-identity', 'meta']);
    const [cipher, participants, , meta] = inside(one);
    assert.deepEqual(cipher, { tag: 'enc', attrs: { v: '2', type: 'skmsg' }, content: parts.ciphertext });
    assert.deepEqual(participants?.content, parts.participants);
    assert.deepEqual(meta?.attrs, { status_setting: 'allowlist' });
    assert.deepEqual(tags(statusStanza({ ...stanza, ...parts, deviceIdentity: null })), [
      'enc',
      'participants',
      'meta',
    ]);
  });

  it('names the kind of file beside the message and every key, and leaves the given nodes as they are', () => {
    const one = statusStanza({ ...stanza, ...parts, mediaType: 'image' });
    assert.equal(one.attrs['type'], 'media');
    const [cipher, participants] = inside(one);
    assert.deepEqual(cipher?.attrs, { v: '2', type: 'skmsg', mediatype: 'image' });
    const [given, held] = inside(participants ?? assert.fail());
    assert.deepEqual(inside(given ?? assert.fail())[0]?.attrs, { v: '2', type: 'pkmsg', mediatype: 'image' });
    assert.deepEqual(held, parts.participants[1]);
    assert.deepEqual(enc.attrs, { v: '2', type: 'pkmsg' });
  });

  it('that takes one back says so, and names no setting', () => {
    for (const one of [
      statusStanza({ ...stanza, ...parts, isRevoke: true }),
      resendStanza({ ...stanza, ...again, isRevoke: true }),
    ]) {
      assert.deepEqual([one.attrs['edit'], one.attrs['type'], tags(one).includes('meta')], ['7', 'text', false]);
    }
  });

  it('for one device once more is for that one alone, with the number of its request', () => {
    const one = resendStanza({ ...stanza, ...again, mediaType: 'video' });
    assert.deepEqual(one.attrs, { id: '3EB0A', to: 'status@broadcast', type: 'media', participant: '71:2@lid' });
    assert.deepEqual(tags(one), ['enc', 'device-identity', 'meta']);
    const [cipher] = inside(one);
    assert.deepEqual(cipher, { ...enc, attrs: { v: '2', type: 'pkmsg', count: '3', mediatype: 'video' } });
    assert.deepEqual(tags(resendStanza({ ...stanza, ...again, deviceIdentity: null })), ['enc', 'meta']);
  });
});
