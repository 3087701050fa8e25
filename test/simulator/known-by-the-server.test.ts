import { deepEqual, equal, ok } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { USyncQuery, USyncUser, type BinaryNode } from '@whiskeysockets/baileys';
import { bytesOf, childOf, childrenOf, element } from '../../simulator/wire/node.js';
import { participantHash } from '../../simulator/wire/participant-hash.js';
import { parseJid } from '../../simulator/wire/jid.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkByQr, type PlainClient, PlainClient as Client } from './plain-client.js';

const phoneNumber = '4915112345678';

describe('what the server knows and tells a plain Baileys client', () => {
  let simulator: TestSimulator;
  let client: PlainClient;

  beforeEach(async () => {
    simulator = await startTestSimulator();
    client = await linkByQr(simulator, { phoneNumber, name: 'Ada' });
  });
  afterEach(async () => {
    await client.close();
    await simulator.stop();
  });

  const ask = (xmlns: string, child: BinaryNode): Promise<BinaryNode> =>
    client.socket.query(element('iq', { xmlns, type: 'get', to: '@s.whatsapp.net' }, [child])) as Promise<BinaryNode>;

  it('of its keys: the ids that are left, and a hash over all of them', async () => {
    const { creds, keys } = client.auth;
    const digest = childOf(await ask('encrypt', element('digest')), 'digest');
    const ids = childrenOf(childOf(digest, 'list'), 'id').map((id) => bytesOf(id)?.readUIntBE(0, 3) ?? 0);
    ok(ids.length > 800);
    const stored = await keys.get('pre-key', ids.map(String));
    const hash = createHash('sha1')
      .update(creds.signedIdentityKey.public)
      .update(creds.signedPreKey.keyPair.public)
      .update(creds.signedPreKey.signature);
    for (const id of ids) hash.update(stored[String(id)]?.public ?? '');
    deepEqual(bytesOf(childOf(digest, 'hash')), hash.digest());
  });

  it('of who may see its statuses: numbers or LIDs, one list in force and the others kept', async () => {
    const [one, other, withoutLid] = simulator.addContacts({ contacts: [{}, {}, { lid: false }] });
    ok(one && other && withoutLid);
    const change = (statusAudience: Record<string, unknown>): Promise<unknown> =>
      simulator.ask('PATCH', `/admin/accounts/${phoneNumber}`, { statusAudience });
    await change({ type: 'whitelist', jids: [other.jid] });
    await change({ type: 'blacklist', contacts: [one.phoneNumber, withoutLid.phoneNumber], form: 'lid' });
    const lists = childrenOf(childOf(await ask('status', element('privacy')), 'privacy'), 'list');
    const told = lists.map((list) => ({
      ...list.attrs,
      jids: childrenOf(list, 'user').map(({ attrs }) => attrs['jid']),
    }));
    deepEqual(told, [
      { type: 'whitelist', jids: [other.jid] },
      { type: 'blacklist', default: 'true', jids: [`${one.lid ?? ''}@lid`, withoutLid.jid] },
    ]);
  });

  it('of an account’s list: nobody who does not exist, and nothing that is no address', async () => {
    const path = `/admin/accounts/${phoneNumber}`;
    for (const statusAudience of [
      { type: 'blacklist', contacts: ['491700000000'] },
      { type: 'whitelist', jids: ['friends@g.us'] },
    ]) {
      await simulator.ask('PATCH', path, { statusAudience }).then(
        () => ok(false, JSON.stringify(statusAudience)),
        (error: unknown) => ok(/40[04]/.test(String(error)), String(error)),
      );
    }
  });

  for (const protocol of ['devices', 'lid']) {
    it(`of one person, an error in the ${protocol} alone; the other one is answered`, async () => {
      const [sick, well] = simulator.addContacts(2);
      ok(sick && well);
      simulator.controls.faults.add({ on: 'usync-user', user: sick.lid ?? '', protocol, code: 500, text: 'broken' });
      const usync = element('usync', { sid: '1', mode: 'query', context: 'message', index: '0', last: 'true' }, [
        element('query', {}, [element('devices', { version: '2' }), element('lid')]),
        element(
          'list',
          {},
          [sick, well].map(({ jid }) => element('user', { jid })),
        ),
      ]);
      const users = childrenOf(childOf(childOf(await ask('usync', usync), 'usync'), 'list'), 'user');
      const failing = users.map((user) =>
        childrenOf(user)
          .filter((child) => childOf(child, 'error'))
          .map(({ tag }) => tag),
      );
      deepEqual(failing, [[protocol], []]);
      simulator.controls.faults.clear();
      const query = new USyncQuery().withDeviceProtocol().withUser(new USyncUser().withId(sick.jid));
      equal((await client.socket.executeUSyncQuery(query))?.list.length, 1);
    });
  }

  it('of one person’s keys, an error for one device, whichever address is asked for', async () => {
    const [contact] = simulator.addContacts({ contacts: [{ devices: 2 }] });
    ok(contact);
    const { phoneNumber, lid } = contact;
    simulator.controls.faults.add({ on: 'prekeys', user: phoneNumber, device: 1, code: 406, text: 'not-acceptable' });
    const jids = [`${lid ?? ''}@lid`, `${lid ?? ''}:1@lid`];
    const users = jids.map((jid) => element('user', { jid }));
    const answer = childrenOf(childOf(await ask('encrypt', element('key', {}, users)), 'list'), 'user');
    deepEqual(
      answer.map((user) => childOf(user, 'error')?.attrs['code']),
      [undefined, '406'],
    );
  });

  it('with an ack: the hash over all devices of those it named, always, never, or when some were left out', async () => {
    const [contact] = simulator.addContacts({ contacts: [{ devices: 2 }] });
    ok(contact);
    const phashOf = async (ackPhash: string): Promise<string | undefined> => {
      simulator.controls.changeSettings({ ackPhash });
      return (await client.post('Hi', [contact.jid])).ack['phash'];
    };
    equal(await phashOf('when_uncovered'), undefined);
    const address = parseJid(contact.jid);
    ok(address);
    const both = participantHash([address, { ...address, device: 1 }]);
    equal(await phashOf('always'), both);
    simulator.controls.devices.setCount(contact.phoneNumber, 3, { silently: true });
    const three = participantHash([0, 1, 2].map((device) => ({ ...address, device })));
    equal(await phashOf('when_uncovered'), three);
    equal(await phashOf('never'), undefined);
  });

  it('to others: the name that it logged in with', async () => {
    const reader = await linkByQr(simulator, { phoneNumber: '4915187654321', name: 'Bob' });
    await client.close();
    client = await new Client(simulator, client.auth, { pushName: 'Countess' }).opened();
    await client.post('Hello', ['4915187654321@s.whatsapp.net']);
    await eventually(() =>
      deepEqual(
        reader
          .messages()
          .map(({ pushName }) => pushName)
          .at(-1),
        'Countess',
      ),
    );
    await reader.close();
  });
});
