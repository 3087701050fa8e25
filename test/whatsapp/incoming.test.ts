import assert from 'node:assert/strict';
import type { StanzaJson } from '../../simulator/control/traffic-controls.js';
import type { BinaryNode } from '../../simulator/wire/node.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator } from '../support/simulator.js';
import { type LinkedWire, linkWire, text } from './linked-wire.js';
import { openTestGateway } from './open-gateway.js';

function asJson({ tag, attrs, content }: BinaryNode): StanzaJson {
  if (content instanceof Uint8Array)
    return { tag, attrs, content: { base64: Buffer.from(content).toString('base64') } };
  return { tag, attrs, content: Array.isArray(content) ? content.map(asJson) : content };
}

describe('what arrives about statuses', function () {
  this.timeout(60_000);
  let simulator: LinkedWire['simulator'];
  let gateway: LinkedWire['gateway'];
  let live: LinkedWire['live'];
  let own: string;
  let stop: LinkedWire['stop'];
  before(async () => {
    ({ simulator, gateway, live, own, stop } = await linkWire());
  });
  after(() => stop());

  function newContact(): { phoneNumber: string; jid: string } {
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    return contact;
  }
  const waiting = (): number => simulator.controls.linking.account(own).devices[0]?.unacknowledged ?? -1;
  async function reconnect(whileAway: () => void): Promise<void> {
    await live.connection.close();
    whileAway();
    live = gateway.open();
    await live.event('open');
  }
  function stanza(attrs: Record<string, string>, content?: { tag: string; attrs: Record<string, string> }[]): void {
    const t = String(Math.floor(Date.now() / 1000));
    simulator.controls.traffic.sendStanza(own, { tag: 'message', attrs: { t, type: 'text', ...attrs }, content }, true);
  }

  describe('and cannot be read does not hold back the rest of the offline queue:', () => {
    const unreadable: Record<string, (contact: { phoneNumber: string; jid: string }) => void> = {
      'a status whose key never came': ({ phoneNumber }) =>
        void simulator.controls.traffic.post(phoneNumber, own, 'What?', { unreadable: 'no_key' }),
      'a status that was damaged': ({ phoneNumber }) =>
        void simulator.controls.traffic.post(phoneNumber, own, 'What?', { unreadable: 'damaged' }),
      'a status in a cipher of tomorrow': ({ jid }) =>
        stanza({ from: 'status@broadcast', participant: jid, id: 'TOMORROW' }, [
          { tag: 'enc', attrs: { type: 'msmsg' } },
        ]),
      'a status without anything in it': ({ jid }) =>
        stanza({ from: 'status@broadcast', participant: jid, id: 'EMPTY' }),
      'a status of a hosted device': ({ phoneNumber }) =>
        stanza({ from: 'status@broadcast', participant: `${phoneNumber}:99@hosted`, id: 'HOSTED' }, [
          { tag: 'enc', attrs: { v: '2', type: 'skmsg' } },
        ]),
      'a status that is for another device': ({ jid }) =>
        stanza({ from: 'status@broadcast', participant: jid, id: 'ELSEWHERE' }, [{ tag: 'unavailable', attrs: {} }]),
      'a like of ours that was never sealed': ({ jid }) =>
        stanza({ from: 'status@broadcast', participant: jid, id: 'LIKE', type: 'reaction' }, [
          { tag: 'enc', attrs: { v: '2', type: 'msg', 'decrypt-fail': 'hide' } },
        ]),
      'a status of nobody': () => stanza({ from: 'status@broadcast', id: 'NOBODY' }),
      'a status that nobody can see any more': ({ jid }) =>
        stanza({ from: 'status@broadcast', participant: jid, id: 'OLD', t: '1700000000' }),
    };
    for (const [what, send] of Object.entries(unreadable)) {
      it(what, async () => {
        const contact = newContact();
        await reconnect(() => {
          send(contact);
          simulator.controls.traffic.write(contact.phoneNumber, own, 'And then?');
        });
        await eventually(() => waiting() === 0, { what: 'the queue to run empty' });
        await reconnect(() => simulator.controls.traffic.write(contact.phoneNumber, own, 'Still there?'));
        await eventually(() => waiting() === 0, { what: 'the next queue' });
      });
    }

    it('the same on a connection that is open, and a status that can be read afterwards', async () => {
      const contact = newContact();
      simulator.controls.traffic.post(contact.phoneNumber, own, 'What?', { unreadable: 'no_key' });
      simulator.controls.traffic.post(contact.phoneNumber, own, 'This one');
      await eventually(() => waiting() === 0, { what: 'both' });
    });
  });

  it('and comes a second time is not asked for: it was opened already', async () => {
    const contact = newContact();
    const sent: BinaryNode[] = [];
    const askedFor: string[] = [];
    const stop = simulator.controls.traffic.watchStanzas((way, node) => {
      if (way === 'sent' && node.tag === 'message') sent.push(node);
      if (way === 'received' && node.attrs['type'] === 'retry') askedFor.push(node.attrs['id'] ?? '');
    });
    simulator.controls.traffic.post(contact.phoneNumber, own, 'Once');
    await eventually(() => waiting() === 0, { what: 'the first time' });
    const [first] = sent;
    assert.ok(first);
    simulator.controls.traffic.sendStanza(own, asJson(first), true);
    await eventually(() => waiting() === 0 && sent.length > 1, { what: 'the second time' });
    const { id } = simulator.controls.traffic.post(contact.phoneNumber, own, 'What?', { unreadable: 'damaged' });
    await eventually(() => askedFor.length > 0, { what: 'what cannot be opened' });
    stop();
    assert.deepEqual(askedFor, [id]);
  });

  it('and is a view that comes as for a private message is told with the reader’s address', async () => {
    const contact = newContact();
    const messageId = gateway.gateway.newMessageId(null);
    const recipients = [{ phoneNumber: contact.phoneNumber, lid: null }];
    await live.connection.publishStatus({ messageId, content: text, recipients });
    const attrs = { from: contact.jid, id: messageId, t: '1777000000', type: 'read' };
    simulator.controls.traffic.sendStanza(own, { tag: 'receipt', attrs }, true);
    await eventually(() => {
      const found = live.receipts.find((receipt) => receipt.viaChat);
      assert.deepEqual([found?.messageId, found?.kind], [messageId, 'read']);
    });
    await eventually(() => waiting() === 0, { what: 'the acknowledgement' });
  });

  it('and is news that Baileys leaves unanswered is acknowledged', async () => {
    const { jid } = newContact();
    const attrs = { from: jid, id: 'STATUS', t: '1777000000', type: 'text' };
    simulator.controls.traffic.sendStanza(own, { tag: 'status', attrs }, true);
    assert.equal(waiting(), 1);
    await eventually(() => waiting() === 0, { what: 'the acknowledgement' });
  });

  it('and is of the account itself is no receipt, whichever name its device uses', async () => {
    const contact = newContact();
    const messageId = gateway.gateway.newMessageId(null);
    const { lid } = simulator.controls.people.person(own);
    for (const [index, participant] of [`${own}:7@s.whatsapp.net`, `${lid ?? ''}:7@lid`, contact.jid].entries()) {
      const attrs = {
        from: 'status@broadcast',
        id: messageId,
        participant,
        t: `177700000${String(index)}`,
        type: 'read',
      };
      simulator.controls.traffic.sendStanza(own, { tag: 'receipt', attrs });
    }
    const found = await eventually(() => {
      const views = live.receipts.filter((receipt) => receipt.messageId === messageId);
      assert.ok(views.length > 0);
      return views;
    });
    assert.deepEqual(
      found.map(({ person }) => person.phoneNumber),
      [contact.phoneNumber],
    );
  });

  it('and asks for the same status again thirty times is answered ten times', async () => {
    const contact = newContact();
    const messageId = gateway.gateway.newMessageId(null);
    const recipients = [{ phoneNumber: contact.phoneNumber, lid: null }];
    await live.connection.publishStatus({ messageId, content: text, recipients });
    await simulator.drain();
    const { lid } = simulator.controls.people.person(contact.phoneNumber);
    const copies = (): number => simulator.statuses(contact.phoneNumber)[0]?.copies ?? 0;
    const before = copies();
    const attrs = { id: messageId, from: 'status@broadcast', participant: `${lid ?? ''}@lid`, type: 'retry', t: '1' };
    const retry = { tag: 'retry', attrs: { count: '1', id: messageId, t: '1', v: '1' } };
    // Kept ones with the same id would replace each other.
    for (let nth = 0; nth < 30; nth++) {
      simulator.controls.traffic.sendStanza(own, { tag: 'receipt', attrs, content: [retry] });
    }
    const other = newContact();
    const later = gateway.gateway.newMessageId(null);
    await eventually(() => copies() - before === 10, { what: 'the answers' });
    const also = [{ phoneNumber: other.phoneNumber, lid: null }];
    await live.connection.publishStatus({ messageId: later, content: text, recipients: also });
    await simulator.drain();
    assert.equal(copies() - before, 10);
  });
});

describe('the end of the offline queue', function () {
  this.timeout(60_000);
  const cases: Record<string, object> = {
    'that never comes': { offlineEnd: false },
    'that never comes, while what is live is marked as if it had waited': { offlineEnd: false, liveOfflineMark: '0' },
    'that comes': {},
  };
  for (const [name, settings] of Object.entries(cases)) {
    it(`${name}: the phone’s address book is learnt all the same`, async () => {
      const simulator = await startTestSimulator({ settings });
      const gateway = await openTestGateway(simulator, { offlineEndMs: 20 });
      try {
        const contacts = simulator.addContacts(3);
        simulator.controls.linking.addAccount({ phoneNumber: '4915112345678', name: 'Ada' });
        await simulator.controls.accounts.fillAddressBook('4915112345678', { all: true, chats: 1 });
        const linking = gateway.open();
        const { qr } = await linking.event('qr');
        await simulator.scanQr(qr, { phoneNumber: '4915112345678' });
        await linking.event('closed');
        const live = gateway.open();
        await live.event('open');
        await eventually(() => {
          const saved = live.addressBook.filter((news) => news.type === 'contact' && news.savedName !== undefined);
          assert.equal(saved.length, contacts.length);
          assert.ok(live.addressBook.some(({ type }) => type === 'synced'));
        });
      } finally {
        await gateway.stop();
        await simulator.stop();
      }
    });
  }
});
