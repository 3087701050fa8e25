import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkByQr, PlainClient } from './plain-client.js';

const phoneNumber = '4915112345678';

describe('the hands of simulated people', () => {
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

  async function post(text: string, statusJidList: string[], messageId?: string): Promise<string> {
    const { id } = await client.post(text, statusJidList, messageId === undefined ? {} : { messageId });
    await simulator.drain();
    return id;
  }

  function readers(): string[] {
    return client.readers();
  }

  it('like, take the like back, and answer a status', async () => {
    const [contact] = simulator.addContacts(1);
    ok(contact);
    const id = await post('Hi', [contact.jid]);
    simulator.like(contact.phoneNumber, id);
    await eventually(() => {
      const [reaction] = client.happened('messages.reaction').flat();
      equal(reaction?.key.id, id);
      equal(reaction?.reaction.text, '💚');
    });
    simulator.like(contact.phoneNumber, id, '');
    await eventually(() => equal(client.happened('messages.reaction').flat()[1]?.reaction.text, ''));
    simulator.reply(contact.phoneNumber, id, 'Nice one');
    await eventually(() => {
      const reply = client
        .happened('messages.upsert')
        .flatMap(({ messages }) => messages)
        .find(({ message }) => message?.extendedTextMessage?.text === 'Nice one');
      equal(reply?.message?.extendedTextMessage?.contextInfo?.stanzaId, id);
    });
  });

  it('hide their views when they wish, and cannot view what they never got', async () => {
    const [hidden, outsider] = simulator.addContacts({ contacts: [{ readReceipts: false }, {}] });
    ok(hidden && outsider);
    const id = await post('Secret readers', [hidden.jid]);
    equal(simulator.controls.stories.view(hidden.phoneNumber, [id]).receipts, 0);
    ok(simulator.statuses(hidden.phoneNumber)[0]?.viewedAt);
    await rejects(async () => simulator.view(outsider.phoneNumber, id), /has no status/);
  });

  it('see a status once, however many chunks and copies come under its id', async () => {
    const [first, second] = simulator.addContacts(2);
    ok(first && second);
    const id = await post('Same id', [first.jid]);
    await post('Same id', [second.jid], id);
    await post('Same id', [second.jid], id);
    equal(simulator.statuses(first.phoneNumber).length, 1);
    const [shown, ...others] = simulator.statuses(second.phoneNumber);
    equal(others.length, 0);
    equal(shown?.copies, 2);
  });

  it('lose a status that its author deletes, if they are in the list again', async () => {
    const [told, forgotten] = simulator.addContacts(2);
    ok(told && forgotten);
    const id = await post('Gone soon', [told.jid, forgotten.jid]);
    const key = { remoteJid: 'status@broadcast', fromMe: true, id };
    await client.socket.sendMessage('status@broadcast', { delete: key }, { statusJidList: [told.jid] });
    await eventually(() => ok(simulator.statuses(told.phoneNumber)[0]?.deletedAt));
    equal(simulator.statuses(forgotten.phoneNumber)[0]?.deletedAt, null);
    await rejects(async () => simulator.view(told.phoneNumber, id), /deleted/);
  });

  it('ask for a retry from a linked device and get a copy that they can read', async () => {
    const [contact] = simulator.addContacts({ contacts: [{ devices: 2 }] });
    ok(contact);
    simulator.controls.people.person(contact.phoneNumber).contact.retries.forceFailures(1, 1);
    const id = await post('Again', [contact.jid]);
    await eventually(() => deepEqual(simulator.statuses(contact.phoneNumber)[0]?.devices.sort(), [0, 1]));
    equal(simulator.statuses(contact.phoneNumber)[0]?.id, id);
  });

  it('are not helped by plain Baileys when the phone itself asks for a retry', async () => {
    const [contact] = simulator.addContacts(1);
    ok(contact);
    simulator.controls.people.person(contact.phoneNumber).contact.retries.forceFailures(1, 0);
    await client.socket.sendMessage('status@broadcast', { text: 'Lost' }, { statusJidList: [contact.jid] });
    await eventually(() => ok(simulator.refusedRules().some((rule) => rule.startsWith('contact:'))));
    await simulator.drain();
    equal(simulator.statuses(contact.phoneNumber).length, 0);
  });

  it('view in a burst of hundreds, live', async () => {
    const contacts = simulator.addContacts({ count: 400, watched: false });
    simulator.controls.changeSettings({ deliveryReceipts: false });
    const id = await post(
      'Everybody',
      contacts.map(({ jid }) => jid),
    );
    equal(simulator.spreadViews(id, { curve: 'burst' }), 400);
    await eventually(() => equal(new Set(readers()).size, 400), { timeoutMs: 15_000 });
    await eventually(() => equal(simulator.controls.linking.account(phoneNumber).devices[0]?.unacknowledged, 0));
  }).timeout(60_000);

  it('are let go when the simulator stops, with whatever they still had to answer', async () => {
    simulator.controls.changeSettings({ deliveryReceiptDelayMs: 60_000 });
    const [contact] = simulator.addContacts(1);
    ok(contact);
    await client.post('Never answered', [contact.jid]);
    const drained = simulator.drain();
    await simulator.stop();
    await drained;
  });

  it('view while the client is away, and it learns so with the offline batch', async () => {
    const contacts = simulator.addContacts(20);
    const id = await post(
      'While you sleep',
      contacts.map(({ jid }) => jid),
    );
    await client.close();
    equal(simulator.spreadViews(id, { curve: 'burst', count: 15 }), 15);
    client = await new PlainClient(simulator, client.auth).opened();
    await eventually(() => equal(new Set(readers()).size, 15));
  });

  it('view one after the other, as in life', async () => {
    const contacts = simulator.addContacts(10);
    const id = await post(
      'Slowly',
      contacts.map(({ jid }) => jid),
    );
    equal(simulator.spreadViews(id, { share: 0.5, overMs: 300 }), 5);
    await eventually(() => equal(new Set(readers()).size, 5));
  });

  it('are seen in the grouped shape, which plain Baileys does not understand', async () => {
    const contacts = simulator.addContacts(3);
    simulator.controls.changeSettings({ deliveryReceipts: false });
    const id = await post(
      'New shape',
      contacts.map(({ jid }) => jid),
    );
    const stanzas: unknown[] = [];
    client.socket.ws.on('CB:receipt', (node: unknown) => stanzas.push(node));
    simulator.spreadViews(id, { curve: 'burst', shape: 'participants' });
    await eventually(() => equal(stanzas.length, 1));
    await eventually(() => equal(simulator.controls.linking.account(phoneNumber).devices[0]?.unacknowledged, 0));
    equal(readers().length, 0);
  });

  it('open several statuses at once, with one receipt for all', async () => {
    const [contact] = simulator.addContacts(1);
    ok(contact);
    const first = await post('One', [contact.jid]);
    const second = await post('Two', [contact.jid]);
    // What comes before Baileys has told of the own post ends up in the event of the post.
    await eventually(() => ok(client.messages().some(({ key }) => key.id === second)));
    simulator.controls.stories.view(contact.phoneNumber, [first, second]);
    await eventually(() => {
      const read = client
        .happened('message-receipt.update')
        .flat()
        .filter(({ receipt }) => receipt.readTimestamp);
      deepEqual(read.map(({ key }) => key.id).sort(), [first, second].sort());
    });
  });

  it('post statuses of their own, take them back, and write', async () => {
    const [contact] = simulator.addContacts(1);
    ok(contact);
    const { id } = simulator.controls.traffic.post(contact.phoneNumber, phoneNumber, 'From a friend');
    await eventually(() => {
      const texts = client.happened('messages.upsert').flatMap(({ messages }) => messages);
      const status = texts.find(({ key }) => key.id === id);
      equal(status?.message?.extendedTextMessage?.text, 'From a friend');
      equal(status?.key.remoteJid, 'status@broadcast');
    });
    simulator.controls.traffic.revokePost(contact.phoneNumber, phoneNumber, id);
    await eventually(() => {
      const gone = client
        .happened('messages.update')
        .flat()
        .find(({ update }) => update.message === null);
      equal(gone?.key.id, id);
    });
    simulator.controls.traffic.write(contact.phoneNumber, phoneNumber, 'Are you there?');
    await eventually(() => {
      const messages = client.happened('messages.upsert').flatMap(({ messages }) => messages);
      ok(messages.some(({ message }) => message?.conversation === 'Are you there?'));
    });
  });
});
