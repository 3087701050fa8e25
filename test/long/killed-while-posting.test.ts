import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import { eventually } from '../support/eventually.js';
import { randomFrom, seedOfRun } from '../support/random-from.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { ServerProcess } from '../support/server-process.js';
import { callApi, linkAccount, waitUntilConnected } from '../support/link-account.js';

const rounds = Number(process.env['KILLS'] ?? 50);
const seed = seedOfRun();
const audienceSize = 2_000;
/** Every so many rounds nobody of the audience is known yet, and everyone's keys have to be fetched. */
const strangersEvery = 5;
const env = { STATUS_CHUNK_SIZE: '100', STATUS_CHUNK_PAUSE_MS: '20' };

describe(`a post to 2,000 contacts whose server is killed, ${String(rounds)} times (seed ${String(seed)})`, function () {
  this.timeout(90 * 60_000);
  let simulator: TestSimulator;
  let folder: { dir: string; remove: () => Promise<void> };
  let server: ServerProcess;

  before(async () => {
    simulator = await startTestSimulator();
    folder = await makeTempDir();
  });
  after(async () => {
    await server.end();
    await simulator.stop();
    await folder.remove();
  });

  async function post(targetNumbers: readonly string[], content: string): Promise<Status> {
    const body = { type: 'text', content, targetNumbers };
    const path = '/sessions/acc1/send-status';
    return (await callApi<Success<Status>>(server, 'POST', path, { body, expected: 202 })).data;
  }
  async function untilSent({ id }: Status): Promise<Status> {
    return eventually(
      async () => {
        const { data } = await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${id}`);
        assert.equal(data.state, 'sent', JSON.stringify(data));
        return data;
      },
      { timeoutMs: 120_000, what: 'the status to be sent' },
    );
  }
  const seen = (phoneNumber: string, { messageId }: Status) =>
    simulator.statuses(phoneNumber).filter(({ id }) => id === messageId);
  const newPeople = () => simulator.addContacts(audienceSize).map(({ phoneNumber }) => phoneNumber);

  it('is there once for everybody under one id, and the record says so', async () => {
    const random = randomFrom(seed);
    server = await ServerProcess.start({ simulator, dir: folder.dir, env });
    await linkAccount(server, simulator);
    let people = newPeople();
    const timed = async (content: string): Promise<number> => {
      const began = performance.now();
      await untilSent(await post(people, content));
      return performance.now() - began;
    };
    const duration = { strangers: await timed('first'), known: await timed('second') };
    const reachedAtKill: number[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const areStrangers = round % strangersEvery === 0;
      if (areStrangers) people = newPeople();
      const content = `round ${String(round)}`;
      const status = await post(people, content);
      // The moment itself is what is tried out here, so it cannot be waited for.
      await pause(random() * (areStrangers ? duration.strangers : duration.known));
      await server.end('SIGKILL');
      await simulator.drain();
      reachedAtKill.push(people.filter((person) => seen(person, status).length > 0).length);

      server = await ServerProcess.start({ simulator, dir: folder.dir, env });
      await waitUntilConnected(server, 'acc1');
      const sent = await untilSent(status);
      await simulator.drain();
      for (const person of people) {
        const texts = seen(person, status).map(({ text }) => text);
        assert.deepEqual(texts, [content], `round ${String(round)}, ${person}`);
      }
      assert.equal(sent.messageId, status.messageId);
      assert.equal(sent.error, null, JSON.stringify(sent.error));
      assert.deepEqual(sent.recipients, { reached: audienceSize, leftOut: 0, open: 0 });
    }
    const cut = reachedAtKill.filter((reached) => reached > 0 && reached < audienceSize).length;
    process.stderr.write(
      `killed ${String(rounds)} times, ${String(cut)} of them between the first and the last recipient; ` +
        `had it by then: ${reachedAtKill.join(', ')}\n`,
    );
    const { refusals } = simulator.controls.refusals();
    assert.deepEqual(
      refusals.map(({ rule }) => rule).filter((rule) => rule !== 'contact:duplicate'),
      [],
    );
  });
});
