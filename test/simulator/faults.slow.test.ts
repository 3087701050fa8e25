import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { generateMessageIDV2 } from '@whiskeysockets/baileys';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkByQr, type PlainClient } from './plain-client.js';

const phoneNumber = '4915112345678';

describe('faults on demand', () => {
  let simulator: TestSimulator;
  let client: PlainClient;

  beforeEach(async () => {
    simulator = await startTestSimulator();
    client = await linkByQr(simulator, { phoneNumber }, { defaultQueryTimeoutMs: 1_000 });
  });
  afterEach(async () => {
    await client.close();
    await simulator.stop();
  });

  async function post(statusJidList: string[], waitMs = 5_000): Promise<Record<string, string> | undefined> {
    const messageId = generateMessageIDV2(client.socket.user?.id);
    const acknowledged = client.socket.waitForMessage<{ attrs: Record<string, string> }>(messageId, waitMs);
    await client.socket.sendMessage('status@broadcast', { text: 'x' }, { statusJidList, messageId });
    return (await acknowledged)?.attrs;
  }

  for (const code of ['400', '429', '463', '479']) {
    it(`a status is answered with ${code}, once`, async () => {
      const [contact] = simulator.addContacts(1);
      ok(contact);
      simulator.controls.faults.add({ on: 'message', error: code, onlyStatuses: true, times: 1 });
      equal((await post([contact.jid]))?.['error'], code);
      equal(simulator.statuses(contact.phoneNumber).length, 0);
      equal((await post([contact.jid]))?.['error'], undefined);
    });
  }

  it('an ack is lost, though the status arrives', async () => {
    const [contact] = simulator.addContacts(1);
    ok(contact);
    // Baileys takes the delivery receipt, which has the same id, for the answer.
    simulator.controls.changeSettings({ deliveryReceipts: false });
    simulator.controls.faults.add({ on: 'message', dropAck: true, onlyStatuses: true });
    equal(await post([contact.jid], 500), undefined);
    equal(simulator.statuses(contact.phoneNumber).length, 1);
  });

  it('an ack is late, or names another participant hash', async () => {
    const [contact] = simulator.addContacts(1);
    ok(contact);
    simulator.controls.changeSettings({ deliveryReceipts: false });
    simulator.controls.faults.add({ on: 'message', ackDelayMs: 300, phash: '2:abcdef', onlyStatuses: true });
    const startedAt = Date.now();
    equal((await post([contact.jid]))?.['phash'], '2:abcdef');
    ok(Date.now() - startedAt >= 290);
  });

  it('an ack tells by its hash that a device was left out', async () => {
    const [contact] = simulator.addContacts({ contacts: [{ devices: 2 }] });
    ok(contact);
    const ack = await post([contact.jid]);
    equal(ack?.['phash'], undefined);
    const stanza = { tag: 'notification', attrs: { from: contact.jid, type: 'devices', id: 'd1', t: '1' } };
    simulator.controls.traffic.sendStanza(phoneNumber, {
      ...stanza,
      content: [
        {
          tag: 'remove',
          attrs: { device_hash: '2:x' },
          content: [{ tag: 'device', attrs: { jid: contact.jid.replace('@', ':1@') } }],
        },
      ],
    });
    await eventually(async () => {
      const devices = await client.socket.getUSyncDevices([contact.jid], true, false);
      equal(devices.length, 1);
    });
    ok((await post([contact.jid]))?.['phash']);
  });

  it('one contact with a key error fails the whole send', async () => {
    const [good, bad] = simulator.addContacts(2);
    ok(good && bad?.lid);
    simulator.controls.faults.add({ on: 'prekeys', user: bad.lid, code: 406, text: 'not-acceptable' });
    await rejects(post([good.jid, bad.jid], 500), /not-acceptable/);
    equal(simulator.statuses(good.phoneNumber).length, 0);
  });

  it('a usync error for one user fails the look-up', async () => {
    const [contact] = simulator.addContacts(1);
    ok(contact);
    simulator.controls.faults.add({
      on: 'usync-user',
      user: contact.phoneNumber,
      code: 429,
      text: 'rate-overlimit',
      times: 1,
    });
    await rejects(client.socket.getUSyncDevices([contact.jid], false, false));
    equal((await client.socket.getUSyncDevices([contact.jid], false, false)).length, 1);
  });

  it('a usync time-out looks like a contact without devices', async () => {
    const [contact] = simulator.addContacts(1);
    ok(contact);
    simulator.controls.faults.add({ on: 'query', xmlns: 'usync', unanswered: true, times: 1 });
    deepEqual(await client.socket.getUSyncDevices([contact.jid], false, false).catch(() => []), []);
  });

  it('queries are answered with 429', async () => {
    simulator.controls.faults.add({ on: 'query', xmlns: 'usync', code: 429, text: 'rate-overlimit', times: 1 });
    await rejects(client.socket.onWhatsApp(phoneNumber), /rate-overlimit/);
    equal((await client.socket.onWhatsApp(phoneNumber))?.[0]?.exists, true);
  });

  it('a contact without a LID, without devices or off WhatsApp is left out without a word', async () => {
    const people = simulator.addContacts({
      contacts: [{}, { lid: false }, { devices: 0 }, { onWhatsApp: false }],
    });
    equal((await post(people.map(({ jid }) => jid)))?.['error'], undefined);
    deepEqual(
      people.map(({ phoneNumber }) => simulator.statuses(phoneNumber).length),
      [1, 0, 0, 0],
    );
  });

  it('a status to a LID that has changed is acknowledged with refresh_lid', async () => {
    const [contact] = simulator.addContacts(1);
    ok(contact?.lid);
    await post([`${contact.lid}@lid`]);
    const { lid } = simulator.controls.traffic.changeLid(contact.phoneNumber, true);
    ok(lid && lid !== contact.lid);
    equal((await post([`${contact.lid}@lid`]))?.['refresh_lid'], 'true');
    equal(simulator.statuses(contact.phoneNumber).length, 1);
  });
});
