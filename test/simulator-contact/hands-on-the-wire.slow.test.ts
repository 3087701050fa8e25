import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import {
  generateMessageIDV2,
  type AnyMessageContent,
  type BinaryNode,
  type UserFacingSocketConfig,
} from '@whiskeysockets/baileys';
import type { StatusView } from '../../simulator/control/story-controls.js';
import type { MediaReport } from '../../simulator/control/story-media-routes.js';
import { childOf } from '../../simulator/wire/node.js';
import { linkByQr, type PlainClient } from '../simulator/plain-client.js';
import { jpeg, mp4, voiceNote } from '../simulator-media/sample-files.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';

interface ControlAnswer<T> {
  status: number;
  body: T & { error?: string };
}

describe('contacts of a plain Baileys client', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let client: PlainClient;
  let agent: Agent;
  let receipts: BinaryNode[];

  async function start(config: Partial<UserFacingSocketConfig> = {}): Promise<void> {
    agent = new Agent({ ca: await readFile(simulator.mediaCaFile) });
    client = await linkByQr(simulator, { name: 'Ada' }, { fetchAgent: agent, ...config });
    receipts = [];
    client.socket.ws.on('CB:receipt', (node: BinaryNode) => receipts.push(node));
  }

  beforeEach(async () => {
    simulator = await startTestSimulator();
  });

  afterEach(async () => {
    await client.close();
    agent.destroy();
    await simulator.stop();
  });

  async function control<T>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<ControlAnswer<T>> {
    const response = await fetch(`${simulator.control}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as T & { error?: string } };
  }

  async function post(content: AnyMessageContent, to: readonly { jid: string }[]): Promise<string> {
    const messageId = generateMessageIDV2(client.socket.user?.id);
    const statusJidList = to.map(({ jid }) => jid);
    const acknowledged = client.socket.waitForMessage(messageId, 10_000);
    await client.socket.sendMessage('status@broadcast', content, {
      statusJidList,
      messageId,
      backgroundColor: '#ff336699',
    });
    await acknowledged;
    await simulator.drain();
    return messageId;
  }

  function onlyStatus(phoneNumber: string): StatusView {
    const statuses = simulator.statuses(phoneNumber);
    assert.equal(statuses.length, 1, JSON.stringify(simulator.controls.refusals().refusals));
    const [status] = statuses;
    assert.ok(status);
    return status;
  }

  it('fetch the image, the video and the voice note that were posted, and find them in order', async () => {
    await start();
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    const posts: [AnyMessageContent, string, RegExp][] = [
      [{ image: await jpeg(640, 480), caption: 'Sea', width: 640, height: 480 }, 'image', /image\/jpeg/],
      [{ video: await mp4(2), caption: 'Waves', seconds: 2 }, 'video', /video\/mp4/],
      [{ audio: await voiceNote(2), ptt: true, seconds: 2, mimetype: 'audio/ogg; codecs=opus' }, 'voice', /audio\/ogg/],
    ];
    for (const [content, type, mimetype] of posts) {
      const id = await post(content, [contact]);
      const status: StatusView | undefined = simulator.statuses(contact.phoneNumber).at(-1);
      assert.equal(status?.id, id);
      assert.equal(status.type, type);
      const path = `/admin/contacts/${contact.phoneNumber}/statuses/${id}/media`;
      const report: ControlAnswer<MediaReport> = await control('GET', path);
      assert.match(report.body.facts.mimetype ?? '', mimetype, report.body.error);
      assert.deepEqual(report.body.problems, []);
    }
    assert.deepEqual(simulator.controls.refusals().refusals, []);
  });

  it('say why a file cannot be opened', async () => {
    await start();
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    const text = await post({ text: 'No file' }, [contact]);
    const path = (id: string): string => `/admin/contacts/${contact.phoneNumber}/statuses/${id}/media`;
    assert.match((await control('GET', path(text))).body.error ?? '', /has no file/);
    assert.equal((await control('GET', path('NOPE'))).status, 404);
    const image = await post({ image: await jpeg() }, [contact]);
    await control('POST', '/admin/media/faults', { on: 'download', status: 503, times: 1 });
    assert.match((await control('GET', path(image))).body.error ?? '', /answered 503/);
    assert.equal((await control('GET', path(image))).status, 200);
  });

  it('make the upload fail when the host refuses it', async () => {
    await start();
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    await control('POST', '/admin/media/expire-auth');
    await control('POST', '/admin/media/faults', { on: 'upload', status: 500, times: 10 });
    await assert.rejects(post({ image: await jpeg() }, [contact]), /upload failed/);
    assert.deepEqual(simulator.statuses(contact.phoneNumber), []);
  });

  it('answer from both of their devices, played or read, or not at all when they hide it', async () => {
    await start();
    const [open, hidden] = simulator.addContacts({ contacts: [{ devices: 2 }, { readReceipts: false }] });
    assert.ok(open && hidden);
    const id = await post({ text: 'Hello' }, [open, hidden]);
    await control('POST', `/admin/contacts/${hidden.phoneNumber}/view`, { statusId: id });
    await control('POST', `/admin/contacts/${open.phoneNumber}/view`, {
      statusId: id,
      kind: 'played',
      devices: [0, 1],
    });
    await eventually(() => {
      const played = receipts.filter(({ attrs }) => attrs['type'] === 'played');
      const user = open.jid.split('@')[0] ?? '';
      assert.deepEqual(
        played.map(({ attrs }) => attrs['participant']).sort(),
        [`${user}:1@s.whatsapp.net`, `${user}@s.whatsapp.net`].sort(),
      );
    });
    assert.equal(
      receipts.some(({ attrs }) => attrs['type'] === 'read'),
      false,
    );
    assert.notEqual(onlyStatus(hidden.phoneNumber).viewedAt, null);
  });

  it('ask again from a linked device, with which Baileys copes, though it names the device instead of the list', async () => {
    await start();
    const [contact] = simulator.addContacts({ contacts: [{ devices: 2 }] });
    assert.ok(contact);
    await control('POST', `/admin/contacts/${contact.phoneNumber}/fail-decryption`, { times: 1, device: 1 });
    const id = await post({ text: 'Hello' }, [contact]);
    await eventually(() => {
      const status = onlyStatus(contact.phoneNumber);
      assert.deepEqual([status.id, [...status.devices].sort()], [id, [0, 1]]);
      assert.equal(status.text, 'Hello');
    });
    const retry = receipts.find(({ attrs }) => attrs['type'] === 'retry');
    assert.equal(childOf(retry, 'retry')?.attrs['count'], '1');
  });

  it('ask again from a phone, and get it when the status is sent to that phone once more', async () => {
    await start();
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    await control('POST', `/admin/contacts/${contact.phoneNumber}/fail-decryption`, { times: 1 });
    const id = await post({ text: 'Hello' }, [contact]);
    await eventually(() => assert.ok(receipts.some(({ attrs }) => attrs['type'] === 'retry')));
    assert.deepEqual(simulator.statuses(contact.phoneNumber), []);
    const message = { extendedTextMessage: { text: 'Hello', backgroundArgb: 0xff336699 } };
    await client.socket.relayMessage('status@broadcast', message, { messageId: id, statusJidList: [contact.jid] });
    await eventually(() => assert.equal(onlyStatus(contact.phoneNumber).text, 'Hello'));
  });

  it('like and answer, which Baileys decrypts', async () => {
    await start();
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    const id = await post({ text: 'Hello' }, [contact]);
    await control('POST', `/admin/contacts/${contact.phoneNumber}/like`, { statusId: id });
    await eventually(() => {
      const [reaction] = client.happened('messages.reaction').flat();
      assert.equal(reaction?.reaction.text, '💚');
      assert.equal(reaction.key.id, id);
    });
    await control('POST', `/admin/contacts/${contact.phoneNumber}/reply`, { statusId: id, text: 'Nice!' });
    await eventually(() => {
      const messages = client.happened('messages.upsert').flatMap(({ messages: list }) => list);
      const reply = messages.find(({ message }) => message?.extendedTextMessage?.text === 'Nice!');
      assert.equal(reply?.message?.extendedTextMessage?.contextInfo?.stanzaId, id);
    });
  });

  it('lose the status when it is deleted for them', async () => {
    await start();
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    const id = await post({ text: 'Oops' }, [contact]);
    const key = { remoteJid: 'status@broadcast', fromMe: true, id };
    await client.socket.sendMessage('status@broadcast', { delete: key }, { statusJidList: [contact.jid] });
    await eventually(() => assert.notEqual(onlyStatus(contact.phoneNumber).deletedAt, null));
    const { status, body } = await control('POST', `/admin/contacts/${contact.phoneNumber}/view`, { statusId: id });
    assert.equal(status, 409);
    assert.match(body.error ?? '', /deleted/);
  });
});
