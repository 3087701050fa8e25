import assert from 'node:assert/strict';
import type { QuotaLimits } from '../../server/config/quota-settings.js';
import { quotaWords, type Quota } from '../../server/access/quota-limits.js';
import { loadConfig } from '../../server/config.js';
import { SetClock } from '../support/open-services.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const number = (index: number): string => `49170000${String(1000 + index)}`;
const numbers = (from: number, count: number): string[] =>
  Array.from({ length: count }, (_, index) => number(from + index));

describe('limits that an operator sets', () => {
  let server: TestServer;
  let listId: string;
  const clock = new SetClock(new Date());
  before(async () => {
    const env = {
      MAX_ORGANIZATIONS: '3',
      MAX_ACCOUNTS: '3',
      MAX_KEYS: '2',
      MAX_ACCOUNT_KEYS: '2',
      MAX_LISTS: '3',
      MAX_LIST_PEOPLE: '3',
      MAX_TAGS: '3',
      MAX_TAGGED: '5',
      MAX_OPT_OUTS: '3',
      MAX_TEMPLATES: '2',
      MAX_DRAFTS: '2',
    };
    server = await startTestServer({ env, replace: { clock } });
    await post('/organizations', { id: 'another', name: 'Another' }, 201);
    await post('/sessions', { sessionId: 'acc', sessionName: 'S', authMethod: 'qrcode', start: false }, 201);
    const list = await post('/audiences', { name: 'People' }, 201);
    listId = (list.body as { data: { id: string } }).data.id;
  });
  after(() => server.stop());

  const post = (path: string, body: object, status: number) =>
    server.request.post(`/api${path}`).send(body).expect(status);
  const refused = async (quota: Quota, max: number, path: string, body: object): Promise<void> => {
    const { holder, what, remedy } = quotaWords[quota];
    const answer = await post(path, body, 409);
    assert.deepEqual([answer.body.code, answer.body.success], ['conflict', false]);
    assert.equal(answer.body.error, `${holder} has at most ${String(max)} ${what}. ${remedy}`);
  };

  const made: { quota: Quota; path: string; body: (index: number) => object; there?: number }[] = [
    { quota: 'organization', path: '/organizations', body: (index) => ({ name: `O${String(index)}` }), there: 2 },
    {
      quota: 'session',
      path: '/sessions',
      there: 1,
      body: (index) => ({ sessionId: `made${String(index)}`, sessionName: 'S', authMethod: 'qrcode', start: false }),
    },
    { quota: 'organizationKey', path: '/keys', body: () => ({ name: 'K', capabilities: ['read'] }) },
    {
      quota: 'sessionKey',
      path: '/keys',
      there: 1,
      body: () => ({ name: 'K', capabilities: ['read'], sessionId: 'acc' }),
    },
    { quota: 'list', path: '/audiences', body: (index) => ({ name: `L${String(index)}` }), there: 1 },
    {
      quota: 'template',
      path: '/templates',
      body: (index) => ({ name: `T${String(index)}`, status: { type: 'text', content: 'x' } }),
    },
    { quota: 'draft', path: '/drafts', body: () => ({ status: { type: 'text', content: 'x' } }) },
    { quota: 'optOut', path: '/opt-outs', body: (index) => ({ phoneNumber: number(index) }) },
  ];
  const maxOf: Partial<Record<Quota, number>> = {
    organization: 3,
    session: 3,
    organizationKey: 2,
    sessionKey: 2,
    list: 3,
    template: 2,
    draft: 2,
    optOut: 3,
  };
  for (const { quota, path, body, there = 0 } of made) {
    it(`let no more ${quotaWords[quota].what} be, and say so in words`, async () => {
      const max = maxOf[quota] ?? 0;
      for (let index = there; index < max; index += 1) await post(path, body(index), 201);
      await refused(quota, max, path, body(max));
    });
  }

  it('let somebody opt out again, and take many of them or none', async () => {
    await post('/opt-outs', { phoneNumber: number(0) }, 201);
    await server.request.delete(`/api/opt-outs/${number(0)}`).expect(204);
    await refused('optOut', 3, '/opt-outs/add-people', { numbers: numbers(50, 2) });
    const { body } = await server.request.get('/api/opt-outs').expect(200);
    assert.equal((body as { meta: { total: number } }).meta.total, 2);
    await post('/opt-outs/add-people', { numbers: numbers(50, 1) }, 200);
  });

  it('count a key again that had run out and is given more time', async () => {
    const key = { name: 'K', capabilities: ['read'], organizationId: 'another' };
    const expiresAt = new Date(clock.now().getTime() + 60_000).toISOString();
    const passing = await post('/keys', { ...key, expiresAt }, 201);
    const path = `/api/keys/${(passing.body as { data: { id: string } }).data.id}`;
    clock.advance(61_000);
    for (let index = 0; index < 2; index += 1) await post('/keys', key, 201);
    const answer = await server.request.patch(path).send({ expiresAt: null }).expect(409);
    assert.match(answer.body.error, /at most 2 keys/);
    await server.request.patch(path).send({ name: 'Over' }).expect(200);
  });

  it('count the people on all lists together, and their tags', async () => {
    const members = (from: number, count: number, tags: string[] = []) => ({
      members: numbers(from, count).map((phoneNumber) => ({ phoneNumber, tags })),
    });
    const path = `/audiences/${listId}/members`;
    await post(path, members(0, 2, ['a', 'b']), 200);
    await refused('listMember', 3, path, members(2, 2));
    const csv = numbers(2, 2).join('\n');
    for (const step of ['import-preview', 'import'])
      await refused('listMember', 3, `/audiences/${listId}/${step}`, { csv });
    await refused('tag', 3, path, members(2, 1, ['c', 'd']));
    await refused('tagged', 5, path, members(0, 2, ['c']));
    const kept = await server.request.get(`/api/audiences/${listId}`).expect(200);
    assert.equal((kept.body as { data: { memberCount: number } }).data.memberCount, 2);
    await post(path, members(1, 2, ['a']), 200);
    await post('/tags/add-people', { tag: 'a', numbers: numbers(0, 3) }, 200);
    await refused('tagged', 5, '/tags/add-people', { tag: 'a', numbers: numbers(3, 1) });
    await post('/tags/remove-people', { tag: 'b' }, 200);
    await post('/tags/add-people', { tag: 'c', numbers: numbers(0, 2) }, 200);
  });
});

describe('the settings of limits', () => {
  it('each reach their limit, and 0 sets none', () => {
    const key = { API_KEY: 'a-key-long-enough-to-be-one' };
    const settings = [
      ...['ORGANIZATIONS', 'ACCOUNTS', 'KEYS', 'ACCOUNT_KEYS', 'LISTS', 'LIST_PEOPLE', 'TAGS', 'TAGGED', 'OPT_OUTS'],
      ...['TEMPLATES', 'DRAFTS', 'BROADCASTS', 'SCHEDULES', 'CHANGED_TIMES', 'WAITING_POSTS', 'WAITING_RECIPIENTS'],
      ...['PEOPLE', 'CONTACTS', 'CHATS', 'KEPT_ANSWERS'],
    ];
    const quotas: (keyof QuotaLimits)[] = [
      ...(['organization', 'session', 'organizationKey', 'sessionKey', 'list', 'listMember', 'tag', 'tagged'] as const),
      ...(['optOut', 'template', 'draft', 'pendingBroadcast', 'schedule', 'changedTime', 'pendingStatus'] as const),
      ...(['pendingRecipient', 'person', 'contact', 'chat', 'keptAnswer'] as const),
    ];
    const given = Object.fromEntries(settings.map((name, index) => [`MAX_${name}`, String(index + 1)]));
    const expected = Object.fromEntries(quotas.map((quota, index) => [quota, index + 1]));
    assert.deepEqual(loadConfig({ ...key, ...given }).quotas, expected);
    const none = Object.fromEntries(settings.map((name) => [`MAX_${name}`, '0']));
    assert.deepEqual(new Set(Object.values(loadConfig({ ...key, ...none }).quotas)), new Set([Infinity]));
  });
});
