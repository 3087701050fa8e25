import { deepEqual, equal, ok } from 'node:assert/strict';
import { USyncQuery, USyncUser } from '@whiskeysockets/baileys';
import { otherWriting } from '../../simulator/state/number-writings.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkByQr, type PlainClient } from './plain-client.js';

describe('numbers that are written in two ways', () => {
  const pairs: [country: string, one: string, other: string][] = [
    ['Brazil, Belo Horizonte', '553187654321', '5531987654321'],
    ['Brazil, São Paulo', '551171234567', '5511971234567'],
    ['Mexico', '525512345678', '5215512345678'],
    ['Argentina', '541112345678', '5491112345678'],
    ['Ivory Coast', '22558123456', '2250758123456'],
    ['Benin', '22961234567', '2290161234567'],
  ];
  for (const [country, one, other] of pairs) {
    it(`lead to each other: ${country}`, () => {
      equal(otherWriting(one), other);
      equal(otherWriting(other), one);
    });
  }
  it('are only those: a landline of Brazil, a German mobile, a Mexican number that is too short', () => {
    for (const number of ['553132345678', '4915112345678', '52551234567']) equal(otherWriting(number), undefined);
  });
});

describe('a plain Baileys client that asks for a number in its other writing', () => {
  let simulator: TestSimulator;
  let client: PlainClient;

  before(async () => {
    simulator = await startTestSimulator();
    client = await linkByQr(simulator, { name: 'Ada' });
  });
  after(async () => {
    await client.close();
    await simulator.stop();
  });

  const known = ['553187654321', '5215512345678', '5491112345678'];
  for (const phoneNumber of known) {
    it(`is told the address that WhatsApp knows: ${phoneNumber}`, async () => {
      simulator.addContacts({ contacts: [{ phoneNumber }] });
      const typed = otherWriting(phoneNumber) ?? '';
      const [found] = (await client.socket.onWhatsApp(typed)) ?? [];
      deepEqual([found?.exists, found?.jid], [true, `${phoneNumber}@s.whatsapp.net`]);
    });
  }

  it('learns nothing by the JID that was typed, unless the settings say so', async () => {
    const [contact] = simulator.addContacts({ contacts: [{ phoneNumber: '553188887777' }] });
    ok(contact);
    const ask = async (): Promise<unknown> => {
      const query = new USyncQuery().withLIDProtocol().withUser(new USyncUser().withId('5531988887777@s.whatsapp.net'));
      return (await client.socket.executeUSyncQuery(query))?.list;
    };
    deepEqual(await ask(), [{ id: '5531988887777@s.whatsapp.net' }]);
    simulator.controls.changeSettings({ aliasJids: 'canonical' });
    deepEqual(await ask(), [{ id: contact.jid, lid: `${contact.lid ?? ''}@lid` }]);
    simulator.controls.changeSettings({ aliasJids: 'unknown' });
  });

  it('reaches nobody when it posts to that JID', async () => {
    const [contact] = simulator.addContacts({ contacts: [{ phoneNumber: '5491155556666' }] });
    ok(contact);
    await client.post('Who?', ['541155556666@s.whatsapp.net']);
    await simulator.drain();
    deepEqual(simulator.statuses(contact.phoneNumber), []);
  });

  it('finds the one who has exactly this number first', async () => {
    const [short, long] = simulator.addContacts({
      contacts: [{ phoneNumber: '525544443333' }, { phoneNumber: '5215544443333' }],
    });
    ok(short && long);
    for (const { phoneNumber, jid } of [short, long]) {
      equal((await client.socket.onWhatsApp(phoneNumber))?.[0]?.jid, jid);
    }
  });
});
