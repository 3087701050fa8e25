import assert from 'node:assert/strict';
import type { Success } from '../../server/contract/envelope.js';
import type { Pace } from '../../server/contract/pace.js';
import type { Session } from '../../server/contract/sessions.js';
import type { Status } from '../../server/contract/statuses.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi, linkAccount, postAndWait, waitUntilConnected } from '../support/link-account.js';

describe('the pace of a queue through the API', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, env: { POSTING_PACE: 'safe' } });
    await linkAccount(server, simulator);
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const call = async <T>(method: string, path: string, body?: object, expected = 200, headers = {}): Promise<T> => {
    const options = { ...(body && { body }), expected, headers };
    return (await callApi<Success<T>>(server, method, `/sessions/acc1${path}`, options)).data;
  };
  const send = (headers = {}) => call<Status>('POST', '/send-status', { type: 'text', content: 'hi' }, 202, headers);
  const read = (id: string) => call<Status>('GET', `/statuses/${id}`);

  it('lets the first post out at once and says until when the next one waits', async () => {
    const first = await send({ prefer: 'wait=30' });
    assert.equal(first.state, 'sent');
    const second = await send();
    await eventually(async () => {
      const waiting = await read(second.id);
      assert.equal(waiting.waitingReason?.code, 'min_gap');
      // The gap and its jitter, from the moment when the first one was begun.
      const until = Date.parse(waiting.waitingUntil ?? '');
      assert.ok(until >= Date.parse(first.createdAt) + 20_000, waiting.waitingUntil ?? '');
      assert.ok(until <= Date.parse(first.sentAt ?? '') + 40_000, waiting.waitingUntil ?? '');
    });
    // What the session leaves open is the server's default, everywhere.
    assert.equal((await call<Session>('GET', '')).ratePerMin, null);
    assert.equal((await call<Pace>('GET', '/pace')).settings.ratePerMin, 2);
    const pace = await call<Pace>('PATCH', '/pace', { minGapSeconds: 0, jitterSeconds: 0, dailyCap: null });
    assert.equal(pace.warmUpDay, 1);
    await eventually(async () => (await read(second.id)).state === 'sent', { timeoutMs: 10_000 });
  });

  it('pauses when WhatsApp says it is too much, shows why, and goes on when it is resumed', async () => {
    const dataDir = server.dataDir;
    await server.stop({ keepData: true });
    server = await startTestServer({ simulator, dataDir });
    await call<Pace>('PATCH', '/pace', { warmUp: false });
    await waitUntilConnected(server, 'acc1');
    simulator.controls.faults.add({ on: 'message', error: '429', onlyStatuses: true, times: 1 });
    const refused = await postAndWait(server, { type: 'text', content: 'hi' });
    assert.deepEqual([refused.state, refused.error?.code], ['failed', '429']);
    const next = await send();
    await eventually(async () => {
      const { waitingReason, waitingUntil } = await read(next.id);
      assert.equal(waitingReason?.code, 'paused');
      assert.match(waitingReason.message, /^Posting is paused until .* UTC, because WhatsApp said .*\(429\)\.$/);
      assert.ok(Date.parse(waitingUntil ?? '') > Date.now() + 3_600_000);
    });
    assert.equal((await call<Pace>('GET', '/pace')).pause?.code, '429');
    assert.equal((await call<Session>('GET', '')).postingPause?.code, '429');
    const pace = await call<Pace>('POST', '/resume-posting');
    assert.equal(pace.pause, null);
    assert.equal((await call<Session>('GET', '')).postingPause, null);
    await eventually(async () => (await read(next.id)).state === 'sent', { timeoutMs: 10_000 });
  });

  it('pauses when WhatsApp bans the account for a while, an hour longer than that', async () => {
    const { ownNumber } = await call<Session>('GET', '');
    const ban = { kind: 'failure', reason: '402', attributes: { code: '106', expire: '3600' } } as const;
    simulator.controls.faults.disconnect(ownNumber ?? '', ban);
    await eventually(
      async () => {
        const { postingPause } = await call<Session>('GET', '');
        assert.equal(postingPause?.code, '402');
        const minutes = (Date.parse(postingPause.until) - Date.parse(postingPause.since)) / 60_000;
        assert.ok(minutes > 115 && minutes < 125, String(minutes));
      },
      { timeoutMs: 10_000, what: 'the pause' },
    );
  });
});
