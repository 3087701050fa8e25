import assert from 'node:assert/strict';
import { createLogger } from '../../server/lib/logger.js';
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
  let logged = '';

  before(async () => {
    simulator = await startTestSimulator();
    const logger = createLogger({ logLevel: 'info' }, { write: (line) => (logged += line) });
    gateway = await openTestGateway(simulator, { noticeMs: 300, ackMs: 5_000 }, { chunkSize: 1 }, {}, logger);
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

  it('is whom the phone shows statuses to, for posts that go by it alone, and until the connection closes', async () => {
    await live.connection.close();
    simulator.controls.faults.add({ on: 'query', xmlns: 'status', child: 'privacy', unanswered: true });
    live = gateway.open();
    await live.event('open');
    const asked: string[] = [];
    const post = (storyPrivacy: 'apply' | 'ignore') => {
      const [person] = simulator.addContacts(1);
      return live.connection.publishStatus({
        messageId: gateway.gateway.newMessageId(null),
        content,
        recipients: [{ phoneNumber: person?.phoneNumber ?? '', lid: null }],
        storyPrivacy,
        leftOut: () => {
          asked.push(storyPrivacy);
          return Promise.resolve(new Set());
        },
      });
    };
    const applying = post('apply');
    const ignoring = await post('ignore');
    assert.deepEqual([ignoring.result, new Set(asked)], ['acknowledged', new Set(['ignore'])]);
    const before = logged;
    await live.connection.close();
    const { result, connectionLost } = { connectionLost: undefined, ...(await applying) };
    assert.deepEqual([result, connectionLost, asked.includes('apply')], ['not_sent', true, false]);
    assert.equal(logged, before);
  });
});
