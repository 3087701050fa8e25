import { deepEqual, equal, match, notEqual, ok, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { ManualClock } from './manual-clock.js';
import { linkByQr, PlainClient } from './plain-client.js';

const phoneNumber = '4915112345678';
const hourMs = 60 * 60 * 1000;

describe('what happens to contacts over time', () => {
  let simulator: TestSimulator;
  let client: PlainClient;
  let clock: ManualClock;

  beforeEach(async () => {
    clock = new ManualClock();
    simulator = await startTestSimulator({ clock });
    client = await linkByQr(simulator, { phoneNumber }, { retryRequestDelayMs: 10 });
  });
  afterEach(async () => {
    await client.close();
    await simulator.stop();
  });

  async function post(text: string, statusJidList: string[]): Promise<string> {
    const { id } = await client.post(text, statusJidList);
    await simulator.drain();
    return id;
  }

  function texts(): (string | null | undefined)[] {
    return client.messages().map(({ message }) => message?.conversation ?? message?.extendedTextMessage?.text);
  }

  /** The client loses every conversation it had, as with a damaged database. */
  async function forgetSessions(): Promise<void> {
    await client.close();
    client.auth.forget('session');
    client.auth.forget('sender-key');
    client = await new PlainClient(simulator, client.auth, { retryRequestDelayMs: 10 }).opened();
  }

  describe('who are asked for a message again', () => {
    it('send a private message in a new conversation', async () => {
      const [contact] = simulator.addContacts(1);
      ok(contact);
      simulator.controls.traffic.write(contact.phoneNumber, phoneNumber, 'First');
      await eventually(() => ok(texts().includes('First')));
      await client.socket.sendMessage(contact.jid, { text: 'Hello' });
      await simulator.drain();
      await forgetSessions();
      simulator.controls.traffic.write(contact.phoneNumber, phoneNumber, 'Second');
      await eventually(() => ok(texts().includes('Second')), { timeoutMs: 10_000 });
      equal(texts().filter((text) => text === 'Second').length, 1);
      deepEqual(simulator.controls.refusals().refusals, []);
    });

    it('send a status with the key it needs, and the next one arrives by itself', async () => {
      const [contact] = simulator.addContacts(1);
      ok(contact);
      simulator.controls.traffic.post(contact.phoneNumber, phoneNumber, 'Monday');
      await eventually(() => ok(texts().includes('Monday')));
      await client.socket.sendMessage(contact.jid, { text: 'Seen it' });
      await simulator.drain();
      await forgetSessions();
      simulator.controls.traffic.post(contact.phoneNumber, phoneNumber, 'Tuesday');
      await eventually(() => ok(texts().includes('Tuesday')), { timeoutMs: 10_000 });
      simulator.controls.traffic.post(contact.phoneNumber, phoneNumber, 'Wednesday');
      await eventually(() => ok(texts().includes('Wednesday')));
    });

    it('refuse what they never sent', async () => {
      const [contact] = simulator.addContacts(1);
      ok(contact);
      const registration = Buffer.alloc(4);
      registration.writeUInt32BE(client.auth.creds.registrationId);
      const content: BinaryNode[] = [
        { tag: 'retry', attrs: { count: '1', id: 'NEVER', t: '1', v: '1' } },
        { tag: 'registration', attrs: {}, content: registration },
      ];
      const attrs = { id: 'NEVER', to: contact.jid, type: 'retry' };
      await client.socket.sendNode({ tag: 'receipt', attrs, content });
      await eventually(() => deepEqual(simulator.refusedRules(), ['retry']));
      const [refusal] = simulator.controls.refusals().refusals;
      match(refusal?.reason ?? '', /this device has not sent a message \S+ or not lately/);
    });
  });

  it('a revoke that overtakes its status is asked for again', async () => {
    const [contact] = simulator.addContacts({ contacts: [{ devices: 2 }] });
    ok(contact);
    const asked = once(client.socket.ws, 'CB:receipt') as Promise<[BinaryNode]>;
    const key = { remoteJid: 'status@broadcast', fromMe: true, id: 'LATER' };
    await client.socket.sendMessage('status@broadcast', { delete: key }, { statusJidList: [contact.jid] });
    const [retry] = await asked;
    equal(retry.attrs['type'], 'retry');
    equal((retry.content as BinaryNode[])[0]?.attrs['error'], '13');
    await simulator.drain();
    equal(simulator.statuses(contact.phoneNumber).length, 0);
    ok(simulator.refusedRules().includes('contact:revoke_too_early'));
  });

  it('another device is announced, and the next status reaches it', async () => {
    const [contact] = simulator.addContacts(1);
    ok(contact);
    await post('One', [contact.jid]);
    equal(simulator.controls.devices.setCount(contact.phoneNumber, 2).told, 1);
    await eventually(async () => equal((await client.socket.getUSyncDevices([contact.jid], true, false)).length, 2));
    await post('Two', [contact.jid]);
    deepEqual(
      simulator.statuses(contact.phoneNumber).map(({ devices }) => devices.length),
      [1, 2],
    );
    simulator.controls.devices.setCount(contact.phoneNumber, 1);
    await eventually(async () => equal((await client.socket.getUSyncDevices([contact.jid], true, false)).length, 1));
    await post('Three', [contact.jid]);
    equal(simulator.statuses(contact.phoneNumber)[2]?.devices.length, 1);
  });

  it('a new installation is announced, and the next status is readable there', async () => {
    const [contact] = simulator.addContacts(1);
    ok(contact);
    await post('Before', [contact.jid]);
    const before = simulator.controls.people.person(contact.phoneNumber).phoneIdentity.publicKey;
    const fetched = once(client.socket.ws, 'CB:iq,,list');
    equal(simulator.controls.devices.reinstall(contact.phoneNumber).told, 1);
    notEqual(simulator.controls.people.person(contact.phoneNumber).phoneIdentity.publicKey, before);
    equal(simulator.statuses(contact.phoneNumber).length, 0);
    await fetched;
    await eventually(async () => {
      await post('After', [contact.jid]);
      equal(simulator.statuses(contact.phoneNumber).at(-1)?.text, 'After');
    });
  });

  it('a new installation that nobody announces cannot read, and says so', async () => {
    const [contact] = simulator.addContacts(1);
    ok(contact);
    await post('Before', [contact.jid]);
    simulator.controls.devices.reinstall(contact.phoneNumber, { silently: true });
    await post('After', [contact.jid]);
    equal(simulator.statuses(contact.phoneNumber).length, 0);
    ok(
      simulator.refusedRules().includes('contact:no_session') ||
        simulator.refusedRules().includes('contact:no_sender_key'),
    );
  });

  it('devices of an account come from linking alone', async () => {
    await rejects(async () => simulator.controls.devices.setCount(phoneNumber, 2), /link or unlink/);
  });

  it('views come by the curve over a day, and the status is gone after it', async () => {
    const contacts = simulator.addContacts({ count: 20 });
    const id = await post(
      'All day',
      contacts.map(({ jid }) => jid),
    );
    const viewed = (): number =>
      contacts.filter(({ phoneNumber }) => simulator.statuses(phoneNumber)[0]?.viewedAt != null).length;
    equal(simulator.spreadViews(id, { overMs: 20 * hourMs, curve: 'natural' }), 20);
    equal(viewed(), 0);
    clock.advance(2 * hourMs);
    ok(viewed() >= 8 && viewed() <= 12, `${viewed()} after a tenth of the time`);
    clock.advance(18 * hourMs);
    equal(viewed(), 20);
    await eventually(() => equal(new Set(client.readers()).size, 20));
    clock.advance(5 * hourMs);
    equal(simulator.statuses(contacts[0]?.phoneNumber ?? '').length, 0);
  });

  it('views of a large crowd wait on one timer, and none is left after the simulator stops', async () => {
    const contacts = simulator.addContacts({ count: 60, watched: false });
    const id = await post(
      'For many',
      contacts.map(({ jid }) => jid),
    );
    const waitingBefore = clock.waiting;
    equal(simulator.spreadViews(id, { overMs: hourMs, curve: 'even', count: 20 }), 20);
    equal(simulator.spreadViews(id, { overMs: hourMs, curve: 'natural' }), 60);
    equal(clock.waiting, waitingBefore + 2);
    clock.advance(hourMs / 2);
    equal(clock.waiting, waitingBefore + 2);
    await simulator.stop();
    equal(clock.waiting, waitingBefore);
  });

  it('played instead of read, also when the views come over time', async () => {
    const contacts = simulator.addContacts(3);
    const id = await post(
      'Listen',
      contacts.map(({ jid }) => jid),
    );
    const kinds: string[] = [];
    client.socket.ws.on('CB:receipt', ({ attrs }: BinaryNode) => {
      if (attrs['type'] !== undefined) kinds.push(attrs['type']);
    });
    simulator.spreadViews(id, { overMs: 1_000, curve: 'even', kind: 'played' });
    clock.advance(1_000);
    await eventually(() => deepEqual(kinds, ['played', 'played', 'played']));
  });
});
