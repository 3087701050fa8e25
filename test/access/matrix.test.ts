import assert from 'node:assert/strict';
import path from 'node:path';
import { Pool } from 'undici';
import { z } from 'zod';
import { connectDatabase, type Database } from '../../server/db/database.js';
import type { Route } from '../../server/http/define-route.js';
import { AppError } from '../../server/lib/app-error.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { InsertedRows } from './inserted-rows.js';
import { LoginService } from './login-service.js';
import { audiencesOfOrganization, postsForAudiences } from './posts-for-audiences.js';
import { makeCallers, makeKey, makeWorld, world, type Caller } from '../support/principals.js';

/** A session that a path can name. */
type Target = { sessionId: string; organizationId: string | null };
const targets: readonly Target[] = [...Object.values(world), { sessionId: 'missing', organizationId: null }];

/** For schemas that JSON Schema cannot say in full. */
const anyway = { io: 'input', unrepresentable: 'any' } as const;

type Outcome = 'unauthorized' | 'forbidden' | 'not_found' | 'reached';

interface Cell {
  route: Route;
  caller: Caller;
  /** Undefined for routes that name no session. */
  target: Target | undefined;
  expected: Outcome;
}

const nameOf = (route: Route): string => `${route.method.toUpperCase()} ${route.path}`;
const namesSession = (route: Route): boolean => route.path.split('/').includes(':sessionId');

/** The rule, said once more and in other words than the server's. Whoever adds a kind of access has to add it here. */
function expectedOutcome({ access }: Route, caller: Caller, target: Target | undefined): Outcome {
  if ('public' in access) return 'reached';
  if (!caller.valid) return 'unauthorized';
  if ('root' in access) return caller.root ? 'reached' : 'forbidden';
  const able = caller.may.some((capability) => capability === access.capability);
  switch (access.on) {
    case 'session': {
      assert.ok(target, 'a rule about a session needs one in the path');
      const there = target.organizationId !== null;
      const sameOrganization = caller.organizationId === null || caller.organizationId === target.organizationId;
      const sameSession = caller.sessionId === null || caller.sessionId === target.sessionId;
      if (!there || !sameOrganization || !sameSession) return 'not_found';
      return able ? 'reached' : 'forbidden';
    }
    case 'organization':
      return able && caller.sessionId === null ? 'reached' : 'forbidden';
    case 'visible':
      return able ? 'reached' : 'forbidden';
    default:
      throw new Error(`This test knows no such access: ${JSON.stringify(access)}`);
  }
}

describe('every route, tried by every kind of caller', function () {
  this.timeout(120_000);
  let server: TestServer;
  let logins: LoginService;
  let db: Database;
  let rows: InsertedRows;
  /** Kept open: thousands of requests are made here. */
  let connections: Pool;
  let callers: Caller[];
  let cells: Cell[];
  /** A phone number in an address is nobody's thing: two organizations may know the same person. */
  const phoneNumbers = new Set(['phone', 'phoneNumber']);
  /** Ids of things of the other organization, by the parameter that names them. */
  let foreignIds: Map<string, string>;

  before(async () => {
    logins = await LoginService.start();
    server = await startTestServer({ env: { ...logins.env, RATE_LIMIT_MAX: '1000000' } });
    connections = new Pool(server.url, { connections: 8 });
    db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    rows = new InsertedRows(db);
    const sessionKeys = await makeWorld(server);
    const expire = async (keyId: string, at: Date): Promise<void> => {
      await db('api_keys').where({ id: keyId }).update({ expires_at: at.getTime() });
    };
    callers = await makeCallers(server, logins, sessionKeys, expire);
    const foreignKey = await makeKey(server, { organizationId: 'globex' });
    const foreignSessionKey = await makeKey(server, { sessionId: 'foreign' });
    assert.ok(foreignSessionKey.id);
    foreignIds = new Map([
      ['keyId', foreignKey.id],
      ['statusId', await rows.status('FOREIGNSTATUS', world.foreign)],
      ['replyId', await rows.reply('01J9ZX8K2QHV0M3T6R7P4N5W8R', 'FOREIGNSTATUS', world.foreign)],
      ['filename', await rows.upload('1769594400-0123456789abcdef.jpg', world.foreign.organizationId)],
      ['scheduleId', await rows.schedule('01J9ZX8K2QHV0M3T6R7P4N5W8D', world.foreign)],
      ['broadcastId', await rows.broadcast('01J9ZX8K2QHV0M3T6R7P4N5W8E', world.foreign.organizationId)],
      ['templateId', await rows.template('01J9ZX8K2QHV0M3T6R7P4N5W8F', world.foreign.organizationId)],
      ['seriesId', await rows.series('01J9ZX8K2QHV0M3T6R7P4N5W8H', 'FOREIGNSTATUS')],
      ['experimentId', await rows.experiment('01J9ZX8K2QHV0M3T6R7P4N5W8K', 'FOREIGNSTATUS')],
      ['draftId', await rows.draft('01J9ZX8K2QHV0M3T6R7P4N5W8G', world.foreign.organizationId)],
      ['erasureId', await rows.erasure('01J9ZX8K2QHV0M3T6R7P4N5W8J', world.foreign.organizationId)],
      ['resumableId', await rows.resumable('01J9ZX8K2QHV0M3T6R7P4N5W8J', world.foreign.organizationId)],
      ['audienceId', await rows.audience('01J9ZX8K2QHV0M3T6R7P4N5W8C', world.foreign.organizationId)],
    ]);
    cells = server.app.routes.flatMap((route) =>
      callers.flatMap((caller) =>
        (namesSession(route) ? targets : [undefined]).map((target) => ({
          route,
          caller,
          target,
          expected: expectedOutcome(route, caller, target),
        })),
      ),
    );
  });
  after(async () => {
    await db.destroy();
    await connections.close();
    await server.stop();
    await logins.stop();
  });

  /** The address, with the target's session and an id that fits every other parameter. */
  function addressOf(route: Route, sessionId: string, idOf: (parameter: string) => string): string {
    const parts = route.path.split('/').map((part) => {
      if (!part.startsWith(':')) return part;
      return part === ':sessionId' ? sessionId : idOf(part.slice(1));
    });
    return `/api${parts.join('/')}`;
  }

  async function ask(route: Route, caller: Caller, address: string): Promise<{ status: number; code: string }> {
    const answer = await connections.request({
      path: address,
      method: route.method.toUpperCase(),
      headers: {
        ...(caller.credential !== undefined && { authorization: `Bearer ${caller.credential}` }),
        ...(caller.cookie !== undefined && { cookie: caller.cookie, 'sec-fetch-site': 'same-origin' }),
        ...(route.body && { 'content-type': 'application/json' }),
      },
      ...(route.body && { body: '{}' }),
    });
    const text = await answer.body.text();
    const isJson = String(answer.headers['content-type']).startsWith('application/json');
    const { code } = (isJson ? JSON.parse(text) : {}) as { code?: string };
    return { status: answer.statusCode, code: code ?? '' };
  }

  /** Asks for every cell, several at a time, and names those that did not come out as expected. */
  async function differencesOf(tried: readonly Cell[]): Promise<string[]> {
    const differences: string[] = [];
    const waiting = [...tried];
    const worker = async (): Promise<void> => {
      for (let cell = waiting.shift(); cell; cell = waiting.shift()) {
        const { route, caller, target, expected } = cell;
        const address = addressOf(route, target?.sessionId ?? '', () => 'ANYTHING');
        const { status, code } = await ask(route, caller, address);
        const wanted = { unauthorized: 401, forbidden: 403, not_found: 404, reached: 502 }[expected];
        const wantedCode = expected === 'reached' ? 'whatsapp_error' : expected;
        if (status === wanted && code === wantedCode) continue;
        const where = target ? ` on ${target.sessionId}` : '';
        differences.push(`${nameOf(route)}${where} by ${caller.title}: ${expected}, but got ${String(status)} ${code}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    return differences;
  }

  /** Puts an answer in place of every handler that no refusal has, and takes away what parses before it. */
  async function withProbes(work: (reached: string[]) => Promise<void>): Promise<void> {
    const reached: string[] = [];
    const originals = server.app.routes.map((route) => ({ route, parts: { ...route } }));
    for (const { route } of originals) {
      const probed = {
        params: undefined,
        query: undefined,
        body: undefined,
        upload: undefined,
        handle: () => {
          reached.push(nameOf(route));
          return Promise.reject(new AppError('whatsapp_error', 'The handler was reached.'));
        },
      };
      Object.assign(route, probed);
    }
    try {
      await work(reached);
    } finally {
      for (const { route, parts } of originals) Object.assign(route, parts);
    }
  }

  /** Everything that is stored, except when a key or a sign-in was used. */
  async function everythingStored(): Promise<string> {
    await server.app.drain();
    const names = (await db('sqlite_master').where({ type: 'table' }).orderBy('name').pluck('name')) as string[];
    const tables: Record<string, unknown> = {};
    for (const name of names) {
      const rows: Record<string, unknown>[] = await db(name).select();
      tables[name] = rows.map(({ last_used_at: _at, idle_until: _until, ...row }) => row);
    }
    return JSON.stringify(tables);
  }

  it('has cells for all of them: no route, no kind of caller and no outcome is left out', () => {
    const { routes } = server.app;
    assert.ok(routes.length >= 25, `only ${String(routes.length)} routes`);
    assert.equal(new Set(routes.map(nameOf)).size, routes.length);
    assert.equal(callers.length, 31);
    const withSession = routes.filter(namesSession).length;
    assert.ok(withSession >= 12);
    assert.equal(cells.length, callers.length * (withSession * targets.length + routes.length - withSession));
    assert.deepEqual(new Set(cells.map(({ route }) => route)), new Set(routes));
    const outcomes = new Set(cells.map(({ expected }) => expected));
    assert.deepEqual([...outcomes].sort(), ['forbidden', 'not_found', 'reached', 'unauthorized']);
    for (const route of routes) {
      const own = cells.filter((cell) => cell.route === route);
      const refused = own.filter(({ expected }) => expected !== 'reached').length;
      assert.ok(refused < own.length, `nobody may use ${nameOf(route)}`);
      if (!('public' in route.access)) assert.ok(refused > 0, `everybody may use ${nameOf(route)}`);
    }
  });

  it('asks for more than reading wherever something can be changed', () => {
    for (const route of server.app.routes) {
      // Signing in and out concerns nobody but the caller.
      if (route.method === 'get' || route.path === '/sign-in') continue;
      const { access } = route;
      assert.ok(!('public' in access), nameOf(route));
      assert.ok('root' in access || access.capability !== 'read', `${nameOf(route)} needs only "read"`);
    }
  });

  it('has a rule about the session wherever the path names one', () => {
    for (const route of server.app.routes.filter(namesSession)) {
      assert.ok('on' in route.access && route.access.on === 'session', nameOf(route));
    }
  });

  it('lets exactly those through to the handler who may', async () => {
    await withProbes(async (reached) => {
      assert.deepEqual(await differencesOf(cells), []);
      assert.equal(reached.length, cells.filter(({ expected }) => expected === 'reached').length);
      assert.equal(new Set(reached).size, server.app.routes.length);
    });
  });

  it('changes nothing for those who may not', async () => {
    // One caller for each route, place and outcome: that all callers fare alike is shown above.
    const kinds = new Map(
      cells.map((cell) => [[nameOf(cell.route), cell.target?.sessionId, cell.expected].join(), cell]),
    );
    const refused = [...kinds.values()].filter(({ expected }) => expected !== 'reached');
    assert.ok(refused.length > 200, String(refused.length));
    const before = await everythingStored();
    assert.ok(before.includes('FOREIGNSTATUS') && before.includes('globex'));
    assert.deepEqual(await differencesOf(refused), []);
    assert.equal(await everythingStored(), before);
  });

  it("does not find another organization's things by their ids", async () => {
    const before = await everythingStored();
    const able = callers.filter(({ root, organizationId, valid, may }) => {
      return valid && !root && organizationId === 'acme' && may.length === 3;
    });
    assert.ok(able.length >= 3);
    let tried = 0;
    for (const route of server.app.routes) {
      const parameters = [...route.path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
      const others = parameters.filter((name) => name !== 'sessionId' && !phoneNumbers.has(name));
      if (others.length === 0 || 'root' in route.access || 'public' in route.access) continue;
      for (const caller of able) {
        if (caller.sessionId !== null && (caller.sessionId !== 'own' || !namesSession(route))) continue;
        const idOf = (name: string): string => {
          const id = foreignIds.get(name);
          assert.ok(id, `${nameOf(route)}: put a "${name}" of the other organization into foreignIds of this test`);
          return id;
        };
        const { status, code } = await ask(route, caller, addressOf(route, 'own', idOf));
        const unread = route.body && code === 'validation_error';
        assert.ok(status === 404 || unread, `${nameOf(route)} by ${caller.title}: ${String(status)} ${code}`);
        tried += 1;
      }
    }
    assert.ok(tried >= 12, String(tried));
    assert.equal(await everythingStored(), before);
  });

  it('shows nothing of the lists and tags of the organization to the key of one session', async () => {
    const [tag, member] = ['vip', '4915123456789'];
    const listId = await rows.audience('01J9ZX8K2QHV0M3T6R7P4N5W8K', 'acme', 'acme regulars');
    const [of, added] = [
      { organization_id: 'acme', phone_number: member },
      { audience_id: listId, added_at: 1 },
    ];
    await db('audience_members').insert({ ...of, ...added });
    await db('person_tags').insert({ ...of, tag });
    const scheduleId = await rows.schedule('01J9ZX8K2QHV0M3T6R7P4N5W8M', world.own, 'acme daily');
    // Not yet due, so that nothing but the requests could change it.
    const later = { state: 'scheduled', scheduled_at: Date.now() + 3_600_000 };
    const statusId = await rows.status('OWNSTATUS', world.own, later);
    const posted = await rows.status('OWNPOSTED', world.own, { state: 'sent' });
    const naming = server.app.routes.filter(
      ({ path: address, body }) =>
        address.includes(':sessionId') && body && JSON.stringify(z.toJSONSchema(body, anyway)).includes('"audience"'),
    );
    assert.deepEqual(naming.map(nameOf).sort(), Object.keys(postsForAudiences).sort());
    const key = callers.find(({ valid, sessionId, may }) => valid && sessionId === 'own' && may.length === 3);
    const before = await everythingStored();
    for (const route of naming) {
      const ids = new Map(Object.entries({ scheduleId, statusId: route.path.endsWith('/repost') ? posted : statusId }));
      const address = addressOf(route, 'own', (name) => ids.get(name) ?? '');
      for (const audience of audiencesOfOrganization(listId, tag, member)) {
        const request = server.anonymous[route.method](address).set('x-api-key', key?.credential ?? '');
        const { status, text } = await request.send(postsForAudiences[nameOf(route)]?.(audience));
        assert.equal(status, 404, `${nameOf(route)} ${JSON.stringify(audience)}: ${text}`);
        assert.match(text, /The (list|tag) was not found/);
      }
    }
    assert.equal(await everythingStored(), before);
  });

  it("does not show another organization's things in lists and totals", async () => {
    const lists = server.app.routes.filter((route) => route.method === 'get' && !route.path.includes(':'));
    assert.ok(lists.length >= 5);
    const strangers = callers.filter(({ valid, organizationId }) => valid && organizationId === 'acme');
    let shown = 0;
    for (const route of lists.filter(({ path: address }) => address !== '/openapi.json')) {
      for (const caller of strangers) {
        const request = server.anonymous.get(`/api${route.path}`);
        const answer = await request.set('authorization', `Bearer ${caller.credential ?? ''}`);
        if (answer.status === 200) shown += 1;
        assert.ok(!/globex|foreign/i.test(answer.text), `${nameOf(route)} to ${caller.title}: ${answer.text}`);
      }
      const { text } = await server.request.get(`/api${route.path}`);
      if (['/sessions', '/statuses', '/keys', '/organizations'].includes(route.path)) assert.match(text, /globex/);
    }
    assert.ok(shown > 30, String(shown));
  });
});
