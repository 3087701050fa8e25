import assert from 'node:assert/strict';
import type { PersonAddress, StatusContent } from '../../server/whatsapp/gateway.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { openTestGateway, type TestConnection, type TestGateway } from './open-gateway.js';

const content: StatusContent = {
  type: 'text',
  text: 'Fresh bread',
  backgroundColor: '#1F6F5C',
  textColor: '#FFFFFF',
  font: 0,
};

describe('a post that leaves in parts of two', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let gateway: TestGateway;
  let live: TestConnection;
  before(async () => {
    simulator = await startTestSimulator();
    gateway = await openTestGateway(simulator, {}, { chunkSize: 2 });
    ({ live } = await gateway.link(simulator));
  });
  after(async () => {
    await gateway.stop();
    await simulator.stop();
  });
  afterEach(() => simulator.controls.faults.clear());

  /** Posts to so many people; those at `out` are left out once the post has begun. Answers how many copies each got. */
  async function post(count: number, out: number[]) {
    const people = simulator.addContacts(count);
    const excluded = new Set(out.map((index) => people[index]?.phoneNumber ?? null));
    const asked: number[] = [];
    const progress: number[] = [];
    const told: string[] = [];
    const recipients = people.map(({ phoneNumber }): PersonAddress => ({ phoneNumber, lid: null }));
    const outcome = await live.connection.publishStatus({
      messageId: gateway.gateway.newMessageId(null),
      content,
      recipients,
      leftOut: (some) => {
        asked.push(some.length);
        // The first question comes before anything leaves, the others before each part.
        const isBefore = asked.length === 1;
        return Promise.resolve(
          new Set(some.map(({ person }) => person).filter((one) => !isBefore && excluded.has(one.phoneNumber))),
        );
      },
      onProgress: ({ done }) => progress.push(done),
      onChunk: (chunk) =>
        Promise.resolve(void told.push(...chunk.recipients.map(({ person }) => person.phoneNumber ?? ''))),
    });
    await simulator.drain();
    const copies = people.map(({ phoneNumber }) => simulator.statuses(phoneNumber)[0]?.copies ?? 0);
    const toldAt = told.map((phoneNumber) => people.findIndex((one) => one.phoneNumber === phoneNumber));
    return { outcome, copies, toldAt, progress, asked };
  }

  it('reaches everybody once when some are left out of its parts, and one part whole', async () => {
    const { outcome, copies, toldAt, progress } = await post(9, [0, 2, 3, 6, 8]);
    assert.equal(outcome.result, 'acknowledged');
    assert.deepEqual(copies, [0, 1, 0, 0, 1, 1, 0, 1, 0]);
    assert.deepEqual(toldAt, [1, 4, 5, 7]);
    assert.deepEqual([progress[0], progress.at(-1)], [0, 8]);
  });

  it('reaches everybody once when the part that somebody is left out of has to be smaller', async () => {
    simulator.controls.faults.add({ on: 'message', onlyStatuses: true, error: '429', times: 1 });
    const { outcome, copies, toldAt } = await post(5, [3]);
    assert.equal(outcome.result, 'acknowledged');
    assert.deepEqual(copies, [1, 1, 1, 0, 1]);
    assert.deepEqual(toldAt, [0, 1, 2, 4]);
  });

  it('is not sent when everybody is left out after it began', async () => {
    const { outcome, copies, toldAt } = await post(3, [0, 1, 2]);
    assert.ok(outcome.result === 'not_sent');
    assert.equal(outcome.nobodyLeft, true);
    assert.deepEqual([copies, toldAt], [[0, 0, 0], []]);
  });
});
