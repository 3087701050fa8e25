import assert from 'node:assert/strict';
import { rootPrincipal, type Principal } from '../../server/access/principal.js';
import { createSessionBodySchema } from '../../server/contract/sessions.js';
import { tagOf } from '../../server/sessions/linking-service.js';
import type { GatewayEvent } from '../../server/whatsapp/gateway.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { keyOf, openSessions, type OpenedSessions } from './open-sessions.js';
import { account, closedWith } from './wire-side.js';

const minute = 60_000;
const reader: Principal = { ...keyOf('default'), capabilities: new Set(['read']) };
const expiresAt = (): Date => new Date(Date.now() + minute);
const qr = (code = 'code'): GatewayEvent => ({ type: 'qr', qr: code, expiresAt: expiresAt() });
const pairingCode = (): GatewayEvent => ({
  type: 'pairing-code',
  pairingCode: 'ABCD-EFGH',
  phoneNumber: '4915123456789',
  expiresAt: expiresAt(),
});

describe('from a session to a linked account', () => {
  let sqlite: TestSqlite;
  let server: OpenedSessions;
  beforeEach(async () => {
    sqlite = await openSqlite();
    server = openSessions(sqlite.db);
  });
  afterEach(async () => {
    await server.stop();
    await sqlite.remove();
  });

  const create = async (sessionId: string, body: object = {}): Promise<void> => {
    const wanted = createSessionBodySchema.parse({ sessionId, authMethod: 'qrcode', ...body });
    await server.sessions.create(rootPrincipal, wanted);
    await server.running.drain();
  };
  const byNumber = { authMethod: 'pairing', phoneNumber: '4915123456789' };
  const linkingOf = () => server.linking;
  const isUnderWay = async (waiting: Promise<unknown>): Promise<boolean> => {
    const pending = Symbol('pending');
    await sqlite.db('sessions').select();
    return (await Promise.race([waiting, Promise.resolve(pending)])) === pending;
  };

  describe('the code to scan or type', () => {
    it('is given as soon as it is there, with how long it lives', async () => {
      await create('a');
      const asking = linkingOf().qr('a');
      assert.equal(await isUnderWay(asking), true);
      const shown = qr();
      await server.tells('a', shown);
      const answer = await asking;
      assert.match(answer.qrCode, /^data:image\/png;base64,/);
      assert.deepEqual(
        [answer.qr, answer.state, answer.expiresAt],
        ['code', 'waiting_for_qr', shown.type === 'qr' && shown.expiresAt.toISOString()],
      );
      assert.ok(answer.timeoutSeconds >= 50 && answer.timeoutSeconds <= 60, String(answer.timeoutSeconds));

      await create('b', byNumber);
      const typed = linkingOf().pairingCode('b');
      await server.tells('b', pairingCode());
      const { pairingCode: code, phoneNumber } = await typed;
      assert.deepEqual([code, phoneNumber], ['ABCD-EFGH', '4915123456789']);
    });

    it('is not given, and it is said why, where there is none', async () => {
      await create('scans');
      await create('types', byNumber);
      await create('rests', { start: false });
      const conflicts: [ask: () => Promise<unknown>, says: RegExp][] = [
        [() => linkingOf().pairingCode('scans'), /links by a QR code/],
        [() => linkingOf().qr('types'), /links by a pairing code/],
        [() => linkingOf().qr('rests'), /not running/],
      ];
      for (const [ask, message] of conflicts) await assert.rejects(ask(), { code: 'conflict', message });
      await assert.rejects(linkingOf().qr('nobody'), { code: 'not_found' });
      await assert.rejects(linkingOf().pairingCode('nobody'), { code: 'not_found' });
      const waiting = assert.rejects(linkingOf().qr('scans'), { code: 'conflict', message: 'Why.' });
      await server.tells('scans', closedWith('stop'));
      await waiting;
    });

    it('is not given to an account that is linked, whether it is connected or not', async () => {
      await create('a');
      const linked = { code: 'conflict', message: /linked already/ };
      server.wire.side.isLinked = true;
      await assert.rejects(linkingOf().qr('a'), linked);
      await server.tells('a', { type: 'open', account });
      server.wire.side.isLinked = false;
      await assert.rejects(linkingOf().qr('a'), linked);
      await assert.rejects(linkingOf().pairingCode('a'), linked);
    });

    it('is fresh when it is asked for, by the number that is given or that was given before', async () => {
      await create('a');
      await server.tells('a', qr('old'));
      server.wire.side.answer = qr('fresh');
      assert.equal((await linkingOf().requestQr('a')).qr, 'fresh');
      server.wire.side.answer = pairingCode();
      await linkingOf().requestPairingCode('a', { phoneNumber: '4915123456789', customCode: 'ABCDEFGH' });
      const asked = { method: 'pairing', phoneNumber: '4915123456789' };
      assert.deepEqual(server.wire.opened.at(-1)?.link, { ...asked, customCode: 'ABCDEFGH' });
      await linkingOf().setPhoneNumber('a', '4915100000001');
      await server.running.drain();
      assert.deepEqual(server.wire.opened.at(-1)?.link, {
        ...asked,
        phoneNumber: '4915100000001',
        customCode: undefined,
      });
      await assert.rejects(linkingOf().requestQr('nobody'), { code: 'not_found' });
      await assert.rejects(linkingOf().requestPairingCode('nobody', {}), { code: 'not_found' });
      await assert.rejects(linkingOf().setPhoneNumber('nobody', '4915100000001'), { code: 'not_found' });
    });

    it('asked for of a session that rests makes it run, and this process has it from then on', async () => {
      await create('a', { start: false });
      server.wire.side.answer = qr();
      await linkingOf().requestQr('a');
      assert.equal(server.ownership.owns('a'), true);
      await create('b', { start: false });
      await linkingOf().setPhoneNumber('b', '4915100000001');
      assert.equal(server.ownership.owns('b'), false, 'a number alone does not make it run');
    });
  });

  describe('how the connection stands', () => {
    it('is told with the codes, to those who may manage the session and to nobody else', async () => {
      await create('a');
      await server.tells('a', qr());
      const full = await linkingOf().connectionStatus(rootPrincipal, 'a');
      assert.ok(full.qrCode !== null && full.qrCodeExpiresAt !== null && full.pairingCode === null);
      const read = await linkingOf().connectionStatus(reader, 'a');
      assert.deepEqual({ ...read }, { ...full, qrCode: null, qrCodeExpiresAt: null });
      await create('b', byNumber);
      await server.tells('b', pairingCode());
      const typed = await linkingOf().connectionStatus(rootPrincipal, 'b');
      assert.deepEqual([typed.pairingCode, typed.qrCode], ['ABCD-EFGH', null]);
      assert.ok(typed.pairingCodeExpiresAt);
      assert.equal((await linkingOf().connectionStatus(reader, 'b')).pairingCode, null);
      await assert.rejects(linkingOf().connectionStatus(rootPrincipal, 'nobody'), { code: 'not_found' });
    });

    it('is told with the account, and with when and why it comes back', async () => {
      await create('a', byNumber);
      server.wire.side.isLinked = true;
      await server.tells('a', { type: 'paired', account });
      await server.tells('a', { type: 'open', account });
      const { connected, state, phoneNumber, ownNumber, pushName, lastError, nextRetryAt } =
        await linkingOf().connectionStatus(reader, 'a');
      assert.deepEqual([connected, state, phoneNumber], [true, 'connected', '4915123456789']);
      assert.deepEqual([ownNumber, pushName, lastError, nextRetryAt], ['4915123456789', 'Anna', null, null]);
      const health = { lastEventAt: null, lastAckAt: null, decryptFailures: 3, pendingOfflineItems: 0 };
      Object.assign(server.wire.opened.at(-1) ?? {}, { health });
      assert.equal((await linkingOf().connectionStatus(reader, 'a')).health.decryptFailures, 3);
      await server.tells('a', closedWith('pause', minute));
      const lost = await linkingOf().connectionStatus(reader, 'a');
      assert.deepEqual([lost.connected, lost.lastError?.message], [false, 'Why.']);
      assert.ok(Date.parse(lost.nextRetryAt ?? '') > Date.now());
    });

    it('has a tag that changes with it, not with what is counted', async () => {
      await create('a');
      const before = await linkingOf().connectionStatus(rootPrincipal, 'a');
      assert.equal(tagOf({ ...before, health: { ...before.health, decryptFailures: 9 } }), tagOf(before));
      await server.tells('a', qr());
      assert.notEqual(tagOf(await linkingOf().connectionStatus(rootPrincipal, 'a')), tagOf(before));
    });
  });

  describe('whoever waits', () => {
    const next = (known?: string, how: { waitMs?: number; signal?: AbortSignal } = {}) =>
      linkingOf().nextConnectionStatus(rootPrincipal, 'a', known, { waitMs: minute, ...how });

    it('hears of the next change of this session, and of none of another', async () => {
      await create('a');
      await create('b');
      const waiting = next();
      await isUnderWay(waiting);
      await server.tells('b', qr());
      assert.equal(await isUnderWay(waiting), true);
      await server.tells('a', qr());
      assert.equal((await waiting).state, 'waiting_for_qr');
      const again = next();
      await isUnderWay(again);
      await server.tells('a', qr('another'));
      assert.equal((await again).state, 'waiting_for_qr', 'another code is a change too');
    });

    it('hears at once of what changed since the answer that is known', async () => {
      await create('a');
      const known = tagOf(await linkingOf().connectionStatus(rootPrincipal, 'a'));
      await server.tells('a', qr());
      assert.equal((await next(known)).state, 'waiting_for_qr');
    });

    it('hears how it stands after the time, and when nobody waits any more', async () => {
      await create('a');
      assert.equal((await next(undefined, { waitMs: 1 })).state, 'starting');
      const gone = new AbortController();
      const waiting = next(undefined, { signal: gone.signal });
      assert.equal(await isUnderWay(waiting), true);
      gone.abort();
      assert.equal((await waiting).state, 'starting');
      await assert.rejects(linkingOf().nextConnectionStatus(rootPrincipal, 'no', undefined, { waitMs: 1 }), {
        code: 'not_found',
      });
    });

    it('for the first code gets the session with it', async () => {
      const making = (sessionId: string, body: object, by = rootPrincipal, waitMs = minute) =>
        server.sessions.create(by, createSessionBodySchema.parse({ sessionId, authMethod: 'qrcode', ...body }), {
          waitMs,
        });
      server.wire.side.answer = qr();
      const made = await making('a', {});
      assert.deepEqual([made.state, made.qrCode === null], ['waiting_for_qr', false]);
      server.wire.side.answer = pairingCode();
      const typed = await making('b', byNumber);
      assert.deepEqual([typed.state, typed.pairingCode], ['waiting_for_pairing_code', 'ABCD-EFGH']);
      server.wire.side.answer = closedWith('stop');
      const failed = await making('c', {});
      assert.deepEqual([failed.state, failed.qrCode, failed.lastError?.message], ['failed', null, 'Why.']);
      server.wire.side.answer = undefined;
      const rests = await making('d', { start: false });
      assert.deepEqual([rests.state, rests.qrCode], ['stopped', null]);
      const late = await making('e', {}, rootPrincipal, 1);
      assert.deepEqual([late.state, late.qrCode], ['starting', null]);
    });

    it('for the first code of a session that is stopped meanwhile gets the session without one', async () => {
      const making = server.sessions.create(
        rootPrincipal,
        createSessionBodySchema.parse({ sessionId: 'a', authMethod: 'qrcode' }),
        { waitMs: minute },
      );
      while (server.wire.opened.length === 0) await isUnderWay(making);
      await server.running.stopSession('a');
      assert.equal((await making).qrCode, null);
      assert.equal((await server.sessions.get(rootPrincipal, 'a')).state, 'stopped');
    });
  });
});
