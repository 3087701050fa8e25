import { equal, ok } from 'node:assert/strict';
import { Agent, get } from 'node:https';
import { readFileSync } from 'node:fs';
import type { WAMessage } from '@whiskeysockets/baileys';
import sharp from 'sharp';
import { decryptMedia } from '../../simulator/media/media-crypto.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkByQr, PlainClient } from './plain-client.js';

describe('two accounts of plain Baileys clients', () => {
  let simulator: TestSimulator;
  let ada: PlainClient;
  let ben: PlainClient;
  const adaJid = '4915112345678@s.whatsapp.net';
  const benJid = '4915187654321@s.whatsapp.net';

  beforeEach(async () => {
    simulator = await startTestSimulator();
    const agent = new Agent({ ca: readFileSync(simulator.mediaCaFile) });
    ada = await linkByQr(simulator, { phoneNumber: '4915112345678', name: 'Ada' }, { fetchAgent: agent });
    ben = await linkByQr(simulator, { phoneNumber: '4915187654321', name: 'Ben' }, { fetchAgent: agent });
  });
  afterEach(async () => {
    await Promise.all([ada.close(), ben.close()]);
    await simulator.stop();
  });

  function received(client: PlainClient): WAMessage[] {
    return client
      .happened('messages.upsert')
      .flatMap(({ messages }) => messages)
      .filter(({ key, message }) => !key.fromMe && message?.protocolMessage == null);
  }

  /** The furthest state of a sent message, wherever Baileys reported it. */
  function statusOf(client: PlainClient, id: string | null | undefined): number {
    const updates = client.happened('messages.update').flatMap((all) => all);
    return Math.max(
      0,
      ...updates.filter(({ key }) => key.id === id).map(({ update }) => update.status ?? 0),
      ...client
        .messages()
        .filter(({ key }) => key.id === id)
        .map(({ status }) => status ?? 0),
    );
  }

  it('write to each other, and learn of delivery and reading', async () => {
    const sent = await ada.socket.sendMessage(benJid, { text: 'Hello Ben' });
    await eventually(() => equal(received(ben)[0]?.message?.extendedTextMessage?.text, 'Hello Ben'));
    const [message] = received(ben);
    ok(message);
    equal(message.pushName, 'Ada');
    await eventually(() => ok(statusOf(ada, sent?.key.id) >= 3));
    await ben.socket.readMessages([message.key]);
    await eventually(() => equal(statusOf(ada, sent?.key.id), 4));
    await ben.socket.sendMessage(message.key.remoteJid ?? '', { text: 'Hello Ada' }, { quoted: message });
    await eventually(() => equal(received(ada)[0]?.message?.extendedTextMessage?.text, 'Hello Ada'));
    equal(simulator.controls.refusals().total, 0, JSON.stringify(simulator.controls.refusals().refusals));
  });

  it('do not learn of reading from somebody who hides it', async () => {
    simulator.controls.accounts.change('4915187654321', { privacy: { readreceipts: 'none' } });
    const sent = await ada.socket.sendMessage(benJid, { text: 'Hello Ben' });
    await eventually(() => equal(received(ben).length, 1));
    const [message] = received(ben);
    ok(message);
    await ben.socket.readMessages([message.key]);
    await ben.socket.sendMessage(message.key.remoteJid ?? '', { text: 'Hello Ada' });
    // What comes after it has come.
    await eventually(() => equal(received(ada).length, 1));
    equal(statusOf(ada, sent?.key.id), 3);
  });

  it('see each other’s statuses, read them, and see them go', async () => {
    const sent = await ada.socket.sendMessage('status@broadcast', { text: 'My day' }, { statusJidList: [benJid] });
    ok(sent);
    await eventually(() => equal(received(ben)[0]?.message?.extendedTextMessage?.text, 'My day'));
    equal(received(ben)[0]?.key.remoteJid, 'status@broadcast');
    await ben.socket.sendReceipt('status@broadcast', adaJid, [sent.key.id ?? ''], 'read');
    await eventually(() => {
      const read = ada
        .happened('message-receipt.update')
        .flat()
        .filter(({ receipt }) => receipt.readTimestamp);
      equal(read[0]?.receipt.userJid, benJid);
    });
    await ada.socket.sendMessage('status@broadcast', { delete: sent.key }, { statusJidList: [benJid] });
    await eventually(() => {
      const gone = ben
        .happened('messages.update')
        .flat()
        .find(({ update }) => update.message === null);
      equal(gone?.key.id, sent.key.id);
    });
    equal(simulator.statuses('4915187654321')[0]?.id, sent.key.id);
    ok(simulator.statuses('4915187654321')[0]?.deletedAt);
  });

  it('exchange an image, encrypted, over the media host', async () => {
    const picture = await sharp({ create: { width: 64, height: 48, channels: 3, background: '#336699' } })
      .jpeg()
      .toBuffer();
    await ada.socket.sendMessage(benJid, { image: picture, caption: 'Blue' });
    await eventually(() => equal(received(ben)[0]?.message?.imageMessage?.caption, 'Blue'));
    const [message] = received(ben);
    ok(message);
    const image = message.message?.imageMessage;
    ok(image?.mediaKey && image.fileSha256 && image.fileEncSha256 && image.url);
    const file = await fetchFile(image.url, readFileSync(simulator.mediaCaFile));
    const { mediaKey, fileSha256, fileEncSha256 } = image;
    const claim = { type: 'image' as const, mediaKey, fileSha256, fileEncSha256, sizeBytes: picture.length };
    const opened = await decryptMedia(file, claim);
    ok(opened.ok && picture.equals(opened.plain));
  });

  it('get what came while they were away, once, when they are back', async () => {
    await ben.close();
    await ada.socket.sendMessage(benJid, { text: 'You were away' });
    await eventually(() =>
      ok((simulator.controls.linking.account('4915187654321').devices[0]?.unacknowledged ?? 0) > 0),
    );
    ben = await new PlainClient(simulator, ben.auth).opened();
    await eventually(() => equal(received(ben)[0]?.message?.extendedTextMessage?.text, 'You were away'));
    await eventually(() => equal(simulator.controls.linking.account('4915187654321').devices[0]?.unacknowledged, 0));
  });
});

function fetchFile(url: string, ca: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    get(url, { ca }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () => resolve(Buffer.concat(chunks)));
    }).on('error', reject);
  });
}
