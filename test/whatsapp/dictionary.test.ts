import assert from 'node:assert/strict';
import type { BinaryNode } from '@whiskeysockets/baileys';
import type { StatusContent } from '../../server/whatsapp/gateway.js';
import { childOf, childrenOf } from '../../simulator/wire/node.js';
import { parseJid } from '../../server/whatsapp/wire/addresses.js';
import { dictionaryPage } from '../../server/whatsapp/wire/page.js';
import { isPlainAnswer, read } from '../../server/whatsapp/wire/read.js';
import { differences, type Entry } from '../../server/whatsapp/wire/shape.js';
import { written } from '../../server/whatsapp/wire/written.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { openTestGateway, type TestGateway } from './open-gateway.js';

const style = { text: 'Look: https://example.org/', backgroundColor: '#112233', textColor: '#ffffff', font: 1 };
const text = { type: 'text', ...style } as const;
const thumbnail = Buffer.from('/9j/4AAQSkZJRgABAQAAAQABAAD/2Q==', 'base64');

/** A status of every kind, with what its stanza says of it. The file is any: nobody looks into it here. */
function everyContent(path: string): [content: StatusContent, type: string, mediaType: string | undefined][] {
  const picture = { caption: 'Bread', width: 4, height: 4, thumbnail };
  const image = { type: 'image', file: { path, mimeType: 'image/jpeg' }, ...picture } as const;
  const video = { ...image, type: 'video', file: { path, mimeType: 'video/mp4' }, durationMs: 1_000 } as const;
  const voice = { type: 'voice', file: { path, mimeType: 'audio/ogg' }, durationMs: 1_000 } as const;
  const preview = { title: 'An example', description: null, thumbnail };
  return [
    [text, 'text', undefined],
    [{ ...style, type: 'link', url: 'https://example.org/', preview }, 'media', 'url'],
    [image, 'media', 'image'],
    [{ ...video, isAnimation: false }, 'media', 'video'],
    [{ ...video, isAnimation: true }, 'media', 'gif'],
    [{ ...voice, waveform: Buffer.alloc(64, 50), backgroundColor: '#112233' }, 'media', 'ptt'],
  ];
}

/** Every ciphertext in a stanza. */
function encsIn({ content }: BinaryNode): BinaryNode[] {
  const children = Array.isArray(content) ? content : [];
  return children.flatMap((child) => (child.tag === 'enc' ? [child] : encsIn(child)));
}

describe('the dictionary of stanzas', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let gateway: TestGateway;
  const leaving: BinaryNode[] = [];
  const arriving: BinaryNode[] = [];
  const posted: string[] = [];
  let ownLid: string | null;
  let presenceOfFirst: { told: string[][]; names: string[] };
  const stops: (() => Promise<void>)[] = [];
  const isResend = ({ tag, attrs }: BinaryNode): boolean => tag === 'message' && attrs['participant'] !== undefined;

  /** Everything that happens to an account, from one linking to the next. */
  before(async () => {
    simulator = await startTestSimulator();
    simulator.controls.traffic.watchStanzas((way, node) => (way === 'received' ? leaving : arriving).push(node));
    gateway = await openTestGateway(simulator);
    const { live, phoneNumber: own, lid } = await gateway.link(simulator);
    ownLid = lid;
    const { name } = simulator.controls.people.person(own);
    const presences = (): string[][] =>
      leaving.flatMap(({ tag, attrs }) => (tag === 'presence' ? [Object.values(attrs)] : []));
    await eventually(() => presences().length > 0, { what: 'a word on being online' });
    simulator.controls.accounts.change(own, { name: 'Bakery' });
    await eventually(() => presences().length > 1, { what: 'the new name' });
    presenceOfFirst = { told: presences(), names: [name, 'Bakery'] };
    const other = await openTestGateway(simulator);
    stops.push(() => other.stop());
    // Another device of the same account, which is given the key as well.
    const linking = other.open();
    await simulator.scanQr((await linking.event('qr')).qr, { phoneNumber: own });
    await linking.event('closed');
    const companion = other.open();
    await companion.event('open');

    const [anna, ben] = simulator.addContacts({ contacts: [{ devices: 2 }, {}] });
    assert.ok(anna && ben);
    const recipients = [anna, ben].map(({ phoneNumber }) => ({ phoneNumber, lid: null }));
    const post = async (content: StatusContent): Promise<string> => {
      const messageId = gateway.gateway.newMessageId(null);
      const { result } = await live.connection.publishStatus({ messageId, content, recipients });
      assert.equal(result, 'acknowledged');
      await simulator.drain();
      return messageId;
    };
    const isAsked = (id: string): boolean => leaving.some((node) => isResend(node) && node.attrs['id'] === id);
    const failing = simulator.controls.people.person(ben.phoneNumber).contact.retries;
    for (const [content] of everyContent(simulator.mediaCaFile)) {
      failing.forceFailures(1, null);
      const id = await post(content);
      posted.push(id);
      await eventually(() => isAsked(id), { what: `the resend of ${content.type}` });
    }
    const [first = '', second = ''] = posted;
    simulator.view(anna.phoneNumber, first);
    simulator.like(anna.phoneNumber, first);
    simulator.reply(anna.phoneNumber, first, 'Nice');
    const quoted = { messageId: '3A01', kind: 'text', text: 'Nice' } as const;
    const person = { phoneNumber: ben.phoneNumber, lid: null };
    for (const [content] of everyContent(simulator.mediaCaFile)) {
      if (content.type === 'link') continue;
      // What still goes to the phone would fail instead of what comes next.
      await simulator.drain();
      failing.forceFailures(1, null);
      simulator.controls.people.person(own).contact.retries.forceFailures(1, 0);
      const messageId = gateway.gateway.newMessageId(null);
      const letter = { messageId, content, quoted, typingMs: 1 };
      assert.equal((await live.connection.sendPrivately(person, letter)).result, 'acknowledged');
      const again = (): BinaryNode[] =>
        leaving.filter(({ attrs }) => attrs['id'] === messageId && attrs['device_fanout'] !== undefined);
      await eventually(() => again().length === 2, { what: `${content.type} again, for the person and the own phone` });
    }
    // What is asked of the own phone about it would fail instead of a letter.
    const message = { from: anna.jid, id: 'ABSENT', type: 'text', t: String(Math.floor(Date.now() / 1000)) };
    const content = [{ tag: 'unavailable', attrs: {} }];
    simulator.controls.traffic.sendStanza(own, { tag: 'message', attrs: message, content });
    await live.connection.markRead(person, '3A01');
    simulator.controls.views.spread(second, { shape: 'participants', curve: 'burst' });
    simulator.controls.views.spread(second, { kind: 'played', curve: 'burst' });
    simulator.controls.traffic.post(ben.phoneNumber, own, 'Mine');
    const { id: unreadable } = simulator.controls.traffic.post(anna.phoneNumber, own, '?', { unreadable: 'no_key' });
    failing.forceFailures(1, null);
    const revoke = { messageId: gateway.gateway.newMessageId(null), revokedId: first, recipients };
    assert.equal((await live.connection.revokeStatus(revoke)).result, 'acknowledged');
    await eventually(() => isAsked(revoke.messageId), { what: 'the resend of the revoke' });
    await live.connection.checkNumber(anna.phoneNumber);
    await eventually(() => leaving.some(({ tag, attrs }) => tag === 'ack' && attrs['id'] === unreadable));
    await eventually(() =>
      simulator.controls.linking.account(own).devices.every(({ unacknowledged }) => unacknowledged === 0),
    );
    await live.connection.logout();
    const again = gateway.open({ method: 'pairing', phoneNumber: own });
    const { pairingCode } = await again.event('pairing-code');
    await simulator.enterCode(own, pairingCode);
    await again.event('closed');
    simulator.controls.accounts.change(own, { loginFailure: { reason: '402', attributes: { expire: '60' } } });
    await gateway.open().event('closed');
    await eventually(() => leaving.some(({ attrs }) => attrs['category'] === 'peer'), {
      what: 'the word to the phone',
    });
  });
  after(async () => {
    for (const stop of stops) await stop();
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

  it('was compared with each of them', () => {
    const missing = (entries: readonly Entry[], stanzas: readonly BinaryNode[]): string[] => {
      const seen = new Set(stanzas.map((stanza) => entryOf(entries, stanza)?.name));
      return entries.map(({ name }) => name).filter((name) => !seen.has(name));
    };
    // The first ping leaves after half a minute.
    assert.deepEqual([missing(written, leaving), missing(read, arriving)], [['ping'], []]);
  });

  it('says of each name of the account, from the linking on, that it is not online', () => {
    const { told, names } = presenceOfFirst;
    assert.deepEqual(
      told.map((values) => values.toSorted()),
      names.map((name) => [name, 'unavailable'].toSorted()),
    );
  });

  it('was compared with a status of each kind, its revoke, their resends, and the key for another own device', () => {
    const kinds = everyContent('').map(([, type, mediaType]) => [type, mediaType]);
    const sharedIn = (stanza: BinaryNode): unknown[] => {
      const mediaTypes = new Set(encsIn(stanza).map(({ attrs }) => attrs['mediatype']));
      return [stanza.attrs['type'], ...mediaTypes];
    };
    const ofPosts = leaving.filter(({ tag, attrs }) => tag === 'message' && posted.includes(attrs['id'] ?? ''));
    assert.deepEqual(ofPosts.filter((stanza) => !isResend(stanza)).map(sharedIn), kinds);
    assert.deepEqual(ofPosts.filter(isResend).map(sharedIn), kinds);
    const revokes = leaving.filter(({ attrs }) => attrs['edit'] !== undefined);
    assert.deepEqual(
      revokes.map((stanza) => [...sharedIn(stanza), isResend(stanza)]),
      [
        ['text', undefined, false],
        ['text', undefined, true],
      ],
    );
    for (const stanza of ofPosts.filter((one) => !isResend(one))) {
      const keyed = childrenOf(childOf(stanza, 'participants'), 'to').filter((to) => childOf(to, 'enc'));
      const own = keyed.filter(({ attrs }) => parseJid(attrs['jid'])?.user === ownLid);
      assert.deepEqual(
        own.map(({ attrs }) => parseJid(attrs['jid'])?.deviceId),
        [0, 2],
        'the phone and the other device',
      );
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

  for (const { name, others, writer } of [...written, ...read]) {
    it(`compares with every other known client: ${name}`, () => {
      const clients = ['whatsmeow', 'zapo', 'whatsapp-rust', ...(writer === 'Baileys' ? [] : ['Baileys'])];
      const named = /\b[Aa]ll four\b/.test(others) ? clients : clients.filter((client) => others.includes(client));
      assert.deepEqual(named, clients);
      assert.doesNotMatch(others, /not compared/i);
    });
  }

  it('is a page with a section for each of them', () => {
    const headings = dictionaryPage().match(/^### /gm) ?? [];
    assert.equal(headings.length, written.length + read.length);
  });
});
