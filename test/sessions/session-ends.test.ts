import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { DatabaseTrouble } from '../../server/lib/database-trouble.js';
import { fewAttempts } from '../../server/sessions/reconnects.js';
import { eventually } from '../support/eventually.js';
import type { GatewayEvent } from '../../server/whatsapp/gateway.js';
import { codeOf, describeRunners, inMinutes, isBusy, type OpenedRunner, qrOf } from './open-runner.js';
import { account, closedWith } from './wire-side.js';

describeRunners('a session', ({ open, started, connected }) => {
  describe('when the connection ends', () => {
    it('waits longer each time, says until when, and starts from the first pause when somebody starts it', async () => {
      const session = await connected({ pauses: { firstMs: 16, longestMs: 1_000 } });
      const pauses: number[] = [];
      for (let loss = 0; loss < 3; loss += 1) {
        await session.tells(closedWith('reconnect'));
        const { state, nextRetryAt, lastError, desiredState } = await session.record();
        assert.deepEqual([state, desiredState], ['disconnected', 'started']);
        const at = session.side.now.toISOString();
        assert.deepEqual(lastError, { code: 499, message: 'Why.', remedy: 'What to do.', at });
        assert.equal(session.runner.usableConnection, undefined);
        pauses.push((nextRetryAt?.getTime() ?? 0) - session.side.now.getTime());
        await eventually(() => assert.equal(session.opened.length, loss + 2));
      }
      for (const [index, pause] of pauses.entries()) {
        assert.ok(pause >= 8 * 2 ** index && pause <= 16 * 2 ** index, String(pauses));
      }
      await session.runner.restart();
      await session.settled();
      await session.tells(closedWith('reconnect'));
      const { nextRetryAt: retryAt } = await session.record();
      assert.ok((retryAt?.getTime() ?? Infinity) - session.side.now.getTime() <= 16);
      await eventually(() => assert.equal(session.opened.length, 6));
      await session.tells({ type: 'open', account });
      const { lastError, nextRetryAt, state } = await session.record();
      assert.deepEqual([state, lastError, nextRetryAt], ['connected', null, null]);
      assert.equal(session.runner.health.read().reconnects, 1);
    });

    it('connects again by itself after the pause', async () => {
      const session = await connected({ pauses: { firstMs: 2, longestMs: 2 } });
      await session.tells(closedWith('reconnect'));
      await eventually(() => assert.equal(session.opened.length, 2));
      await session.tells({ type: 'open', account });
      assert.equal((await session.record()).state, 'connected');
    });

    it('waits as long as WhatsApp said', async () => {
      const session = await connected();
      await session.tells(closedWith('pause', 3_660_000));
      const { state, nextRetryAt } = await session.record();
      assert.deepEqual([state, nextRetryAt], ['disconnected', inMinutes(session, 61)]);
    });

    it('connects at once when WhatsApp asks for it, three times in a row', async () => {
      const session = await connected();
      for (const count of [2, 3, 4, 4]) {
        await session.tells(closedWith('reconnect_now'));
        assert.equal(session.opened.length, count);
      }
      const { state, nextRetryAt } = await session.record();
      assert.equal(state, 'disconnected');
      assert.notEqual(nextRetryAt, null);
      await session.runner.start();
      await session.settled();
      await session.tells(closedWith('reconnect_now'));
      assert.equal(session.opened.length, 6, 'somebody wants it: what was before does not count');
    });

    it('connects at once also a fourth time where each connection worked in between', async () => {
      const session = await connected();
      for (let count = 2; count < 8; count += 1) {
        await session.tells(closedWith('reconnect_now'));
        assert.equal(session.opened.length, count);
        await session.tells({ type: 'open', account });
      }
    });

    it('does not come back when it was stopped meanwhile, though one that was lost later has come back', async () => {
      const [stopped, other] = [
        await connected({ pauses: { firstMs: 5, longestMs: 5 } }),
        await connected({ pauses: { firstMs: 40, longestMs: 40 } }),
      ];
      await stopped.tells(closedWith('reconnect'));
      await stopped.runner.stop();
      const before = stopped.opened.length;
      await other.tells(closedWith('reconnect'));
      await eventually(() => assert.equal(other.opened.length, 2));
      await stopped.settled();
      assert.equal(stopped.opened.length, before);
      assert.equal((await stopped.record()).state, 'stopped');
    });

    it('gives up after a few refusals that may be lasting', async () => {
      const session = await connected({ pauses: { firstMs: 1, longestMs: 1 } });
      for (let refusal = 1; refusal <= fewAttempts; refusal += 1) {
        await session.tells(closedWith('reconnect_few'));
        await eventually(() => assert.equal(session.opened.length, refusal + 1));
      }
      await session.tells(closedWith('reconnect_few'));
      assert.equal((await session.record()).state, 'failed');
    });

    for (const action of ['stop', 'link_expired'] as const) {
      it(`ends for a person to act, and tells whoever waits for a code (${action})`, async () => {
        const session = await started();
        await session.tells(qrOf(session));
        await session.tells(closedWith(action));
        const { state, desiredState, lastError, nextRetryAt, node } = await session.record();
        assert.deepEqual([state, desiredState, nextRetryAt, node], ['failed', 'stopped', null, null]);
        assert.deepEqual([lastError?.code, lastError?.remedy], [499, 'What to do.']);
        assert.deepEqual([session.runner.codes.failure, session.runner.codes.qr], ['Why.', undefined]);
        assert.equal(isBusy(session), false);
        await session.runner.start();
        const again = await session.record();
        assert.deepEqual([again.state, again.lastError, again.desiredState], ['starting', null, 'started']);
        assert.equal(session.runner.codes.failure, undefined);
      });
    }

    it('is logged out, without credentials and without an account, when the phone unlinked a device that had worked', async () => {
      const session = await connected();
      await session.tells(closedWith('unlink'));
      const { state, desiredState, jid, lid, deviceId, pushName, platform, lastError } = await session.record();
      assert.deepEqual([state, desiredState, session.side.forgotten], ['logged_out', 'stopped', 1]);
      assert.deepEqual([jid, lid, deviceId, pushName, platform], [null, null, null, null, null]);
      assert.equal(lastError?.message, 'Why.');
      assert.equal(session.opened.length, 1);
    });

    it('is logged out when an attempt to link is refused: no credentials, nothing to link anew', async () => {
      const session = await started();
      await session.tells(closedWith('unlink'));
      assert.deepEqual([(await session.record()).state, session.opened.length], ['logged_out', 1]);
    });

    it('is logged out also when the link is of this process, once it has worked', async () => {
      const session = await started();
      await session.tells({ type: 'paired', account });
      session.side.isLinked = true;
      await session.tells(closedWith('reconnect_now'));
      await session.tells({ type: 'open', account });
      await session.tells(closedWith('unlink'));
      assert.equal((await session.record()).state, 'logged_out');
    });

    const broken: [what: string, begin: () => Promise<OpenedRunner>][] = [
      ['that were stored and never used', () => started({ isLinked: true })],
      [
        'of an account that is known and never was connected',
        async () => {
          const session = await started({ isLinked: true });
          await session.tells({ type: 'account-changed', account });
          return session;
        },
      ],
      [
        'of a link that was made and never seen to work',
        async () => {
          const session = await started();
          await session.tells({ type: 'paired', account });
          session.side.isLinked = true;
          await session.tells(closedWith('reconnect_now'));
          return session;
        },
      ],
      [
        'of a second link, though the first had worked',
        async () => {
          const session = await connected();
          await session.tells(closedWith('unlink'));
          await session.runner.start();
          await session.settled();
          await session.tells({ type: 'paired', account });
          session.side.isLinked = true;
          await session.tells(closedWith('reconnect_now'));
          return session;
        },
      ],
    ];
    for (const [what, begin] of broken) {
      it(`links anew by itself where WhatsApp does not know the credentials ${what}`, async () => {
        const session = await begin();
        const before = session.opened.length;
        await session.tells(closedWith('unlink'));
        const { state, jid, lastError, desiredState } = await session.record();
        assert.deepEqual([state, jid, desiredState], ['starting', null, 'started']);
        assert.match(lastError?.message ?? '', /interrupted/);
        assert.equal(session.opened.length, before + 1);
        assert.equal(session.side.isLinked, false, 'the credentials are deleted');
      });
    }
  });

  describe('unlinks the device', () => {
    it('over the connection it has, and does not take the end of that for a loss', async () => {
      const session = await connected();
      await session.runner.logout();
      const { state, desiredState, jid, lastError } = await session.record();
      assert.deepEqual([state, desiredState, jid, lastError], ['logged_out', 'stopped', null, null]);
      const [connection] = session.opened;
      assert.deepEqual([connection?.logouts, session.side.forgotten], [1, 1]);
      await session.tells(closedWith('reconnect'), connection);
      assert.deepEqual([(await session.record()).state, session.opened.length], ['logged_out', 1]);
    });

    it('and says when WhatsApp did not confirm it; a second logout is success and leaves the remedy', async () => {
      const session = await connected();
      session.side.confirmsLogout = false;
      await assert.rejects(session.runner.logout(), { code: 'whatsapp_error', message: /Linked devices/ });
      const { state, lastError } = await session.record();
      assert.deepEqual([state, session.side.forgotten], ['logged_out', 1]);
      assert.match(lastError?.remedy ?? '', /Linked devices/);
      await session.runner.logout();
      assert.deepEqual((await session.record()).lastError, lastError);
    });

    it('and is logged out also where none was linked', async () => {
      const session = await started();
      await session.tells(qrOf(session));
      await session.runner.logout();
      assert.deepEqual([(await session.record()).state, session.opened[0]?.isClosed], ['logged_out', true]);
      assert.equal(session.opened[0]?.logouts, 0);
    });

    const answers: [what: string, answer: (session: OpenedRunner) => OpenedRunner['side']['answer'], is: boolean][] = [
      ['that it is connected, and is unlinked then', () => ({ type: 'open', account }), true],
      ['that it is unlinked already', () => closedWith('unlink'), true],
      ['nothing but the end of the connection', () => closedWith('reconnect'), false],
      ['that it is to be linked', qrOf, false],
    ];
    for (const [what, answer, isConfirmed] of answers) {
      it(`over a connection for a moment where it has none; WhatsApp says ${what}`, async () => {
        const session = await open({ isLinked: true });
        session.side.answer = answer(session);
        let deleted = 0;
        const isUnlinked = await session.runner.remove(() => Promise.resolve(void (deleted += 1)));
        assert.deepEqual([isUnlinked, deleted, session.side.forgotten], [isConfirmed, 1, 1]);
        assert.equal(session.opened[0]?.isClosed, true);
      });
    }

    it('over a connection for a moment, and says when WhatsApp did not confirm it there', async () => {
      const session = await open({ isLinked: true });
      session.side.answer = { type: 'open', account };
      session.side.confirmsLogout = false;
      assert.equal(await session.runner.remove(() => Promise.resolve()), false);
    });

    it('also where the credentials cannot be read, which may be those of a device', async () => {
      const session = await open();
      session.side.isLinked = new Error('sealed with another key');
      session.side.answer = closedWith('stop');
      assert.equal(await session.runner.remove(() => Promise.resolve()), false);
    });

    it('of a session that is not linked: there is none', async () => {
      const session = await open();
      assert.equal(await session.runner.remove(() => Promise.resolve()), null);
      assert.equal(session.opened.length, 0);
    });
  });

  describe('does later what the database could not take', () => {
    const trouble = new DatabaseTrouble('full', 'The disk is full.', 'Make room.');
    afterEach(() => mock.timers.reset());
    const isWellAgain = async (session: OpenedRunner): Promise<void> => {
      session.side.trouble = undefined;
      mock.timers.tick(3_000);
      await session.settled();
    };

    it('a connection that was made, and one that has ended', async () => {
      const session = await started({ isLinked: true });
      mock.timers.enable({ apis: ['setTimeout'] });
      const steps: [event: GatewayEvent, before: string, after: string][] = [
        [{ type: 'open', account }, 'connecting', 'connected'],
        [closedWith('pause', 3_600_000), 'connected', 'disconnected'],
      ];
      for (const [event, before, after] of steps) {
        session.side.trouble = trouble;
        await session.tells(event);
        assert.equal((await session.record()).state, before);
        await isWellAgain(session);
        assert.equal((await session.record()).state, after);
      }
    });

    it('setting out when its turn had come', async () => {
      const session = await open({ isLinked: true });
      const before = session.starts.request(() => undefined);
      await session.runner.start();
      await session.settled();
      mock.timers.enable({ apis: ['setTimeout'] });
      session.side.trouble = trouble;
      before.release();
      await session.settled();
      assert.deepEqual([session.opened.length, isBusy(session)], [0, false]);
      await isWellAgain(session);
      assert.equal(session.opened.length, 1);
    });
  });

  it('shows no code when another process has it by now', async () => {
    const session = await started();
    session.side.isOurs = false;
    await session.tells(qrOf(session));
    await session.tells(codeOf(session));
    assert.deepEqual([session.runner.codes.qr, session.runner.codes.pairingCode], [undefined, undefined]);
    assert.deepEqual(
      session.told.filter(({ name }) => name === 'qr-code' || name === 'pairing-code'),
      [],
    );
  });
});
