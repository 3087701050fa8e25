import assert from 'node:assert/strict';
import type {
  AudienceList,
  AudiencePreview,
  Member,
  OptOut,
  Tag,
  TagChanged,
} from '../../server/contract/audiences.js';
import type { ImportReport } from '../../server/contract/audience-imports.js';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('audiences through the API', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let own: string;
  let people: string[];

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    own = (await linkAccount(server, simulator)).phoneNumber;
    people = simulator.addContacts(4).map((contact) => contact.phoneNumber);
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const post = async <T>(path: string, body: unknown, expected = 200, headers = {}): Promise<T> =>
    (await callApi<Success<T>>(server, 'POST', path, { body, expected, headers })).data;
  const send = (body: object) =>
    post<Status>('/sessions/acc1/send-status', { type: 'text', content: 'hi', ...body }, 202, { prefer: 'wait=30' });
  const preview = (audience: object) => post<AudiencePreview>('/sessions/acc1/audience-preview', { audience });
  const numbersOf = (found: AudiencePreview) => found.included.map((person) => person.phoneNumber);
  async function newList(name: string, members: object[] = []): Promise<AudienceList> {
    const list = await post<AudienceList>('/audiences', { name }, 201);
    if (members.length > 0) await post(`/audiences/${list.id}/members`, { members });
    return list;
  }

  it('posts to a list, without its exceptions and without those who opted out', async () => {
    const [first, second, third] = people;
    const list = await newList('Regulars', [
      { phoneNumber: first, name: 'First', tags: ['vip'] },
      { phoneNumber: second },
      { phoneNumber: third },
      { phoneNumber: own },
    ]);
    await post('/opt-outs', { phoneNumber: third }, 201);
    const audience = { kind: 'list', listId: list.id, except: { tags: ['vip'] } };
    const found = await preview(audience);
    assert.deepEqual(numbersOf(found), [second]);
    assert.deepEqual(found.counts, { included: 1, excluded: 3 });
    assert.deepEqual(
      new Set(found.excluded.map(({ reason }) => reason)),
      new Set(['excepted', 'opted_out', 'own_account']),
    );
    assert.ok(found.estimatedSeconds >= 1);

    const status = await send({ audience });
    assert.equal(status.state, 'sent', JSON.stringify(status.error));
    assert.deepEqual([status.counts.targeted, status.counts.included], [1, 1]);
    await simulator.drain();
    assert.equal(simulator.statuses(second ?? '').length, 1);
    for (const left of [first, third]) assert.deepEqual(simulator.statuses(left ?? ''), []);
    await callApi(server, 'GET', '/opt-outs');
    await server.request.delete(`/api/opt-outs/${third ?? ''}`).expect(204);
  });

  it('puts those who looked last at the front, and finds them as a segment', async () => {
    const [first, second, third] = people;
    const status = await send({ targetNumbers: [first, second, third] });
    await simulator.drain();
    simulator.view(third ?? '', status.messageId);
    await eventually(async () => {
      const found = await preview({ kind: 'numbers', numbers: people });
      assert.equal(numbersOf(found)[0], third);
    });
    assert.deepEqual(numbersOf(await preview({ kind: 'segment', segment: { type: 'viewed', days: 1 } })), [third]);
    const never = numbersOf(await preview({ kind: 'segment', segment: { type: 'never_viewed' } }));
    assert.deepEqual([...never].sort(), [first, second].sort());
    const tagged = await preview({ kind: 'segment', segment: { type: 'tagged', tag: 'vip' } });
    assert.deepEqual(numbersOf(tagged), [first]);
    const missed = { type: 'not', of: { type: 'viewed', posts: 1 } };
    const missedOfVip = { kind: 'segment', segment: { type: 'all', of: [missed, { type: 'tagged', tag: 'vip' }] } };
    assert.deepEqual(numbersOf(await preview(missedOfVip)), [first]);
    const again = await send({ audience: missedOfVip });
    assert.deepEqual([again.counts.targeted, again.state], [1, 'sent'], JSON.stringify(again.error));
    const file = await server.request
      .post('/api/sessions/acc1/segment-export')
      .send({ segment: { type: 'viewed', posts: 2 }, format: 'jsonl' })
      .expect(200);
    const [person, ...more] = file.text.trim().split('\n');
    assert.deepEqual([(JSON.parse(person ?? '') as { number: string }).number, more.length], [third, 0]);
  });

  it('refuses an audience that is empty apart from the owner, unless that was asked for', async () => {
    const list = await newList('Empty');
    const body = { type: 'text', content: 'hi', audience: { kind: 'list', listId: list.id } };
    const answer = await server.request.post('/api/sessions/acc1/send-status').send(body).expect(422);
    const failure = answer.body as { code: string; error: string };
    assert.equal(failure.code, 'empty_audience');
    const before = await callApi<{ meta: { total: number } }>(server, 'GET', '/sessions/acc1/statuses');
    const status = await send({ audience: { kind: 'self' } });
    assert.equal(status.state, 'sent');
    const afterwards = await callApi<{ meta: { total: number } }>(server, 'GET', '/sessions/acc1/statuses');
    assert.equal(afterwards.meta.total, before.meta.total + 1);
  });

  it('takes targetNumbers or an audience, not both', async () => {
    const body = { type: 'text', content: 'hi', targetNumbers: people[0], audience: { kind: 'self' } };
    await server.request.post('/api/sessions/acc1/send-status').send(body).expect(400);
  });

  it('imports a CSV text with a report of its bad lines, and exports without formulas', async () => {
    const list = await newList('Imported');
    const csv =
      'Name;Phone number;Tags\n"=1+1; ""x""";+91 98123 45678;a|b\nNobody;12\nTwice;919812345678;\nOther;919812345679;';
    const report = await post<ImportReport>(`/audiences/${list.id}/import`, { csv });
    assert.deepEqual([report.added, report.alreadyThere, report.badCount, report.memberCount], [2, 1, 1, 2]);
    assert.equal(report.bad[0]?.line, 3);
    const exported = await server.request.get(`/api/audiences/${list.id}/export`).expect(200);
    assert.match(exported.headers['content-type'] ?? '', /text\/csv/);
    assert.match(
      exported.text,
      /^"phoneNumber","name","tags"\n"919812345678","Twice","a;b"\n"919812345679","Other",\n$/,
    );
    await post(`/audiences/${list.id}/members`, { members: [{ phoneNumber: '919812345679', name: '=1+1' }] });
    const again = await server.request.get(`/api/audiences/${list.id}/export`).expect(200);
    assert.match(again.text, /"919812345679","'=1\+1",/);
  });

  it('renames, empties and deletes lists, and has each name once', async () => {
    const list = await newList('Old name', [{ phoneNumber: people[0] }, { phoneNumber: people[1] }]);
    await server.request.patch(`/api/audiences/${list.id}`).send({ name: 'Regulars' }).expect(409);
    await server.request.patch(`/api/audiences/${list.id}`).send({ name: 'New name' }).expect(200);
    const left = await post<{ changed: number; memberCount: number }>(`/audiences/${list.id}/remove-members`, {
      numbers: [people[0], '919999999999'],
    });
    assert.deepEqual(left, { changed: 1, memberCount: 1 });
    await server.request.delete(`/api/audiences/${list.id}`).expect(204);
    await server.request.get(`/api/audiences/${list.id}`).expect(404);
  });

  it('finds members by a part of their name or number', async () => {
    const list = await newList('Searched', [
      { phoneNumber: '919812340001', name: 'Asha Rao' },
      { phoneNumber: '919812340002', name: 'Émile' },
      { phoneNumber: '919812340003' },
    ]);
    const search = async (text: string) => {
      const path = `/audiences/${list.id}/members?search=${encodeURIComponent(text)}`;
      const { data, meta } = await callApi<Success<Member[]>>(server, 'GET', path);
      return { numbers: data.map(({ phoneNumber }) => phoneNumber), total: meta?.total };
    };
    assert.deepEqual(await search('asha'), { numbers: ['919812340001'], total: 1 });
    assert.deepEqual(await search('Émi'), { numbers: ['919812340002'], total: 1 });
    assert.deepEqual(await search('+91 98123 40003'), { numbers: ['919812340003'], total: 1 });
    assert.deepEqual(await search('nobody'), { numbers: [], total: 0 });
  });

  it('counts tags, gives them to numbers and takes them away, also from everybody', async () => {
    const [first = '', second = ''] = people;
    const tags = async () =>
      new Map(
        (await callApi<Success<Tag[]>>(server, 'GET', '/tags')).data.map(({ tag, peopleCount }) => [tag, peopleCount]),
      );
    const added = await post<TagChanged>('/tags/add-people', { tag: 'coffee', numbers: [first, second, first] });
    assert.deepEqual(added, { changed: 2, peopleCount: 2 });
    assert.equal((await tags()).get('coffee'), 2);
    const tagged = await preview({ kind: 'segment', segment: { type: 'tagged', tag: 'coffee' } });
    assert.deepEqual(numbersOf(tagged).sort(), [first, second].sort());
    const taken = await post<TagChanged>('/tags/remove-people', { tag: 'coffee', numbers: [first] });
    assert.deepEqual(taken, { changed: 1, peopleCount: 1 });
    assert.deepEqual(await post<TagChanged>('/tags/remove-people', { tag: 'coffee' }), { changed: 1, peopleCount: 0 });
    assert.equal((await tags()).has('coffee'), false);
  });

  it('opts many out at once, from one account or from all, each once', async () => {
    const [first = '', second = ''] = people;
    assert.deepEqual(await post('/opt-outs/add-people', { numbers: [first, second, first] }), { changed: 2 });
    assert.deepEqual(await post('/opt-outs/add-people', { numbers: [first] }), { changed: 0 });
    assert.deepEqual(await post('/opt-outs/add-people', { numbers: [first], sessionId: 'acc1' }), { changed: 1 });
    await server.request
      .post('/api/opt-outs/add-people')
      .send({ numbers: [first], sessionId: 'none' })
      .expect(404);
    const found = await preview({ kind: 'numbers', numbers: [first, second] });
    assert.deepEqual(found.counts, { included: 0, excluded: 2 });
    const left = async (deleted: string): Promise<(string | null)[]> => {
      await server.request.delete(`/api/opt-outs/${deleted}`).expect(204);
      const { data } = await callApi<Success<OptOut[]>>(server, 'GET', '/opt-outs?limit=200');
      return data.filter(({ phoneNumber }) => phoneNumber === first).map(({ sessionId }) => sessionId);
    };
    assert.deepEqual(await left(`${first}?sessionId=acc1`), [null]);
    await post('/opt-outs/add-people', { numbers: [first], sessionId: 'acc1' });
    assert.deepEqual(await left(first), ['acc1']);
    assert.deepEqual(await left(`${first}?sessionId=acc1`), []);
    assert.deepEqual(await left(second), []);
  });

  it('posts to all saved contacts as the status privacy of the phone has it, unless that is set aside', async () => {
    const [first, second, third] = simulator.addContacts(3);
    assert.ok(first && second && third);
    const saved = [first, second, third];
    const filled = await fetch(`${simulator.control}/admin/accounts/${own}/address-book`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ contacts: saved.map(({ phoneNumber }) => phoneNumber), chats: 0 }),
    });
    assert.equal(filled.status, 200, await filled.text());
    const among = (found: AudiencePreview) =>
      saved.map(({ phoneNumber }) => phoneNumber).filter((number) => numbersOf(found).includes(number));
    await eventually(
      async () => {
        assert.equal(among(await preview({ kind: 'contacts' })).length, 3);
      },
      { timeoutMs: 10_000 },
    );

    simulator.controls.accounts.change(own, { statusAudience: { type: 'blacklist', jids: [first.jid] } });
    await eventually(async () => {
      const found = await preview({ kind: 'contacts' });
      assert.deepEqual(among(found), [second.phoneNumber, third.phoneNumber]);
      assert.ok(found.excludedByReason.some(({ reason }) => reason === 'story_privacy_denied'));
    });
    assert.equal(among(await preview({ kind: 'contacts', storyPrivacy: 'ignore' })).length, 3);

    simulator.controls.accounts.change(own, { statusAudience: { type: 'whitelist', jids: [third.jid] } });
    await eventually(async () => {
      assert.deepEqual(numbersOf(await preview({ kind: 'contacts' })), [third.phoneNumber]);
    });
    const status = await send({ audience: { kind: 'contacts' } });
    assert.deepEqual([status.state, status.counts.included], ['sent', 1], JSON.stringify(status.error));
  });
});
