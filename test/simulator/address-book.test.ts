import { deepEqual, equal, ok } from 'node:assert/strict';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkByQr, type PlainClient } from './plain-client.js';

const phoneNumber = '4915112345678';
/** Lets Baileys check the MACs of every patch, which it does not do by itself. */
const strict = { appStateMacVerification: { patch: true, snapshot: true } };

describe('what the phone tells a plain Baileys client after linking', () => {
  let simulator: TestSimulator;
  let client: PlainClient | undefined;

  beforeEach(async () => {
    simulator = await startTestSimulator();
    simulator.controls.linking.addAccount({ phoneNumber, name: 'Ada' });
  });
  afterEach(async () => {
    await client?.close();
    client = undefined;
    await simulator.stop();
  });

  function savedNames(): Map<string, string> {
    const saved = client?.happened('contacts.upsert').flatMap((contacts) => contacts) ?? [];
    return new Map(saved.flatMap(({ id, name }) => (name ? [[id, name] as const] : [])));
  }

  it('is the own name, saved contacts with their LIDs, chats and push names', async () => {
    const contacts = simulator.addContacts(600);
    await simulator.controls.accounts.fillAddressBook(phoneNumber, { all: true, chats: 25 });
    client = await linkByQr(simulator, { phoneNumber }, strict);
    await eventually(() => equal(savedNames().size, 600));
    equal(savedNames().get(contacts[0]?.jid ?? ''), contacts[0]?.name);
    await eventually(() => {
      const chats = client?.happened('messaging-history.set').flatMap(({ chats: some }) => some) ?? [];
      equal(chats.length, 25);
    });
    const known = client.happened('messaging-history.set').flatMap(({ contacts: some }) => some);
    ok(known.some(({ notify }) => notify === contacts[0]?.name));
    await eventually(() => equal(client?.auth.creds.me?.name, 'Ada'));
    equal(
      await client.socket.signalRepository.lidMapping.getLIDForPN(contacts[3]?.jid ?? ''),
      `${contacts[3]?.lid ?? ''}@lid`,
    );
  });

  it('includes later changes: a new contact, another name, who may see statuses', async () => {
    client = await linkByQr(simulator, { phoneNumber }, strict);
    const [contact] = simulator.addContacts(1);
    ok(contact);
    await simulator.controls.accounts.fillAddressBook(phoneNumber, { contacts: [contact.phoneNumber], chats: 1 });
    await eventually(() => equal(savedNames().get(contact.jid), contact.name));
    // Plain Baileys seldom, but now and then, never takes a change that comes right behind another: the phone tells it again.
    let told = 0;
    await eventually(() => {
      if (told % 100 === 0) simulator.controls.accounts.change(phoneNumber, { name: 'Ada L.' });
      told += 1;
      equal(client?.auth.creds.me?.name, 'Ada L.');
    });
    simulator.controls.accounts.change(phoneNumber, { statusAudience: { type: 'blacklist', jids: [contact.jid] } });
    await eventually(() => {
      const settings = client?.happened('settings.update') ?? [];
      const privacy = settings.find(({ setting }) => setting === 'statusPrivacy');
      const { mode, userJid } = JSON.parse(JSON.stringify(privacy?.value ?? {})) as Record<string, unknown>;
      deepEqual({ mode, userJid }, { mode: 'DENY_LIST', userJid: [contact.jid] });
    });
    const answer = await client.socket.query({
      tag: 'iq',
      attrs: { to: '@s.whatsapp.net', type: 'get', xmlns: 'status' },
      content: [{ tag: 'privacy', attrs: {} }],
    });
    ok(JSON.stringify(answer).includes('blacklist'));
  });

  it('takes names that the client saves, and shows them to its other devices', async () => {
    client = await linkByQr(simulator, { phoneNumber }, strict);
    const other = await linkByQr(simulator, { phoneNumber }, strict);
    const [contact] = simulator.addContacts(1);
    ok(contact);
    await client.socket.addOrEditContact(contact.jid, { fullName: 'My friend' });
    await other.socket.resyncAppState(['critical_unblock_low'], false);
    await eventually(() => {
      const saved = other.happened('contacts.upsert').flatMap((contacts) => contacts);
      equal(saved.find(({ id }) => id === contact.jid)?.name, 'My friend');
    });
    await other.close();
  });
});
