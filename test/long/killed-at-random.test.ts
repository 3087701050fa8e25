import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Success } from '../../server/contract/envelope.js';
import type { QrCode, Session } from '../../server/contract/sessions.js';
import type { Status } from '../../server/contract/statuses.js';
import { eventually } from '../support/eventually.js';
import { randomFrom, seedOfRun } from '../support/random-from.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { ServerProcess } from '../support/server-process.js';
import { callApi } from '../support/link-account.js';

const kills = Number(process.env['KILLS'] ?? 50);
const seed = seedOfRun();

describe(`a server that is killed ${String(kills)} times at random moments (seed ${String(seed)})`, function () {
  this.timeout(30 * 60_000);
  let simulator: TestSimulator;
  let folder: { dir: string; remove: () => Promise<void> };
  let server: ServerProcess;
  /** By session id: the number of the account once its phone says that it is linked. */
  const accounts = new Map<string, string | undefined>();
  const accepted: { sessionId: string; status: Status; contact: string }[] = [];

  before(async () => {
    simulator = await startTestSimulator();
    folder = await makeTempDir();
  });
  after(async () => {
    await server.end();
    await simulator.stop();
    await folder.remove();
  });

  const linked = (): string[] => [...accounts].filter(([, number]) => number !== undefined).map(([id]) => id);

  async function link(sessionId: string): Promise<void> {
    const body = { sessionId, sessionName: 'Shop', authMethod: 'qrcode' };
    await callApi(server, 'POST', '/sessions', { body, expected: 201 });
    accounts.set(sessionId, undefined);
    const { data } = await eventually(() => callApi<Success<QrCode>>(server, 'GET', `/sessions/${sessionId}/qr`));
    accounts.set(sessionId, (await simulator.scanQr(data.qr)).phoneNumber);
  }

  async function post(sessionId: string, contact: string, content: string): Promise<void> {
    const body = { type: 'text', content, targetNumbers: [contact] };
    const path = `/sessions/${sessionId}/send-status`;
    const { data } = await callApi<Success<Status>>(server, 'POST', path, { body, expected: 202 });
    accepted.push({ sessionId, status: data, contact });
  }

  /** Nothing is lost or unreadable, and every account whose phone says so is connected as itself. */
  async function check(): Promise<void> {
    await eventually(
      async () => {
        const { data } = await callApi<{ data: Session[] }>(server, 'GET', '/sessions?limit=100');
        const found = new Map(data.map((session) => [session.sessionId, session]));
        for (const [sessionId, number] of accounts) {
          const session = found.get(sessionId);
          assert.ok(session, `${sessionId} is lost`);
          assert.doesNotMatch(session.lastError?.message ?? '', /cannot be read/, sessionId);
          if (number === undefined) continue;
          assert.equal(session.state, 'connected', `${sessionId}: ${JSON.stringify(session.lastError)}`);
          assert.equal(session.ownNumber, number);
        }
      },
      { timeoutMs: 30_000, what: 'every account to be well' },
    );
    for (const number of accounts.values()) {
      if (number !== undefined) assert.equal(simulator.controls.linking.account(number).devices.length, 1);
    }
  }

  it('loses no account and no status', async () => {
    const random = randomFrom(seed);
    const contacts = simulator.addContacts(20).map(({ phoneNumber }) => phoneNumber);
    let killedWhile = { linking: 0, sending: 0 };
    server = await ServerProcess.start({ simulator, dir: folder.dir });
    for (let kill = 0; kill < kills; kill += 1) {
      const isLinking = kill < 3 || random() < 0.4;
      const work: Promise<void>[] = [];
      if (isLinking) work.push(link(`acc${String(kill)}`));
      for (const sessionId of linked()) {
        const contact = contacts[Math.floor(random() * contacts.length)] ?? '';
        if (random() < 0.5) work.push(post(sessionId, contact, `round ${String(kill)}`));
      }
      const settled = Promise.allSettled(work);
      // The moment itself is what is tried out here, so it cannot be waited for.
      await pause(random() * 1200);
      await server.end('SIGKILL');
      await settled;
      killedWhile = {
        linking: killedWhile.linking + (isLinking ? 1 : 0),
        sending: killedWhile.sending + (work.length > (isLinking ? 1 : 0) ? 1 : 0),
      };
      server = await ServerProcess.start({ simulator, dir: folder.dir });
      await check();
    }
    for (const { sessionId, status, contact } of accepted) {
      await eventually(
        async () => {
          const path = `/sessions/${sessionId}/statuses/${status.id}`;
          const { data } = await callApi<Success<Status>>(server, 'GET', path);
          assert.equal(data.state, 'sent', JSON.stringify(data.error));
        },
        { timeoutMs: 30_000, what: `${status.id} to be sent` },
      );
      assert.equal(simulator.statuses(contact).filter(({ id }) => id === status.messageId).length, 1);
    }
    process.stderr.write(
      `${JSON.stringify({ seed, kills, ...killedWhile, accounts: accounts.size, linked: linked().length, accepted: accepted.length })}\n`,
    );
  });
});
