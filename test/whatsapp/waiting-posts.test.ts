import assert from 'node:assert/strict';
import type { PersonAddress, PublishWait, StatusContent } from '../../server/whatsapp/gateway.js';
import type { Fault } from '../../simulator/faults/fault-plan.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { openTestGateway, type TestConnection, type TestGateway } from './open-gateway.js';

const content: StatusContent = {
  type: 'text',
  text: 'Fresh bread',
  backgroundColor: '#1F6F5C',
  textColor: '#FFFFFF',
  font: 0,
};

describe('what a post waits for', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let gateway: TestGateway;
  let live: TestConnection;

  before(async () => {
    simulator = await startTestSimulator();
    gateway = await openTestGateway(simulator, { noticeMs: 300, ackMs: 5_000 }, { chunkSize: 1 });
    ({ live } = await gateway.link(simulator));
  });
  after(async () => {
    await gateway.stop();
    await simulator.stop();
  });
  afterEach(() => simulator.controls.faults.clear());

  /** Posts to two new contacts, in a part for each; answers what it said that it waited for. */
  async function waitsOf(...faults: readonly Fault[]): Promise<(PublishWait['what'] | null)[]> {
    const people = simulator.addContacts(2).map(({ phoneNumber }): PersonAddress => ({ phoneNumber, lid: null }));
    for (const fault of faults) simulator.controls.faults.add(fault);
    const told: (PublishWait['what'] | null)[] = [];
    const outcome = await live.connection.publishStatus({
      messageId: gateway.gateway.newMessageId(null),
      content,
      recipients: people,
      onWaiting: (wait) => told.push(wait && wait.what),
    });
    assert.equal(outcome.result, 'acknowledged');
    return told;
  }

  for (const [what, fault, expected] of [
    ['the addresses', { on: 'query', xmlns: 'usync', delayMs: 1_000 }, 'lookup'],
    ['the keys', { on: 'query', xmlns: 'encrypt', child: 'key', delayMs: 1_000 }, 'lookup'],
    ['the confirmation', { on: 'message', ackDelayMs: 1_000, times: 1 }, 'ack'],
  ] as const satisfies readonly (readonly [string, Fault, PublishWait['what']])[]) {
    it(`is ${what} when WhatsApp is slow to give them, until it goes on`, async () => {
      const told = await waitsOf(fault);
      assert.ok(told.includes(expected), JSON.stringify(told));
      assert.equal(told.at(-1), null);
    });
  }
});
