import assert from 'node:assert/strict';
import { NoLongerOursError } from '../../server/lib/owner-process.js';
import { codeOf, describeRunners, inMinutes, isBusy, type OpenedRunner, qrOf, type Wishes } from './open-runner.js';
import { account, closedWith } from './wire-side.js';

const minute = 60_000;

describeRunners('who runs a session', ({ open, started, connected }) => {
  it('connects one that is linked: it sets out, is connecting, and is usable once WhatsApp has let it in', async () => {
    const session = await open({ isLinked: true });
    assert.equal(session.runner.waitsForTurn, false);
    await session.runner.start();
    const { state, desiredState, node } = await session.record();
    assert.deepEqual([state, desiredState, node], ['connecting', 'started', 'here']);
    assert.equal(isBusy(session), true, 'it is on its way');
    assert.equal(session.runner.usableConnection, undefined);
    await session.runner.start();
    await session.settled();
    assert.equal(session.opened.length, 1, 'a second start is none');
    await session.tells({ type: 'open', account });
    const record = await session.record();
    const { jid, lid, deviceId, pushName, platform } = account;
    assert.deepEqual(
      [record.state, record.jid, record.lid, record.deviceId, record.pushName, record.platform],
      ['connected', jid, lid, deviceId, pushName, platform],
    );
    assert.deepEqual([record.lastConnectedAt, record.lastActivityAt], [session.side.now, session.side.now]);
    assert.notEqual(session.runner.usableConnection, undefined);
    assert.equal(isBusy(session), false, 'it has arrived');
  });

  it('tells of each change of the connection once, with what changed, and of a changed account', async () => {
    const session = await started({ isLinked: true });
    const statuses = (): unknown[] =>
      session.told.flatMap((event) => (event.name === 'connection-status' ? [event.payload.status] : []));
    const updates = (): number => session.told.filter(({ name }) => name === 'session-updated').length;
    assert.deepEqual(statuses(), ['starting', 'connecting']);
    await session.tells({ type: 'open', account });
    assert.deepEqual(statuses(), ['starting', 'connecting', 'connected']);
    await session.tells({ type: 'account-changed', account });
    assert.deepEqual([statuses().length, updates()], [3, 0], 'nothing changed');
    await session.tells({ type: 'account-changed', account: { ...account, pushName: 'Berta' } });
    assert.deepEqual([statuses().length, updates()], [3, 1]);
    assert.equal((await session.record()).pushName, 'Berta');
    await session.tells(closedWith('reconnect'));
    assert.deepEqual(statuses().slice(3), ['disconnected']);
  });

  it('passes on what the wire says about statuses and people, with the session it belongs to', async () => {
    const session = await connected();
    const listener = session.opened[0]?.listener;
    const id = session.runner.sessionId;
    await listener?.onReceipts(['receipt'] as never);
    await listener?.onReplies(['reply'] as never);
    assert.equal(await listener?.onRetry?.('retry' as never), true);
    await listener?.onAddressPairs(['pair'] as never);
    await listener?.onAddressBook(['news'] as never);
    assert.deepEqual(session.heard, [
      [id, ['receipt']],
      [id, ['reply']],
      [id, 'retry'],
      [id, ['pair']],
      [id, ['news']],
    ]);
  });

  it('shows a QR code until the phone has scanned it, and connects at once when WhatsApp asks', async () => {
    const session = await started();
    assert.deepEqual(session.opened[0]?.link, { method: 'qrcode' });
    assert.equal((await session.record()).state, 'starting');
    await session.tells(qrOf(session));
    assert.equal((await session.record()).state, 'waiting_for_qr');
    assert.deepEqual([session.runner.codes.qr?.qr, session.runner.codes.qr?.lifeMs], ['one', minute]);
    const event = session.told.find(({ name }) => name === 'qr-code');
    assert.deepEqual(event?.payload, {
      sessionId: session.runner.sessionId,
      qrCode: session.runner.codes.qr?.qrCode,
      expiresAt: inMinutes(session, 1).toISOString(),
    });
    assert.equal(isBusy(session), false, 'whoever waits for a person lets others set out');
    await session.tells({ ...qrOf(session), qr: 'two' });
    assert.equal(session.runner.codes.qr?.qr, 'two');
    await session.tells({ type: 'paired', account });
    const { state, jid } = await session.record();
    assert.deepEqual([state, jid], ['connecting', account.jid]);
    assert.equal(session.runner.codes.qr, undefined);
    session.side.isLinked = true;
    const other = session.starts.request(() => undefined);
    await session.tells(closedWith('reconnect_now'));
    assert.equal(session.opened.length, 2, 'it does not wait for its turn');
    other.release();
    await session.tells({ type: 'open', account });
    assert.deepEqual([(await session.record()).state, session.runner.health.read().reconnects], ['connected', 0]);
  });

  it('links by the number and the code that were asked for, also what showed a QR code', async () => {
    const session = await started({ phoneNumber: '4915100000009' });
    await session.tells(qrOf(session));
    session.side.answer = codeOf(session);
    const shown = await session.runner.requestPairingCode('4915100000001', 'ABCDEFGH');
    assert.equal(shown.pairingCode, 'ABCD-EFGH');
    assert.equal(session.opened[0]?.isClosed, true);
    const link = { method: 'pairing', phoneNumber: '4915100000001', customCode: 'ABCDEFGH' };
    assert.deepEqual(session.opened[1]?.link, link);
    const { state, authMethod, phoneNumber } = await session.record();
    assert.deepEqual([state, authMethod, phoneNumber], ['waiting_for_pairing_code', 'pairing', '4915100000001']);
    assert.equal(isBusy(session), false);
    const event = session.told.find(({ name }) => name === 'pairing-code');
    assert.deepEqual(event?.payload, {
      sessionId: session.runner.sessionId,
      pairingCode: 'ABCD-EFGH',
      phoneNumber: '4915100000001',
      expiresAt: inMinutes(session, 1).toISOString(),
    });
    const again = await session.runner.requestPairingCode(undefined);
    assert.equal(again.phoneNumber, '4915100000001', 'the number given before');
    await session.tells({ type: 'paired', account });
    assert.deepEqual([(await session.record()).state, session.runner.codes.pairingCode], ['connecting', undefined]);
  });

  it('gives a fresh QR code over a new connection, also to what showed a pairing code', async () => {
    const session = await started({ authMethod: 'pairing', phoneNumber: '4915100000001' });
    await session.tells(codeOf(session));
    session.side.answer = { ...qrOf(session), qr: 'fresh' };
    assert.equal((await session.runner.requestQr()).qr, 'fresh');
    assert.equal(session.opened[0]?.isClosed, true);
    assert.deepEqual(session.opened[1]?.link, { method: 'qrcode' });
    assert.equal(session.runner.codes.pairingCode, undefined);
  });

  it('says why there will be no code to whoever waits for it', async () => {
    const session = await open();
    session.side.answer = closedWith('stop');
    const failure = { code: 'whatsapp_error', message: 'Why.' };
    await assert.rejects(session.runner.requestQr(), failure);
    await assert.rejects(session.runner.requestPairingCode('4915100000001'), failure);
  });

  it('refuses to link what is linked, and leaves it connected', async () => {
    const session = await connected();
    const linked = { code: 'conflict', message: /linked already/ };
    await assert.rejects(session.runner.requestQr(), linked);
    await assert.rejects(session.runner.requestPairingCode('4915100000001'), linked);
    await assert.rejects(session.runner.setPhoneNumber('4915100000001'), linked);
    assert.deepEqual([(await session.record()).state, session.opened.length], ['connected', 1]);
  });

  it('begins anew for another number only where a pairing code is waited for', async () => {
    const pairing = await started({ authMethod: 'pairing', phoneNumber: '4915100000001' });
    await pairing.runner.setPhoneNumber('4915100000002');
    await pairing.settled();
    assert.deepEqual(
      pairing.opened.map(({ link, isClosed }) => [link.method === 'pairing' && link.phoneNumber, isClosed]),
      [
        ['4915100000001', true],
        ['4915100000002', false],
      ],
    );
    const others: Wishes[] = [
      { authMethod: 'pairing', state: 'stopped' },
      { authMethod: 'pairing', state: 'failed' },
      { authMethod: 'qrcode', state: 'waiting_for_qr' },
    ];
    for (const wishes of others) {
      const session = await open(wishes);
      await session.runner.setPhoneNumber('4915100000002');
      const { phoneNumber, state } = await session.record();
      assert.deepEqual([phoneNumber, state, session.opened.length], ['4915100000002', wishes.state, 0]);
    }
  });

  describe('whoever waits for a code hears at once', () => {
    const ends: [what: string, end: (session: OpenedRunner) => Promise<unknown>, code: string, says: RegExp][] = [
      ['a stop', ({ runner }) => runner.stop(), 'conflict', /was stopped/],
      ['a logout', ({ runner }) => runner.logout(), 'conflict', /was logged out/],
      ['a deletion', ({ runner }) => runner.remove(() => Promise.resolve()), 'not_found', /was not found/],
      ['the end of the server', ({ runner }) => runner.shutDown(), 'unavailable', /is stopping/],
      ['that another process has it', ({ runner }) => runner.abandon(), 'unavailable', /is stopping/],
    ];
    for (const [what, end, code, says] of ends) {
      it(`of ${what}`, async () => {
        const session = await started();
        const waiting = session.runner.codes.waitFor(() => undefined, minute);
        const heard = assert.rejects(waiting, { code, message: says });
        await end(session);
        await heard;
        assert.equal(session.opened[0]?.isClosed, true);
      });
    }

    it('and may wait again after the next start', async () => {
      const session = await started();
      await session.runner.stop();
      await session.runner.start();
      await session.settled();
      await session.tells(qrOf(session));
      assert.equal((await session.runner.codes.waitFor(() => session.runner.codes.qr, minute))?.qr, 'one');
    });
  });

  it('stops: the socket is closed, nothing comes back by itself, and what was lost waits for nothing', async () => {
    const session = await connected({ pauses: { firstMs: 1, longestMs: 1 } });
    await session.runner.stop();
    const { state, desiredState, node } = await session.record();
    assert.deepEqual([state, desiredState, node], ['stopped', 'stopped', null]);
    assert.deepEqual([session.opened[0]?.isClosed, session.runner.usableConnection], [true, undefined]);
    const lost = await connected();
    await lost.tells(closedWith('reconnect'));
    assert.notEqual((await lost.record()).nextRetryAt, null);
    await lost.runner.stop();
    assert.equal((await lost.record()).nextRetryAt, null);
  });

  it('restarts over a new connection, which is usable only when WhatsApp has let it in', async () => {
    const session = await connected();
    await session.runner.restart();
    await session.settled();
    assert.deepEqual(
      session.opened.map(({ isClosed }) => isClosed),
      [true, false],
    );
    assert.equal(session.runner.usableConnection, undefined);
    assert.equal(isBusy(session), true);
  });

  it('gives its turn back when it is stopped on its way, or while it waits', async () => {
    const session = await open({ isLinked: true });
    const before = session.starts.request(() => undefined);
    await session.runner.start();
    await session.settled();
    assert.deepEqual([session.runner.waitsForTurn, session.opened.length], [true, 0]);
    await session.runner.stop();
    assert.equal(session.runner.waitsForTurn, false);
    before.release();
    await session.settled();
    assert.equal(session.opened.length, 0);
    await session.runner.start();
    await session.settled();
    assert.deepEqual([session.opened.length, isBusy(session)], [1, true]);
    await session.runner.stop();
    assert.equal(isBusy(session), false);
  });

  it('opens nothing when its turn comes while it is being stopped', async () => {
    const session = await open({ isLinked: true });
    const before = session.starts.request(() => undefined);
    await session.runner.start();
    await session.settled();
    const stopped = session.runner.stop();
    before.release();
    await stopped;
    await session.settled();
    assert.deepEqual([session.opened.length, isBusy(session)], [0, false]);
  });

  it('starts also where the credentials cannot be read: the connection says so', async () => {
    const session = await open();
    session.side.isLinked = new Error('sealed with another key');
    await session.runner.start();
    assert.equal((await session.record()).state, 'connecting');
    assert.equal(session.opened.length, 1);
  });

  it('opens nothing and writes nothing when another process has the session by now', async () => {
    const session = await open({ isLinked: true });
    const before = session.starts.request(() => undefined);
    await session.runner.start();
    const stored = await session.record();
    session.side.isOurs = false;
    before.release();
    assert.deepEqual([await session.record(), session.opened.length], [stored, 0]);
    assert.equal(isBusy(session), false, 'its turn is over');
    session.side.isOurs = true;
    const late = await connected();
    const known = await late.record();
    late.side.isOurs = false;
    await late.tells({ type: 'account-changed', account: { ...account, pushName: 'Late' } });
    await late.tells(closedWith('stop'));
    assert.deepEqual(await late.record(), known);
    await assert.rejects(late.runner.stop(), NoLongerOursError);
  });

  it('ends with the server: the socket is closed, the stored session stays, and nothing begins any more', async () => {
    const session = await connected();
    const stored = await session.record();
    await session.runner.shutDown();
    assert.deepEqual([await session.record(), session.opened[0]?.isClosed], [stored, true]);
    const stopping = { code: 'unavailable', message: /is stopping/ };
    await assert.rejects(session.runner.start(), stopping);
    await assert.rejects(session.runner.logout(), stopping);
    assert.equal(session.opened.length, 1);
    const waiting = await open({ isLinked: true });
    const before = waiting.starts.request(() => undefined);
    await waiting.runner.start();
    await waiting.settled();
    await waiting.runner.shutDown();
    before.release();
    await waiting.settled();
    assert.equal(waiting.opened.length, 0);
  });

  it('closes the socket of a session that another process has at once, whatever is under way', async () => {
    const session = await connected();
    let finish: () => void = () => undefined;
    const until = new Promise<void>((done) => (finish = done));
    const underWay = session.lock.run(session.runner.sessionId, () => until);
    const abandoned = session.runner.abandon();
    assert.equal(session.opened[0]?.isClosed, true);
    finish();
    await Promise.all([underWay, abandoned]);
  });

  it('counts the health of an account over all its connections', async () => {
    const session = await connected();
    const { health } = session.runner;
    const [first] = session.opened;
    assert.ok(first);
    const at = (second: number): Date => new Date(1_770_000_000_000 + second * 1_000);
    first.health = { lastEventAt: at(1), lastAckAt: at(2), decryptFailures: 3, pendingOfflineItems: 4 };
    const told = { lastEventAt: at(1).toISOString(), lastAckAt: at(2).toISOString() };
    assert.deepEqual(health.read(), { ...told, decryptFailures: 3, pendingOfflineItems: 4, reconnects: 0 });
    await session.tells(closedWith('reconnect_now'));
    assert.deepEqual(health.read(), { ...told, decryptFailures: 3, pendingOfflineItems: 0, reconnects: 0 });
    await session.tells({ type: 'open', account });
    const second = session.opened[1];
    assert.ok(second);
    second.health = { lastEventAt: at(9), lastAckAt: null, decryptFailures: 2, pendingOfflineItems: 0 };
    assert.deepEqual(health.read(), {
      lastEventAt: at(9).toISOString(),
      lastAckAt: told.lastAckAt,
      decryptFailures: 5,
      pendingOfflineItems: 0,
      reconnects: 1,
    });
    second.health = { lastEventAt: at(9), lastAckAt: null, decryptFailures: 2, pendingOfflineItems: 6 };
    assert.equal(health.read().pendingOfflineItems, 6);
    await session.runner.stop();
    second.health = { ...second.health, decryptFailures: 90 };
    assert.deepEqual([health.read().pendingOfflineItems, health.read().decryptFailures], [0, 5]);
  });
});
