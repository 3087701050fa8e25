import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { generateMessageIDV2, type proto } from '@whiskeysockets/baileys';
import type { ContactView } from '../../simulator/control/people-controls.js';
import { hkdf, sha256 } from '../../simulator/crypto/hkdf.js';
import { encryptMedia, type EncryptedFileClaim } from '../../simulator/media/media-crypto.js';
import type { MediaReport } from '../../simulator/control/story-media-routes.js';
import type { Refusal } from '../../simulator/state/refusal-log.js';
import { jpeg } from '../simulator-media/sample-files.js';
import { type MadeTrack, makeMedia, makeVoiceNote, movingPicture, soundPieces, tone } from '../support/media-files.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { askHost } from './ask-host.js';
import { linkByQr, type PlainClient } from './plain-client.js';
import { WireAuthor } from './wire-author.js';

/** The parts of a media message that the cases below change. */
interface MediaFields extends Partial<proto.Message.IImageMessage>, Partial<proto.Message.IVideoMessage> {
  ptt?: boolean;
}
type Kind = 'image' | 'video' | 'audio';

describe('what contacts refuse of a status that they could decrypt', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let client: PlainClient;
  let author: WireAuthor;
  let agent: Agent;
  let contact: ContactView;

  before(async () => {
    simulator = await startTestSimulator();
    agent = new Agent({ ca: readFileSync(simulator.mediaCaFile), keepAlive: true });
    client = await linkByQr(simulator, { name: 'Ada' });
    author = new WireAuthor(client);
  });
  after(async () => {
    await client.close();
    agent.destroy();
    await simulator.stop();
  });
  beforeEach(async () => {
    const [added] = simulator.addContacts(1);
    ok(added);
    contact = added;
    await simulator.ask('DELETE', '/admin/refusals');
  });

  /** Posts a genuine status and waits until the contact has, or has refused, it. */
  async function post(message: proto.IMessage): Promise<string> {
    const id = generateMessageIDV2(client.socket.user?.id);
    equal(await author.story(contact.jid, message, id), null);
    await simulator.drain();
    return id;
  }

  async function refusals(): Promise<Refusal[]> {
    return (await simulator.ask<{ refusals: Refusal[] }>('GET', '/admin/refusals')).refusals;
  }

  function mediaMessage(kind: Kind, fields: MediaFields): proto.IMessage {
    if (kind === 'image') return { imageMessage: fields };
    return kind === 'video' ? { videoMessage: fields } : { audioMessage: fields };
  }

  const key32 = randomBytes(32);
  const intact: MediaFields = {
    mimetype: 'image/jpeg',
    directPath: '/v/nowhere',
    mediaKey: key32,
    fileSha256: key32,
    fileEncSha256: key32,
    fileLength: 1,
    jpegThumbnail: key32,
    seconds: 1,
  };

  describe('because of its message', () => {
    const wrong: [what: string, message: proto.IMessage, words: RegExp][] = [
      ['a place', { locationMessage: { name: 'here' } }, /a status of \S+ is not shown by any app/],
      ['nothing at all', {}, /a status of \S+ is not shown by any app/],
      [
        'a video without its hashes',
        mediaMessage('video', { ...intact, fileSha256: null }),
        /the \w+ lacks its file hashes/,
      ],
      [
        'an image whose hash of the encrypted file is cut',
        mediaMessage('image', { ...intact, fileEncSha256: key32.subarray(1) }),
        /the \w+ lacks its file hashes/,
      ],
      [
        'an image without a place where its file is',
        mediaMessage('image', { ...intact, directPath: null, url: 'https://mmg.whatsapp.net/v/x' }),
        /the \w+ does not say where its file is/,
      ],
      ['a sound without a type', mediaMessage('audio', { ...intact, mimetype: null }), /the \w+ has no mimetype/],
    ];
    for (const [what, message, words] of wrong) {
      it(what, async () => {
        await post(message);
        const list = await refusals();
        equal(list.length, 1, JSON.stringify(list));
        match(list[0]?.reason ?? '', words);
        equal(simulator.statuses(contact.phoneNumber).length, 0);
      });
    }
  });

  it('a revoke before its status; once both came again, the status is gone', async () => {
    const id = generateMessageIDV2(client.socket.user?.id);
    const key = { remoteJid: 'status@broadcast', fromMe: true, id };
    const revoke = { protocolMessage: { type: 0, key } };
    await post(revoke);
    match((await refusals())[0]?.reason ?? '', /there is no status \S+ to delete/);
    equal(await author.story(contact.jid, { extendedTextMessage: { text: 'Late' } }, id), null);
    await simulator.drain();
    equal(simulator.statuses(contact.phoneNumber)[0]?.deletedAt, null);
    await post(revoke);
    ok(simulator.statuses(contact.phoneNumber)[0]?.deletedAt);
    equal(await author.story(contact.jid, { extendedTextMessage: { text: 'Late' } }, id), null);
    await simulator.drain();
    ok(simulator.statuses(contact.phoneNumber)[0]?.deletedAt, 'another copy does not bring it back');
    equal((await refusals()).length, 1);
  });

  describe('as something that the apps show badly', () => {
    const bad: [what: string, message: proto.IMessage, words: RegExp][] = [
      ['a plain text', { conversation: 'Hello' }, /the text is plain; phones expect extended text/],
      ['a text without a colour', { extendedTextMessage: { text: 'Hello' } }, /the text has no background colour/],
      [
        'a video without a duration',
        mediaMessage('video', { ...intact, seconds: null }),
        /the \w+ has no duration; phones show 0:00/,
      ],
      [
        'an image without a preview',
        mediaMessage('image', { ...intact, jpegThumbnail: null }),
        /the \w+ has no thumbnail/,
      ],
      [
        'a voice note without a background',
        mediaMessage('audio', { ...intact, ptt: true }),
        /the voice note has no background; phones hide it/,
      ],
    ];
    for (const [what, message, words] of bad) {
      it(what, async () => {
        await post(message);
        const path = `/admin/contacts/${contact.phoneNumber}/statuses`;
        const { statuses } = await simulator.ask<{ statuses: { warnings: string[] }[] }>('GET', path);
        equal(statuses.length, 1);
        equal(statuses[0]?.warnings.length, 1, JSON.stringify(statuses));
        match(statuses[0]?.warnings[0] ?? '', words);
      });
    }
  });

  /** Uploads a file as clients do and gives where it lies. */
  async function upload(file: Buffer): Promise<string> {
    const { auth, hosts } = await client.socket.refreshMediaConn(false);
    const token = sha256(file).toString('base64url');
    const path = `/mms/image/${token}?auth=${encodeURIComponent(auth)}&token=${token}`;
    const answer = await askHost(hosts[0]?.hostname ?? '', agent, { method: 'POST', path, body: file });
    equal(answer.status, 200, answer.body);
    return (JSON.parse(answer.body) as { direct_path: string }).direct_path;
  }

  function fieldsOf(claim: EncryptedFileClaim, directPath: string): MediaFields {
    const { mediaKey, fileSha256, fileEncSha256, sizeBytes: fileLength } = claim;
    return { mediaKey, fileSha256, fileEncSha256, fileLength, directPath };
  }

  const open = (id: string): Promise<MediaReport> =>
    simulator.ask<MediaReport>('GET', `/admin/contacts/${contact.phoneNumber}/statuses/${id}/media`);

  async function problemsOf(kind: Kind, plain: Buffer, fields: MediaFields): Promise<string> {
    const { file, claim } = await encryptMedia(plain, kind);
    const id = await post(mediaMessage(kind, { ...fieldsOf(claim, await upload(file)), ...fields }));
    return (await open(id)).problems.join('\n');
  }

  describe('because of its file, which', () => {
    let files: Record<'image' | 'video' | 'silent' | 'vp9' | 'mp3Sound' | 'opus' | 'stereo' | 'aac', Buffer>;
    before(async () => {
      const picture = movingPicture(1, { size: '64x48', rate: 5 });
      const mp4 = (...tracks: MadeTrack[]) =>
        makeMedia({ format: 'mp4', formatOptions: { movflags: '+faststart' }, tracks });
      const mp3 = { source: `sine=duration=1,${soundPieces(1152)}`, encoder: 'libmp3lame' };
      files = {
        image: await jpeg(64, 48),
        video: await mp4(picture, tone(1)),
        silent: await mp4(picture),
        vp9: await mp4({ ...picture, encoder: 'libvpx-vp9', options: { deadline: 'realtime' } }, tone(1)),
        mp3Sound: await mp4(picture, mp3),
        opus: await makeVoiceNote(1),
        stereo: await makeVoiceNote(1, { channels: 'stereo' }),
        aac: await makeMedia({ format: 'ipod', tracks: [tone(1)] }),
      };
    });
    const image: MediaFields = { mimetype: 'image/jpeg', width: 64, height: 48 };
    const video: MediaFields = { mimetype: 'video/mp4', seconds: 1, width: 64, height: 48 };
    const voice: MediaFields = { mimetype: 'audio/ogg; codecs=opus', seconds: 1, ptt: true };

    it('nothing, when it is as its message says', async () => {
      equal(await problemsOf('image', files.image, image), '');
      equal(await problemsOf('video', files.video, video), '');
      equal(await problemsOf('audio', files.opus, voice), '');
      deepEqual(await refusals(), []);
    });

    const wrong: [what: string, kind: Kind, file: () => Buffer, fields: MediaFields, words: RegExp][] = [
      ['is of no known type', 'image', () => Buffer.alloc(100, 1), image, /the file is of no known type/],
      [
        'is of another type',
        'image',
        () => files.video,
        { ...image, mimetype: 'image/png' },
        /the file is (?!of)\S+ the message says \S+/,
      ],
      ['is cut', 'image', () => files.image.subarray(0, 40), image, /the image cannot be decoded/],
      [
        'has another size',
        'image',
        () => files.image,
        { ...image, width: 640 },
        /the picture is \d+×\d+, the message says \d+×\d+/,
      ],
      ['has no picture', 'video', () => files.aac, video, /the file has no picture that could be read/],
      ['has no sound', 'audio', () => files.silent, voice, /the file has no sound that could be read/],
      [
        'lasts longer',
        'video',
        () => files.video,
        { ...video, seconds: 30 },
        /it lasts [\d.]+ s, the message says \d+ s/,
      ],
      ['is VP9', 'video', () => files.vp9, video, /the video is \w+; phones expect H.264/],
      ['is silent', 'video', () => files.silent, video, /the video has no sound track; phones refuse some of those/],
      ['has its sound in MP3', 'video', () => files.mp3Sound, video, /the sound is \w+; phones expect AAC/],
      ['is a voice note in AAC', 'audio', () => files.aac, voice, /the voice note is (?!not)\w+; phones expect Opus/],
      ['is a voice note in stereo', 'audio', () => files.stereo, voice, /the voice note is not mono/],
      [
        'comes with a preview that is none',
        'image',
        () => files.image,
        { ...image, jpegThumbnail: key32 },
        /the thumbnail is no image/,
      ],
    ];
    for (const [what, kind, file, fields, words] of wrong) {
      it(what, async () => {
        match(await problemsOf(kind, file(), fields), words);
      });
    }
  });

  describe('because its file cannot be opened:', () => {
    const plain = randomBytes(1_000);

    async function cannotOpen(file: Buffer, fields: MediaFields, words: RegExp): Promise<void> {
      const id = await post({ imageMessage: { ...fields, mimetype: 'image/jpeg' } });
      equal(simulator.statuses(contact.phoneNumber).length, 1);
      await rejects(open(id), words, `${file.length} bytes`);
    }

    it('its MAC belongs to another key, or to another kind of media', async () => {
      const { file, claim } = await encryptMedia(plain, 'image');
      const directPath = await upload(file);
      const words = /the MAC of the file does not fit: another key, or another kind of media/;
      await cannotOpen(file, { ...fieldsOf(claim, directPath), mediaKey: key32 }, words);
      const asVideo = await encryptMedia(plain, 'video');
      const fields = fieldsOf(asVideo.claim, await upload(asVideo.file));
      const id = await post({ imageMessage: { ...fields, mimetype: 'image/jpeg' } });
      await rejects(open(id), words);
    });

    it('its message names another length', async () => {
      const { file, claim } = await encryptMedia(plain, 'image');
      const fields = { ...fieldsOf(claim, await upload(file)), fileLength: 999 };
      await cannotOpen(file, fields, /the file has \d+ bytes, the message says \d+/);
    });

    it('its padding is wrong under a genuine MAC', async () => {
      const { file, mediaKey } = encryptUnpadded(Buffer.alloc(32, 99));
      const claim = { type: 'image' as const, mediaKey, fileSha256: key32, fileEncSha256: sha256(file), sizeBytes: 32 };
      await cannotOpen(file, fieldsOf(claim, await upload(file)), /the file has a wrong padding/);
    });

    it('it lies at no path, or the host does not have it', async () => {
      const { file, claim } = await encryptMedia(plain, 'image');
      await cannotOpen(file, fieldsOf(claim, 'https://[/x'), /the direct path is no path/);
      await simulator.ask('DELETE', '/admin/refusals');
      const id = await post({ imageMessage: { ...fieldsOf(claim, '/v/lost'), mimetype: 'image/jpeg' } });
      await rejects(open(id), /the media host answered \d+/);
      match((await refusals())[0]?.reason ?? '', /there is no such file/);
    });
  });
});

/** Encrypts as clients do, but without the padding. */
function encryptUnpadded(plain: Buffer): { file: Buffer; mediaKey: Buffer } {
  const mediaKey = randomBytes(32);
  const derived = hkdf(mediaKey, 112, { info: 'WhatsApp Image Keys' });
  const iv = derived.subarray(0, 16);
  const cipher = createCipheriv('aes-256-cbc', derived.subarray(16, 48), iv).setAutoPadding(false);
  const ciphertext = Buffer.concat([cipher.update(plain), cipher.final()]);
  const mac = createHmac('sha256', derived.subarray(48, 80)).update(iv).update(ciphertext).digest();
  return { file: Buffer.concat([ciphertext, mac.subarray(0, 10)]), mediaKey };
}
