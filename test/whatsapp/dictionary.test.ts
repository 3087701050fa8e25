import assert from 'node:assert/strict';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { dictionaryPage } from '../../server/whatsapp/wire/page.js';
import { isPlainAnswer, read } from '../../server/whatsapp/wire/read.js';
import { differences, type Entry } from '../../server/whatsapp/wire/shape.js';
import { written } from '../../server/whatsapp/wire/written.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { openTestGateway, type TestGateway } from './open-gateway.js';

const text = { type: 'text', text: 'Hi', backgroundColor: '#112233', textColor: '#ffffff', font: 1 } as const;

describe('the dictionary of stanzas', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let gateway: TestGateway;
  const leaving: BinaryNode[] = [];
  const arriving: BinaryNode[] = [];

  /** Posts, views, likes, replies, retries, look-ups and a logout, as they happen to an account. */
  before(async () => {
    simulator = await startTestSimulator();
    simulator.controls.traffic.watchStanzas((way, node) => (way === 'received' ? leaving : arriving).push(node));
    gateway = await openTestGateway(simulator);
    const { live, phoneNumber: own } = await gateway.link(simulator);
    const [anna, ben] = simulator.addContacts({ contacts: [{ devices: 2 }, {}] });
    assert.ok(anna && ben);
    const recipients = [anna, ben].map(({ phoneNumber }) => ({ phoneNumber, lid: null }));
    const post = async (): Promise<string> => {
      const messageId = gateway.gateway.newMessageId(null);
      const { result } = await live.connection.publishStatus({ messageId, content: text, recipients });
      assert.equal(result, 'acknowledged');
      await simulator.drain();
      return messageId;
    };
    const first = await post();
    simulator.controls.people.person(ben.phoneNumber).contact.retries.forceFailures(1, null);
    const second = await post();
    await eventually(() => simulator.statuses(ben.phoneNumber).some(({ id }) => id === second), { what: 'the resend' });
    simulator.view(anna.phoneNumber, first);
    simulator.like(anna.phoneNumber, first);
    simulator.reply(anna.phoneNumber, first, 'Nice');
    simulator.controls.views.spread(second, { shape: 'participants', curve: 'burst' });
    simulator.controls.traffic.post(ben.phoneNumber, own, 'Mine');
    const { id: unreadable } = simulator.controls.traffic.post(anna.phoneNumber, own, '?', { unreadable: 'no_key' });
    const revoke = { messageId: gateway.gateway.newMessageId(null), revokedId: first, recipients };
    assert.equal((await live.connection.revokeStatus(revoke)).result, 'acknowledged');
    await live.connection.checkNumber(anna.phoneNumber);
    await eventually(() => leaving.some(({ tag, attrs }) => tag === 'ack' && attrs['id'] === unreadable));
    await eventually(() => simulator.controls.linking.account(own).devices[0]?.unacknowledged === 0);
    await live.connection.logout();
    const linking = gateway.open({ method: 'pairing', phoneNumber: own });
    const { pairingCode } = await linking.event('pairing-code');
    await simulator.enterCode(own, pairingCode);
    await linking.event('closed');
  });
  after(async () => {
    await gateway.stop();
    await simulator.stop();
  });

  const entryOf = (entries: readonly Entry[], stanza: BinaryNode): Entry | undefined =>
    entries.find(({ isOf }) => isOf(stanza));
  function compare(entries: readonly Entry[], stanzas: readonly BinaryNode[]): string[] {
    const found = stanzas.flatMap((stanza) => {
      const entry = entryOf(entries, stanza);
      if (!entry) return [`unknown: <${stanza.tag} ${JSON.stringify(stanza.attrs)}>`];
      return differences(stanza, entry.shape).map((difference) => `${entry.name}: ${difference}`);
    });
    return [...new Set(found)];
  }

  it('describes every stanza that left, attribute by attribute', () => {
    assert.deepEqual(compare(written, leaving), []);
  });

  it('describes every stanza that came', () => {
    assert.deepEqual(
      compare(
        read,
        arriving.filter((stanza) => !isPlainAnswer(stanza)),
      ),
      [],
    );
  });

  it('was compared with each of the stanzas that are our own, and with views, likes and replies', () => {
    const names = (entries: readonly Entry[], stanzas: readonly BinaryNode[]) =>
      new Set(stanzas.map((stanza) => entryOf(entries, stanza)?.name));
    const left = names(written, leaving);
    const ours = written.filter(({ writer }) => writer === 'we');
    assert.deepEqual(
      ours.filter(({ name }) => !left.has(name)).map(({ name }) => name),
      [],
    );
    assert.ok(left.has('link by code'));
    const came = names(read, arriving);
    for (const name of [
      'view',
      'like',
      'private message',
      'status of somebody',
      'request to resend',
      'answer to a message',
    ]) {
      assert.ok(came.has(name), name);
    }
  });

  describe('tells what is different:', () => {
    const entry = written.find(({ name }) => name === 'post');
    const genuine = (): BinaryNode => ({
      tag: 'message',
      attrs: { id: '3EB0A', to: 'status@broadcast', type: 'text' },
      content: [
        { tag: 'enc', attrs: { v: '2', type: 'skmsg' }, content: Buffer.alloc(8) },
        { tag: 'participants', attrs: {}, content: [{ tag: 'to', attrs: { jid: '5@lid' } }] },
      ],
    });
    const cases: [what: string, change: (stanza: BinaryNode) => void, words: RegExp][] = [
      [
        'an attribute too many',
        ({ attrs }) => (attrs['addressing_mode'] = 'lid'),
        /addressing_mode="lid".*not known there/,
      ],
      ['one that is missing', ({ attrs }) => delete attrs['type'], /<message> lacks type/],
      [
        'a value that is not one of those',
        ({ attrs }) => (attrs['type'] = 'poll'),
        /type="poll" instead of `text`, `media`/,
      ],
      ['a child that is missing', (stanza) => (stanza.content = []), /0 <enc> instead of one/],
      [
        'a child that is not known',
        (stanza) => (stanza.content as BinaryNode[]).push({ tag: 'reporting', attrs: {} }),
        /holds <reporting>, which is not known there/,
      ],
    ];
    it('nothing, when it is as it should be', () => {
      assert.ok(entry);
      assert.deepEqual(differences(genuine(), entry.shape), []);
    });
    for (const [what, change, words] of cases) {
      it(what, () => {
        assert.ok(entry);
        const stanza = genuine();
        change(stanza);
        assert.match(differences(stanza, entry.shape).join('\n'), words);
      });
    }
  });

  it('is a page with a section for each of them', () => {
    const headings = dictionaryPage().match(/^### /gm) ?? [];
    assert.equal(headings.length, written.length + read.length);
  });
});
