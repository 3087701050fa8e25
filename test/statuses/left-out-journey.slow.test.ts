import assert from 'node:assert/strict';
import path from 'node:path';
import type { AudienceList, AudiencePreview } from '../../server/contract/audiences.js';
import type { StoryPrivacy } from '../../server/contract/contacts.js';
import type { Page } from '../../server/contract/envelope.js';
import type { Recipient } from '../../server/contract/recipients.js';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import { openDatabase, type Database } from '../../server/db/database.js';
import { newId } from '../../server/lib/ids.js';
import type { ContactView } from '../../simulator/control/people-controls.js';
import { childOf } from '../../simulator/wire/node.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { recordStanzas } from '../whatsapp/sent-stanzas.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { NeverViewed } from './never-viewed.js';

/** Enough for each of the posts here, save the one that leaves in parts. */
const chunkSize = 4;

/** Somebody who is on a list, and somebody who is not. */
interface Two {
  listed: ContactView;
  other: ContactView;
}

describe('who must not get a post', function () {
  this.timeout(120_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let db: Database;
  let neverViewed: NeverViewed;
  let own: string;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, env: { STATUS_CHUNK_SIZE: String(chunkSize) } });
    own = (await linkAccount(server, simulator)).phoneNumber;
    db = await openDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    neverViewed = await NeverViewed.seed(db);
  });
  after(async () => {
    await db.destroy();
    await server.stop();
    await simulator.stop();
  });

  function two(wanted: object = {}): Two {
    const [listed, other] = simulator.addContacts({ contacts: [wanted, {}] });
    assert.ok(listed && other);
    return { listed, other };
  }
  const post = async <T>(route: string, body: unknown, expected = 200, headers = {}): Promise<T> =>
    (await callApi<Success<T>>(server, 'POST', route, { body, expected, headers })).data;
  const send = (body: object): Promise<Status> =>
    post<Status>('/sessions/acc1/send-status', { type: 'text', content: 'hi', ...body }, 202, { prefer: 'wait=30' });
  /** As {@link send}, without waiting for anything. */
  const accept = (body: object): Promise<Status> =>
    post<Status>('/sessions/acc1/send-status', { type: 'text', content: 'hi', ...body }, 202);
  /** So long posts wait after the last one, while the account stays connected. */
  const setGap = (minGapSeconds: number): Promise<unknown> =>
    callApi(server, 'PATCH', '/sessions/acc1/pace', { body: { minGapSeconds } });
  const untilSent = (status: Status | undefined): Promise<Status> =>
    eventually(
      async () => {
        const { data } = await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${status?.id ?? ''}`);
        assert.equal(data.state, 'sent', JSON.stringify(data.error ?? data.waitingReason));
        return data;
      },
      { what: 'the post', timeoutMs: 20_000 },
    );
  const listedOf = (kinds: readonly Kind[]): ContactView[] =>
    kinds.flatMap(({ pairs }) => pairs.map(({ listed }) => listed));
  const readers = (status: Status): string[] =>
    simulator.controls.people
      .contacts({ limit: 1000 })
      .contacts.filter(({ phoneNumber }) => simulator.statuses(phoneNumber).some(({ id }) => id === status.messageId))
      .map(({ phoneNumber }) => phoneNumber)
      .sort();
  const numbersOf = (...people: ContactView[]): string[] => people.map(({ phoneNumber }) => phoneNumber).sort();

  /** What the phone's list says, once the server knows it. */
  async function choose(type: 'whitelist' | 'blacklist' | 'contacts', form: 'lid' | 'pn', people: ContactView[]) {
    const contacts = people.map(({ phoneNumber }) => phoneNumber);
    simulator.controls.accounts.change(own, { statusAudience: { type, contacts, form } });
    const mode = { whitelist: 'allowlist', blacklist: 'denylist', contacts: 'contacts' }[type];
    await eventually(
      async () => {
        const { data } = await callApi<Success<StoryPrivacy>>(server, 'GET', '/sessions/acc1/story-privacy');
        assert.deepEqual([data.mode, data.total], [mode, people.length]);
      },
      { what: 'the list of the phone', timeoutMs: 15_000 },
    );
  }

  const segment = { kind: 'segment', segment: { type: 'never_viewed' } };

  /** Makes the pairs of both names known, by a post that goes to all of them: they hold a key then, too. */
  async function learn(...people: ContactView[]): Promise<void> {
    const status = await send({ audience: { kind: 'numbers', numbers: numbersOf(...people), storyPrivacy: 'ignore' } });
    assert.equal(status.counts.included, people.length);
  }

  async function listOf(...people: ContactView[]): Promise<AudienceList> {
    const list = await post<AudienceList>('/audiences', { name: newId() }, 201);
    const members = people.map(({ phoneNumber }) => ({ phoneNumber }));
    await post(`/audiences/${list.id}/members`, { members });
    return list;
  }

  interface Kind {
    what: string;
    body: object;
    pairs: readonly Two[];
  }

  /** An audience of every kind, each with two whose names the server can match and two whose names it cannot. */
  async function everyKind(): Promise<Kind[]> {
    const [numbers, inList, contacts, byLid] = [two(), two(), two(), two()];
    const [known, knownInList, knownContacts, paired] = [two(), two(), two(), two()];
    await learn(...[known, knownInList, knownContacts].flatMap(({ listed, other }) => [listed, other]));
    await neverViewed.clear();
    for (const person of [byLid.listed, byLid.other]) await neverViewed.add(person, false);
    for (const person of [paired.listed, paired.other]) await neverViewed.add(person, true);
    const list = await listOf(...[inList, knownInList].flatMap(({ listed, other }) => [listed, other]));
    const saved = numbersOf(...[contacts, knownContacts].flatMap(({ listed, other }) => [listed, other]));
    await simulator.controls.accounts.fillAddressBook(own, { contacts: saved, all: false, chats: 0 });
    await eventually(
      async () => {
        for (const number of saved) {
          const { data } = await callApi<Success<unknown[]>>(server, 'GET', `/sessions/acc1/contacts?search=${number}`);
          assert.equal(data.length, 1);
        }
      },
      { what: 'the saved contacts', timeoutMs: 15_000 },
    );
    const targetNumbers = [numbers, known].flatMap((one) => numbersOf(one.listed, one.other));
    return [
      { what: 'numbers', body: { targetNumbers }, pairs: [numbers, known] },
      { what: 'a list', body: { audience: { kind: 'list', listId: list.id } }, pairs: [inList, knownInList] },
      { what: 'a segment', body: { audience: segment }, pairs: [byLid, paired] },
      { what: 'contacts', body: { audience: { kind: 'contacts' } }, pairs: [contacts, knownContacts] },
    ];
  }

  /** Nobody wrong decrypted a post, and everybody right did. */
  async function assertReaders(status: Status, mode: 'blacklist' | 'whitelist', kinds: Kind[], kind: Kind) {
    assert.equal(status.state, 'sent', `${kind.what}: ${JSON.stringify(status.error)}`);
    await simulator.drain();
    const everybody = kinds.flatMap(({ pairs }) => pairs);
    const wrong = new Set(numbersOf(...everybody.map((one) => (mode === 'blacklist' ? one.listed : one.other))));
    const got = readers(status);
    assert.deepEqual(
      got.filter((number) => wrong.has(number)),
      [],
      `${kind.what}: somebody wrong decrypted it`,
    );
    const right = numbersOf(...kind.pairs.map((one) => (mode === 'blacklist' ? one.other : one.listed)));
    assert.deepEqual(
      right.filter((number) => !got.includes(number)),
      [],
      `${kind.what}: somebody did not get it`,
    );
  }

  for (const mode of ['blacklist', 'whitelist'] as const) {
    for (const form of ['lid', 'pn'] as const) {
      const theList = `the phone’s ${mode} with ${form === 'lid' ? 'LIDs' : 'numbers'}`;

      it(`${theList}: whoever names them, in whatever form`, async () => {
        const kinds = await everyKind();
        await choose(mode, form, listedOf(kinds));
        for (const _time of ['first', 'second']) {
          for (const kind of kinds) await assertReaders(await send(kind.body), mode, kinds, kind);
        }
      });

      it(`${theList}, chosen while posts wait: whoever names them, in whatever form`, async () => {
        await choose('contacts', 'pn', []);
        const kinds = await everyKind();
        await setGap(86_400);
        const waiting: Status[] = [];
        for (const kind of kinds) waiting.push(await accept(kind.body));
        assert.deepEqual(
          waiting.map(({ state, counts }) => [state, counts.targeted >= 4]),
          kinds.map(() => ['queued', true]),
        );
        await choose(mode, form, listedOf(kinds));
        await setGap(0);
        for (const [index, kind] of kinds.entries()) {
          await assertReaders(await untilSent(waiting[index]), mode, kinds, kind);
        }
      });
    }

    it(`the phone’s ${mode} with LIDs of which WhatsApp says only while posts wait whose they are`, async () => {
      const [one, another] = [two(), two()];
      await learn(another.other);
      await choose(
        mode,
        'lid',
        [one, another].map(({ listed }) => listed),
      );
      await setGap(86_400);
      simulator.controls.faults.add({ on: 'query', xmlns: 'usync', code: 429, text: 'rate-overlimit' });
      const targetNumbers = [one, another].flatMap(({ listed, other }) => numbersOf(listed, other));
      const kind = { what: 'numbers', body: { targetNumbers }, pairs: [one, another] };
      const status = await accept(kind.body);
      assert.equal(status.state, 'queued');
      simulator.controls.faults.clear();
      await setGap(0);
      await assertReaders(await untilSent(status), mode, [kind], kind);
    });

    it(`the phone’s ${mode} that is chosen while the first part of a post leaves counts for the rest`, async () => {
      await choose('contacts', 'pn', []);
      const first = simulator.addContacts(chunkSize);
      const [one, another] = [two(), two()];
      const rest = [one, another].flatMap(({ listed, other }) => numbersOf(listed, other));
      simulator.controls.faults.add({ on: 'message', onlyStatuses: true, dropAck: true, times: 1 });
      const status = await accept({ targetNumbers: [...numbersOf(...first), ...rest] });
      await eventually(() => assert.deepEqual(readers(status), numbersOf(...first)), { what: 'the first part' });
      await choose(mode, mode === 'blacklist' ? 'lid' : 'pn', [one.listed, another.listed]);
      const attrs = { class: 'message', id: status.messageId, from: 'status@broadcast', t: '1777000000' };
      simulator.controls.traffic.sendStanza(own, { tag: 'ack', attrs });
      const kind = { what: 'numbers', body: {}, pairs: [one, another] };
      await assertReaders(await untilSent(status), mode, [kind], kind);
    });
  }

  describe('when nobody can tell whether a number is on a list of LIDs', () => {
    it('is left out of a deny list with a reason of its own, before and after the post', async () => {
      const { listed, other } = two();
      const [unpaired] = simulator.addContacts({ contacts: [{ lid: false }] });
      assert.ok(unpaired);
      await choose('blacklist', 'lid', [listed]);
      const body = { targetNumbers: numbersOf(other, unpaired) };
      const preview = await post<AudiencePreview>('/sessions/acc1/audience-preview', body);
      assert.deepEqual(
        preview.excluded.map(({ phoneNumber, reason }) => [phoneNumber, reason]),
        [[unpaired.phoneNumber, 'story_privacy_unknown']],
      );
      assert.match(preview.excluded[0]?.message ?? '', /did not say whether this person is one of them/);
      const status = await send(body);
      assert.deepEqual([status.state, status.counts.targeted, status.counts.included], ['sent', 2, 1]);
      const recipients = await callApi<{ data: Page<Recipient>['items'] }>(
        server,
        'GET',
        `/sessions/acc1/statuses/${status.id}/recipients?outcome=story_privacy_unknown`,
      );
      assert.deepEqual(
        recipients.data.map(({ phoneNumber, message }) => [phoneNumber, message]),
        [[unpaired.phoneNumber, preview.excluded[0]?.message]],
      );
    });

    it('is not on an allow list', async () => {
      const { listed } = two();
      const [unpaired] = simulator.addContacts({ contacts: [{ lid: false }] });
      assert.ok(unpaired);
      await choose('whitelist', 'lid', [listed]);
      const status = await send({ targetNumbers: numbersOf(listed, unpaired) });
      await simulator.drain();
      assert.deepEqual([readers(status), status.counts.targeted], [numbersOf(listed), 1]);
      const refused = { body: { type: 'text', content: 'x', targetNumbers: numbersOf(unpaired) }, expected: 422 };
      await callApi(server, 'POST', '/sessions/acc1/send-status', refused);
    });

    it('a hidden id is left out for an opt-out and an exception of a number that tells nothing, and says why', async () => {
      await choose('contacts', 'pn', []);
      const { listed: hidden, other: paired } = two();
      const [unpaired] = simulator.addContacts({ contacts: [{ lid: false }] });
      assert.ok(unpaired);
      await neverViewed.clear();
      await neverViewed.add(hidden, false);
      await neverViewed.add(paired, true);
      const reasons = async (audience: object): Promise<unknown[]> => {
        const { excluded } = await post<AudiencePreview>('/sessions/acc1/audience-preview', { audience });
        return excluded.map(({ lid, reason, message }) => [lid, reason, /only the hidden id/i.test(message)]);
      };
      const except = { numbers: [unpaired.phoneNumber] };
      assert.deepEqual(await reasons({ ...segment, except }), [[hidden.lid, 'exception_unknown', true]]);
      const excepted = await send({ audience: { ...segment, except } });
      await post('/opt-outs', { phoneNumber: unpaired.phoneNumber }, 201);
      try {
        assert.deepEqual(await reasons(segment), [[hidden.lid, 'opt_out_unknown', true]]);
        const optedOut = await send({ audience: segment });
        await simulator.drain();
        assert.deepEqual([readers(excepted), readers(optedOut)], [numbersOf(paired), numbersOf(paired)]);
      } finally {
        await server.request.delete(`/api/opt-outs/${unpaired.phoneNumber}`).expect(204);
      }
    });
  });

  it('what WhatsApp is told is what the phone has chosen', async () => {
    const { other } = two();
    for (const [type, mode] of [
      ['contacts', 'contacts'],
      ['blacklist', 'denylist'],
      ['whitelist', 'allowlist'],
    ] as const) {
      await choose(type, 'lid', type === 'contacts' ? [] : [other]);
      const audience = { kind: 'numbers', numbers: [other.phoneNumber], storyPrivacy: 'ignore' };
      const { stanzas, stop } = recordStanzas();
      await send({ audience });
      stop();
      assert.deepEqual(
        stanzas.map((stanza) => childOf(stanza, 'meta')?.attrs['status_setting']),
        [mode],
      );
    }
    await choose('contacts', 'pn', []);
  });

  it('an opt-out and an exception by number keep out who is known by LID alone', async () => {
    await choose('contacts', 'pn', []);
    const [optedOut, excepted] = [two(), two()];
    await neverViewed.clear();
    for (const { listed, other } of [optedOut, excepted])
      for (const one of [listed, other]) await neverViewed.add(one, false);
    await post('/opt-outs', { phoneNumber: optedOut.listed.phoneNumber }, 201);
    for (const _ of ['first', 'second']) {
      const status = await send({ audience: { ...segment, except: { numbers: [excepted.listed.phoneNumber] } } });
      await simulator.drain();
      assert.deepEqual(readers(status), numbersOf(optedOut.other, excepted.other));
    }
  });

  it('an opt-out that was made while the post waited counts, for somebody who is known by LID alone', async () => {
    const { listed, other } = two();
    await neverViewed.clear();
    for (const one of [listed, other]) await neverViewed.add(one, false);
    const at = new Date(Date.now() + 3_600_000).toISOString();
    const options = { body: { type: 'text', content: 'later', audience: segment, scheduledAt: at }, expected: 202 };
    const { data } = await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options);
    await post('/opt-outs', { phoneNumber: listed.phoneNumber }, 201);
    await choose('blacklist', 'pn', [listed]);
    const change = { body: { scheduledAt: new Date().toISOString() } };
    await callApi(server, 'PATCH', `/sessions/acc1/statuses/${data.id}`, change);
    const sent = await untilSent(data);
    await simulator.drain();
    assert.deepEqual(readers(sent), numbersOf(other));
    await choose('contacts', 'pn', []);
  });

  for (const [country, canonical, typed] of [
    ['Brazil', '553188887777', '5531988887777'],
    ['Mexico', '5215512345678', '525512345678'],
    ['Argentina', '5493514445555', '543514445555'],
  ] as const) {
    it(`a number of ${country} reaches its person, and keeps its person out, in both ways to write it`, async () => {
      await choose('contacts', 'pn', []);
      const [person] = simulator.addContacts({ contacts: [{ phoneNumber: canonical }] });
      const [other] = simulator.addContacts(1);
      assert.ok(person && other);
      const both = await send({ targetNumbers: [typed, canonical] });
      await simulator.drain();
      assert.deepEqual([both.counts.targeted, both.counts.included, readers(both)], [1, 1, [canonical]]);
      simulator.view(canonical, both.messageId);
      await eventually(
        async () => {
          const { data } = await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${both.id}`);
          assert.deepEqual([data.counts.targeted, data.counts.viewed], [1, 1]);
        },
        { what: 'the view', timeoutMs: 10_000 },
      );
      const excepted = { kind: 'numbers', numbers: [canonical, other.phoneNumber], except: { numbers: [typed] } };
      const without = await send({ audience: excepted });
      await post('/opt-outs', { phoneNumber: typed }, 201);
      const optedOut = await send({ targetNumbers: [canonical, other.phoneNumber] });
      await simulator.drain();
      assert.deepEqual([readers(without), readers(optedOut)], [[other.phoneNumber], [other.phoneNumber]]);
    });
  }

  it('a number that WhatsApp knows by its former, shorter form is kept out by it, and reached', async () => {
    const typed = { '22961234567': '2290161234567', '22558123456': '2250758123456' };
    const people = simulator.addContacts({ contacts: Object.keys(typed).map((phoneNumber) => ({ phoneNumber })) });
    const { other } = two();
    await choose('blacklist', 'pn', people);
    const targetNumbers = [...Object.values(typed), other.phoneNumber];
    const without = await send({ targetNumbers });
    await choose('contacts', 'pn', []);
    const withThem = await send({ targetNumbers });
    await simulator.drain();
    assert.deepEqual([readers(without), readers(withThem)], [numbersOf(other), numbersOf(other, ...people)]);
  });
});
