import assert from 'node:assert/strict';
import { rootPrincipal, type Principal } from '../../server/access/principal.js';
import { createSessionBodySchema, type CreatedSession } from '../../server/contract/sessions.js';
import { eventually } from '../support/eventually.js';
import { keptBy } from '../support/kept-by.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { insertOrganization } from '../support/sample-rows.js';
import { keyOf as of, openSessions, type OpenedSessions } from './open-sessions.js';
import { account, closedWith } from './wire-side.js';

describe('the accounts of a server', () => {
  const opened: OpenedSessions[] = [];
  let sqlite: TestSqlite;
  let server: OpenedSessions;

  const open = (...how: Parameters<typeof openSessions> extends [unknown, ...infer Rest] ? Rest : never) => {
    const another = openSessions(sqlite.db, ...how);
    opened.push(another);
    return another;
  };
  const create = (sessionId: string, body: object = {}, on = server, by = rootPrincipal): Promise<CreatedSession> =>
    on.sessions.create(by, createSessionBodySchema.parse({ sessionId, authMethod: 'qrcode', ...body }));
  const connect = async (sessionId: string): Promise<void> => {
    await create(sessionId);
    await server.running.drain();
    server.wire.side.isLinked = true;
    await server.tells(sessionId, { type: 'paired', account });
    await server.tells(sessionId, { type: 'open', account });
  };
  const holderOf = async (sessionId: string): Promise<unknown> =>
    (await sqlite.db('session_leases').where({ session_id: sessionId }).pluck('holder'))[0] ?? null;
  const row = async (sessionId: string): Promise<Record<string, unknown>> =>
    (await sqlite.db('sessions').where({ session_id: sessionId }).first()) as Record<string, unknown>;
  const names = ({ told }: OpenedSessions): string[] => told.map(({ name }) => name);

  beforeEach(async () => {
    sqlite = await openSqlite();
    await insertOrganization(sqlite.db, 'other');
    server = open();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((one) => one.stop()));
    await sqlite.remove();
  });

  describe('are made', () => {
    it('with a key of their own, and told of; what runs is held, what waits is not', async () => {
      const made = await create('runs');
      assert.deepEqual([made.state, made.qrCode, made.pairingCode], ['starting', null, null]);
      assert.match(made.apiKey, /^wask_/);
      assert.deepEqual(names(server).slice(0, 1), ['session-created']);
      assert.deepEqual((server.told[0]?.payload as CreatedSession).sessionId, 'runs');
      await create('rests', { start: false });
      await server.running.drain();
      assert.notEqual(await holderOf('runs'), null);
      assert.equal(await holderOf('rests'), null);
      assert.deepEqual(
        server.wire.opened.map(({ sessionId }) => sessionId),
        ['runs'],
      );
    });

    it('in the organization of who makes them, as many as it may have', async () => {
      const limited = open({ session: 1 });
      await create('a', { start: false }, limited);
      await create('b', { start: false }, limited, of('other'));
      await assert.rejects(create('c', { start: false }, limited, of('other')), {
        code: 'conflict',
        message: /at most 1/,
      });
      assert.equal((await row('b'))['organization_id'], 'other');
      assert.equal(await row('c'), undefined);
    });

    it('once: an id that is taken leaves no key, no event and no claim', async () => {
      await create('a', { start: false }, server, of('other'));
      const keys = await sqlite.db('api_keys').pluck('id');
      await assert.rejects(create('a'), { code: 'conflict', message: /"a" is taken/ });
      await server.running.drain();
      assert.deepEqual(await sqlite.db('api_keys').pluck('id'), keys);
      assert.deepEqual(names(server), ['session-created']);
      assert.equal(await holderOf('a'), null);
      assert.equal(server.wire.opened.length, 0);
    });

    it('with an answer that is kept in the same transaction', async () => {
      const body = createSessionBodySchema.parse({ sessionId: 'a', authMethod: 'qrcode', start: false });
      const kept: CreatedSession[] = [];
      const keep = keptBy((answer: CreatedSession) => kept.push(answer));
      const made = await server.sessions.create(rootPrincipal, body, { waitMs: 0, keep });
      assert.deepEqual(kept, [made]);
      const failing = (): Promise<never> => Promise.reject(new Error('not kept'));
      const next = { ...body, sessionId: 'b' };
      await assert.rejects(server.sessions.create(rootPrincipal, next, { waitMs: 0, keep: failing }), /not kept/);
      assert.equal(await row('b'), undefined);
    });
  });

  describe('are shown', () => {
    const noSession = { code: 'not_found' };

    it('to who may see them, and to nobody else', async () => {
      await create('mine', { start: false });
      await create('theirs', { start: false }, server, of('other'));
      const { accounts, sessions } = server;
      assert.equal((await sessions.get(of('other'), 'theirs')).sessionId, 'theirs');
      await assert.rejects(sessions.get(of('default'), 'theirs'), noSession);
      await assert.rejects(sessions.get(of('default', 'another'), 'mine'), noSession);
      await assert.rejects(sessions.get(rootPrincipal, 'nobody'), noSession);
      const ids = async (principal: Principal): Promise<string[]> =>
        (await sessions.list(principal, { limit: 10 })).items.map(({ sessionId }) => sessionId);
      assert.deepEqual(
        [await ids(of('default')), await ids(of('other')), await ids(of('default', 'gone'))],
        [['mine'], ['theirs'], []],
      );
      const health = (principal: Principal, limit = 10) => accounts.accountsHealth(principal, limit);
      assert.deepEqual(
        (await health(of('other'))).map(({ sessionId, state }) => [sessionId, state]),
        [['theirs', 'stopped']],
      );
      assert.equal((await health(rootPrincipal, 1)).length, 1);
    });

    it('page by page: a full last page has no next one', async () => {
      for (const id of ['a', 'b', 'c', 'd']) await create(id, { start: false });
      const first = await server.sessions.list(rootPrincipal, { limit: 2 });
      assert.deepEqual([first.items.map(({ sessionId }) => sessionId), first.total], [['a', 'b'], 4]);
      const next = await server.sessions.list(rootPrincipal, { limit: 2, cursor: first.nextCursor ?? '' });
      assert.deepEqual([next.items.map(({ sessionId }) => sessionId), next.nextCursor], [['c', 'd'], null]);
    });

    it('with the device once they are linked', async () => {
      await create('a', { start: false });
      await assert.rejects(server.sessions.device('a'), { code: 'not_connected' });
      await assert.rejects(server.sessions.device('nobody'), noSession);
      await connect('b');
      const { jid, lid, deviceId, phoneNumber, pushName, platform } = account;
      assert.deepEqual(await server.sessions.device('b'), { jid, lid, deviceId, phoneNumber, pushName, platform });
      const [shown] = (await server.accounts.accountsHealth(of('default', 'b'), 5)).map(({ state, message }) => [
        ...[state, message],
      ]);
      assert.deepEqual(shown, ['connected', null]);
    });
  });

  it('change in what is given, and say so once', async () => {
    await create('a', { start: false, ratePerMin: 3, metadata: { a: 1 } });
    server.told.length = 0;
    const changed = await server.sessions.update(rootPrincipal, 'a', { sessionName: 'New', ratePerHour: 30 });
    assert.deepEqual(
      [changed.sessionName, changed.ratePerMin, changed.ratePerHour, changed.metadata],
      ['New', 3, 30, { a: 1 }],
    );
    assert.deepEqual(names(server), ['session-updated']);
    await server.sessions.update(rootPrincipal, 'a', { ratePerMin: null });
    assert.equal((await row('a'))['rate_per_min'], null);
    assert.equal((await row('a'))['name'], 'New');
    await assert.rejects(server.sessions.update(rootPrincipal, 'gone', { sessionName: 'x' }), { code: 'not_found' });
  });

  it('are used only while they are connected and this process has them', async () => {
    await create('a');
    await server.running.drain();
    assert.equal(server.running.connectionOf('a'), undefined);
    await connect('b');
    assert.notEqual(server.running.connectionOf('b'), undefined);
    assert.equal(server.running.connectionOf('nobody'), undefined);
    server.ownership.owns = () => false;
    assert.equal(server.running.connectionOf('b'), undefined);
  });

  describe('are deleted', () => {
    it('with all they have; who cleans up elsewhere is told after it, and nothing of them is left running', async () => {
      await connect('a');
      Object.assign(server.wire.opened[0]?.health ?? {}, { decryptFailures: 3 });
      const found: unknown[] = [];
      server.sessions.deleted.add(async (sessionId) => void found.push(sessionId, await row(sessionId)));
      server.told.length = 0;
      const deleted = await server.sessions.delete('a');
      assert.deepEqual(deleted, { sessionId: 'a', deviceUnlinked: true, message: 'The session is deleted.' });
      assert.deepEqual(found, ['a', undefined]);
      assert.deepEqual(names(server), ['session-deleted']);
      assert.deepEqual([server.running.connectionOf('a'), server.wire.side.forgotten], [undefined, 1]);
      assert.equal(server.ownership.owns('a'), false);
      assert.deepEqual(await sqlite.db('api_keys').pluck('session_id'), []);
      assert.equal((await server.sessions.delete('a')).deviceUnlinked, null);
      assert.equal(found.length, 2, 'what is gone is not deleted again');
      await create('a', { start: false });
      const { health } = await server.linking.connectionStatus(rootPrincipal, 'a');
      assert.equal(health.decryptFailures, 0, 'that was another one');
    });

    it('also where WhatsApp does not confirm it, and that is said', async () => {
      await connect('a');
      server.wire.side.confirmsLogout = false;
      const { deviceUnlinked, message } = await server.sessions.delete('a');
      assert.equal(deviceUnlinked, false);
      assert.match(message, /did not confirm.*Linked devices/);
      assert.equal(await row('a'), undefined);
    });
  });

  describe('belong to one process', () => {
    it('which starts, stops, restarts, logs out and deletes them; another says whose they are', async () => {
      await connect('a');
      const other = open();
      const held = { code: 'conflict', message: /runs on another process, "here"/ };
      const { linking, running, sessions } = other;
      for (const act of ['startSession', 'stopSession', 'restartSession', 'logoutSession'] as const) {
        await assert.rejects(running[act]('a'), held, act);
        await assert.rejects(running[act]('no'), { code: 'not_found' });
      }
      await assert.rejects(sessions.delete('a'), held);
      await assert.rejects(linking.requestQr('a'), held);
      await assert.rejects(linking.requestPairingCode('a', { phoneNumber: '4915123456789' }), held);
      await assert.rejects(linking.setPhoneNumber('a', '4915123456789'), held);
      await assert.rejects(linking.qr('a'), held);
      await assert.rejects(linking.pairingCode('a'), held);
      assert.deepEqual([(await row('a'))['state'], other.wire.opened.length], ['connected', 0]);
    });

    it('until they rest: what is stopped, given up or logged out is anybody’s', async () => {
      const ends: [string, () => Promise<void>][] = [
        ['stopped', () => server.running.stopSession('stopped')],
        ['failed', () => server.tells('failed', closedWith('stop'))],
        ['logged_out', () => server.tells('logged_out', closedWith('unlink'))],
      ];
      await server.running.start();
      for (const [state, end] of ends) {
        await connect(state);
        await end();
        assert.equal((await row(state))['state'], state);
        await eventually(async () => assert.equal(await holderOf(state), null, state));
      }
      await connect('lost');
      await server.tells('lost', closedWith('reconnect'));
      assert.equal((await row('lost'))['state'], 'disconnected');
      assert.notEqual(await holderOf('lost'), null, 'it comes back');
    });

    it('which closes the socket of what it has lost', async () => {
      await server.running.start();
      await connect('a');
      const socket = server.wire.opened.at(-1);
      await sqlite.db('session_leases').update({ holder: 'another', token: sqlite.db.raw('token + 1') });
      assert.equal(socket?.isClosed, false, 'nobody has looked');
      await server.ownership.releaseUnused('a');
      await eventually(() => assert.equal(socket.isClosed, true));
      assert.equal(server.running.connectionOf('a'), undefined);
      assert.equal((await row('a'))['desired_state'], 'started', 'the other one runs it');
      await sqlite.db('session_leases').update({ expires_at: 0 });
      await server.running.startSession('a');
      await server.running.drain();
      assert.equal(server.wire.opened.length, 2, 'it can be had again');
    });

    it('and are taken over from one that has ended, linked or not, as connecting', async () => {
      await connect('linked');
      await create('new');
      await create('rests', { start: false });
      await server.running.drain();
      await sqlite.db('sessions').where({ session_id: 'new' }).update({ state: 'waiting_for_qr' });
      await create('kept', {}, open());
      const next = open();
      next.wire.side.isLinked = true;
      await next.running.start();
      await next.running.drain();
      assert.deepEqual(next.wire.opened, [], 'its process lives');
      await server.stop();
      assert.deepEqual(
        server.wire.opened.filter(({ isClosed }) => !isClosed),
        [],
      );
      assert.deepEqual(
        [(await row('linked'))['desired_state'], (await row('linked'))['node']],
        ['started', null],
        'the end of a process stops nothing',
      );
      await eventually(() => assert.equal(next.wire.opened.length, 2));
      await next.running.drain();
      assert.deepEqual(next.wire.opened.map(({ sessionId }) => sessionId).sort(), ['linked', 'new']);
      assert.equal((await row('linked'))['node'], 'here');
      assert.equal(next.accounts.accountsToStart(rootPrincipal), 0, 'they are on their way');
      assert.equal((await row('rests'))['state'], 'stopped');
    });
  });

  it('that wait for their turn are counted for those who may see them', async () => {
    for (const id of ['a', 'b', 'c']) await create(id);
    await create('d', {}, server, of('other'));
    await server.running.drain();
    assert.equal(server.wire.opened.length, 2);
    const counts = [rootPrincipal, of('default'), of('other'), of('default', 'c'), of('default', 'a')];
    assert.deepEqual(
      counts.map((principal) => server.accounts.accountsToStart(principal)),
      [2, 1, 1, 1, 0],
    );
  });
});
