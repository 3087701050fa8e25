import assert from 'node:assert/strict';
import EventEmitter, { getEventListeners, setMaxListeners } from 'node:events';
import type { PublishOutcome, RecipientResult, StatusContent } from '../../server/whatsapp/gateway.js';
import { MessageAcks } from '../../server/whatsapp/publishing/message-ack.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { openTestGateway, type TestConnection, type TestGateway } from './open-gateway.js';

const style = { backgroundColor: '#1F6F5C', textColor: '#FFFFFF', font: 7 };
const content: StatusContent = { type: 'text', text: 'Fresh bread at 7', ...style };

describe('a post whose acks come late', function () {
  this.timeout(30_000);
  let simulator: TestSimulator;
  let gateway: TestGateway;
  let live: TestConnection;
  beforeEach(async () => {
    simulator = await startTestSimulator();
    gateway = await openTestGateway(simulator, { ackMs: 500 }, { chunkSize: 4 });
    ({ live } = await gateway.link(simulator));
  });
  afterEach(async () => {
    await gateway.stop();
    await simulator.stop();
  });

  const contacts = (count: number) =>
    simulator.addContacts(count).map(({ phoneNumber }) => ({ phoneNumber, lid: null }));
  const fault = (how: { ackDelayMs?: number; dropAck?: boolean }) =>
    simulator.controls.faults.add({ on: 'message', onlyStatuses: true, times: 1, ...how });

  async function post(
    recipients: { phoneNumber: string; lid: null }[],
    { messageId = gateway.gateway.newMessageId(null), resumed = false } = {},
  ): Promise<{ messageId: string; outcome: PublishOutcome; told: RecipientResult[] }> {
    const told: RecipientResult[] = [];
    const outcome = await live.connection.publishStatus({
      messageId,
      content,
      recipients,
      resumed,
      onChunk: (chunk) => Promise.resolve(void told.push(...chunk.recipients)),
    });
    return { messageId, outcome, told };
  }
  const copies = (phoneNumber: string, messageId: string) =>
    simulator.statuses(phoneNumber).filter(({ id }) => id === messageId).length;

  it('does not call the last part sent because the first one’s ack came in its time', async () => {
    const people = contacts(4);
    // The first part’s ack is late, its repetition is acknowledged, and that of the rest never comes.
    fault({ ackDelayMs: 800 });
    for (const how of [{ ackDelayMs: 1 }, { dropAck: true }]) fault(how);
    const { outcome, told } = await post(people);
    assert.equal(outcome.result, 'partly_sent', JSON.stringify(outcome));
    assert.deepEqual(outcome.rest, { result: 'unconfirmed', connectionLost: false });
    assert.equal(told.length, 3);
  });

  it('goes on by itself once the late ack has come', async () => {
    const people = contacts(6);
    fault({ ackDelayMs: 800 });
    const { outcome, told, messageId } = await post(people);
    assert.equal(outcome.result, 'acknowledged', JSON.stringify(outcome));
    assert.equal(told.length, 6);
    await simulator.drain();
    assert.deepEqual(
      people.map(({ phoneNumber }) => copies(phoneNumber, messageId)),
      [1, 1, 1, 1, 1, 1],
    );
  });

  it('leaves nobody out of what may have reached them, until all of that part is acknowledged', async () => {
    fault({ ackDelayMs: 800 });
    const recipients = contacts(6);
    const asked: number[][] = [];
    const outcome = await live.connection.publishStatus({
      messageId: gateway.gateway.newMessageId(null),
      content,
      recipients,
      leftOut: (some) => {
        asked.push(some.map(({ person }) => recipients.findIndex((one) => one === person)));
        // Once the first part has left, nobody may have it any more.
        return Promise.resolve(new Set(asked.length > 2 ? some.map(({ person }) => person) : []));
      },
    });
    assert.equal(outcome.result, 'acknowledged');
    assert.deepEqual(asked, [
      [0, 1, 2, 3, 4, 5],
      [0, 1, 2, 3],
      [4, 5],
    ]);
    assert.deepEqual(
      outcome.recipients.map(({ person, outcome: become }) => [recipients.findIndex((one) => one === person), become]),
      [0, 1, 2, 3].map((index) => [index, 'included']),
    );
  });

  it('is not repeated for somebody who was left out of it', async () => {
    fault({ ackDelayMs: 800 });
    const recipients = contacts(4);
    const messageId = gateway.gateway.newMessageId(null);
    let asked = 0;
    const outcome = await live.connection.publishStatus({
      messageId,
      content,
      recipients,
      leftOut: (some) => {
        asked += 1;
        const [, ben = assert.fail()] = some.map(({ person }) => person);
        return Promise.resolve(new Set(asked === 2 ? [ben] : []));
      },
    });
    assert.equal(outcome.result, 'acknowledged');
    await simulator.drain();
    assert.deepEqual(
      recipients.map(({ phoneNumber }) => copies(phoneNumber, messageId)),
      [1, 0, 1, 1],
    );
    assert.equal(outcome.recipients.length, 3);
  });

  it('goes on over a new connection when an ack never comes', async () => {
    const people = contacts(6);
    fault({ dropAck: true });
    const first = await post(people);
    assert.equal(first.outcome.result, 'partly_sent', JSON.stringify(first.outcome));
    assert.deepEqual(first.outcome.rest, { result: 'unconfirmed', connectionLost: true });
    assert.equal((await live.event('closed')).action, 'reconnect');

    live = gateway.open();
    await live.event('open');
    const { messageId } = first;
    const rest = people.slice(first.told.length);
    assert.ok(rest.length > 0);
    const second = await post(rest, { messageId, resumed: true });
    assert.equal(second.outcome.result, 'acknowledged');
    await simulator.drain();
    assert.deepEqual(
      people.map(({ phoneNumber }) => copies(phoneNumber, messageId)),
      [1, 1, 1, 1, 1, 1],
    );
  });
});

describe('counting acks', () => {
  const ack = (id: string) => ({ tag: 'ack', attrs: { id, class: 'message' } });

  function open() {
    const ws = new EventEmitter();
    const ended = new AbortController();
    setMaxListeners(0, ended.signal);
    const acks = new MessageAcks({ ws }, ended.signal);
    const arrive = (id: string) => ws.emit(`CB:ack,id:${id}`, ack(id));
    const listeners = (): number => ws.eventNames().length;
    const waits = (): number => getEventListeners(ended.signal, 'abort').length;
    return { acks, arrive, ended, ws, listeners, waits };
  }

  it('leaves no listener behind', async () => {
    const { acks, arrive, listeners, waits } = open();
    const answer = acks.wait('A', 1_000);
    arrive('A');
    assert.equal((await answer)?.attrs['id'], 'A');
    assert.equal(await acks.wait('A', 1), undefined);
    assert.equal(await acks.settled('A', 1), false);
    assert.deepEqual([listeners(), waits()], [1, 0]);
    arrive('A');
    assert.equal(listeners(), 0);
  });

  it('takes no ack of another class for that of the message, though it has the id', async () => {
    const { acks, arrive, ws } = open();
    const answer = acks.wait('A', 60_000);
    ws.emit('CB:ack,id:A', { tag: 'ack', attrs: { id: 'A', class: 'receipt', error: '500' } });
    ws.emit('CB:ack,id:A', { tag: 'ack', attrs: { id: 'A' } });
    arrive('A');
    assert.deepEqual((await answer)?.attrs, { id: 'A', class: 'message' });
    assert.equal(await acks.wait('A', 1), undefined);
    ws.emit('CB:ack,id:A', { tag: 'ack', attrs: { id: 'A', class: 'receipt' } });
    assert.equal(await acks.settled('A', 1), false, 'it is overdue still');
  });

  it('is settled only when as many acks came as messages left', async () => {
    const { acks, arrive } = open();
    assert.equal(await acks.wait('A', 1), undefined);
    const second = acks.wait('A', 1_000);
    arrive('A');
    await second;
    assert.equal(await acks.settled('A', 1), false);
    const settled = acks.settled('A', 3_600_000);
    arrive('A');
    assert.equal(await settled, true);
    assert.equal(await acks.settled('B', 1), true);
  });

  it('forgets the oldest of very many', async () => {
    const { acks, listeners } = open();
    await Promise.all(Array.from({ length: 1_200 }, (_, index) => acks.wait(`M${String(index)}`, 1)));
    assert.equal(listeners(), 1_000);
  });

  it('ends with its socket', async () => {
    const { acks, ended } = open();
    const answer = acks.wait('A', 60_000);
    ended.abort();
    assert.equal(await answer, undefined);
    assert.equal(await acks.settled('A', 1), true);
    assert.equal(await acks.wait('B', 3_600_000), undefined);
  });

  it('ends the wait for what is overdue with its socket', async () => {
    const { acks, ended, waits } = open();
    assert.equal(await acks.wait('A', 1), undefined);
    const settled = acks.settled('A', 3_600_000);
    ended.abort();
    assert.equal(await settled, false);
    assert.equal(waits(), 0);
  });

  it('gives each message its own, whichever comes first', async () => {
    const { acks, arrive } = open();
    const [first, second] = [acks.wait('A', 3_600_000), acks.wait('B', 3_600_000)];
    arrive('B');
    arrive('A');
    assert.deepEqual([(await first)?.attrs['id'], (await second)?.attrs['id']], ['A', 'B']);
  });
});
