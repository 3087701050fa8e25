import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Success } from '../../server/contract/envelope.js';
import type { Schedule } from '../../server/contract/schedules.js';
import type { Status } from '../../server/contract/statuses.js';
import { localTimeAt } from '../../server/lib/local-time.js';
import { ServerProcess } from '../support/server-process.js';
import { callApi, linkAccount, waitUntilConnected } from '../statuses/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';

const kills = Number(process.env['KILLS'] ?? 50);
const leadMs = 2_500;

describe(`a server that is killed ${String(kills)} times around the time of a planned status`, function () {
  this.timeout(60 * 60_000);
  let simulator: TestSimulator;
  let folder: { dir: string; remove: () => Promise<void> };
  let server: ServerProcess;

  before(async () => {
    simulator = await startTestSimulator();
    folder = await makeTempDir();
    server = await ServerProcess.start({ simulator, dir: folder.dir });
  });
  after(async () => {
    await server.end();
    await simulator.stop();
    await folder.remove();
  });

  it('posts it exactly once, and so does what comes again', async () => {
    await linkAccount(server, simulator);
    const contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    const before = { due: 0, after: 0 };
    for (let kill = 0; kill < kills; kill += 1) {
      const dueAt = Date.now() + leadMs;
      const status = (content: string) => ({ type: 'text', content, targetNumbers: [contact] });
      const once = { ...status(`once ${String(kill)}`), scheduledAt: new Date(dueAt).toISOString() };
      await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', { body: once, expected: 202 });
      const again = {
        status: status(`again ${String(kill)}`),
        ...{
          startsAt: localTimeAt(dueAt + 1_000, 'Asia/Kolkata'),
          timeZone: 'Asia/Kolkata',
          rule: 'FREQ=DAILY;COUNT=1',
        },
      };
      await callApi<Success<Schedule>>(server, 'POST', '/sessions/acc1/schedules', { body: again, expected: 201 });
      // The moment itself is what is tried out here, so it cannot be waited for.
      await pause(Math.max(0, dueAt - Date.now() - 300 + (kill / kills) * 2_600));
      await server.end('SIGKILL');
      if (Date.now() < dueAt) before.due += 1;
      else before.after += 1;
      server = await ServerProcess.start({ simulator, dir: folder.dir });
      await waitUntilConnected(server, 'acc1');
      for (const text of [once.content, again.status.content]) {
        const received = () => simulator.statuses(contact).filter((story) => story.text === text);
        await eventually(() => received().length > 0, { timeoutMs: 30_000, what: `"${text}"` });
      }
    }
    await simulator.drain();
    for (let kill = 0; kill < kills; kill += 1) {
      for (const text of [`once ${String(kill)}`, `again ${String(kill)}`]) {
        assert.equal(simulator.statuses(contact).filter((story) => story.text === text).length, 1, text);
      }
    }
    process.stderr.write(`${JSON.stringify({ kills, ...before })}\n`);
  });
});
