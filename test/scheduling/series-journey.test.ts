import assert from 'node:assert/strict';
import sharp from 'sharp';
import type { Success } from '../../server/contract/envelope.js';
import type { Failure } from '../../server/contract/errors.js';
import type { Series } from '../../server/contract/planning/series.js';
import type { Status } from '../../server/contract/statuses.js';
import { upload } from '../support/media-journey.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi, linkAccount } from '../support/link-account.js';

describe('a series that a caller makes', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let contact: string;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    await linkAccount(server, simulator);
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const path = '/sessions/acc1/series';
  const create = async (items: object[], body: object = {}, headers: Record<string, string> = {}): Promise<Series> => {
    const whole = { items, targetNumbers: [contact], ...body };
    return (await callApi<Success<Series>>(server, 'POST', path, { body: whole, expected: 202, headers })).data;
  };
  const comesTo = (series: Series, states: Record<string, number>): Promise<Series> =>
    eventually(
      async () => {
        const { data } = await callApi<Success<Series>>(server, 'GET', `${path}/${series.id}`);
        assert.deepEqual(data.states, states);
        return data;
      },
      { timeoutMs: 15_000, what: 'the series to get there' },
    );
  const total = async (): Promise<number> =>
    (await callApi<{ meta: { total: number } }>(server, 'GET', '/statuses')).meta.total;

  it('arrives in its order, once for each idempotency key, with its variables filled in', async () => {
    const picture = await sharp({ create: { width: 90, height: 160, channels: 3, background: 'teal' } })
      .jpeg()
      .toBuffer();
    const { filename } = await upload(server, 'image', picture);
    const items = [
      { type: 'text', content: 'One, {{account}}', style: { backgroundColor: '#1F6F5C' } },
      { type: 'image', content: filename, caption: 'Two: {{price}}' },
      { type: 'text', content: 'Three' },
    ];
    const headers = { 'idempotency-key': 'series-1' };
    const series = await create(items, { variables: { price: '€ 5' } }, headers);
    assert.equal((await create(items, { variables: { price: '€ 5' } }, headers)).id, series.id);
    assert.deepEqual([series.state, series.states, series.counts.targeted], ['queued', { queued: 3 }, 3]);
    assert.deepEqual(
      series.statuses.map(({ plan }) => plan.series),
      [0, 1, 2].map((position) => ({ id: series.id, position })),
    );
    const sent = await comesTo(series, { sent: 3 });
    assert.deepEqual([sent.state, sent.counts.included], ['sent', 3]);
    await simulator.drain();
    const stories = simulator.statuses(contact);
    assert.deepEqual(
      stories.map(({ id, text, warnings }) => [id, text, warnings]),
      ['One, Shop', 'Two: € 5', 'Three'].map((text, index) => [series.statuses[index]?.messageId, text, []]),
    );
    assert.deepEqual(simulator.refusedRules(), []);
  });

  it('stops where one of it fails, and says so to whoever waited', async () => {
    simulator.controls.faults.add({ on: 'message', error: '463', onlyStatuses: true });
    try {
      const items = ['refused', 'never'].map((content) => ({ type: 'text', content }));
      const headers = { prefer: 'wait=30' };
      const options = { body: { items, targetNumbers: [contact] }, expected: 502, headers };
      const { code, error, details } = await callApi<Failure>(server, 'POST', path, options);
      assert.equal(code, 'whatsapp_error');
      assert.match(error, /^Post 1 of the series: WhatsApp/);
      const { state, statuses } = details?.['series'] as Series;
      assert.deepEqual([state, statuses.map((one) => one.error?.code)], ['failed', ['463', 'series_stopped']]);
    } finally {
      simulator.controls.faults.clear();
    }
  });

  it('is canceled as a whole as long as it is planned, and its parts are not posted', async () => {
    const scheduledAt = new Date(Date.now() + 60 * 60_000).toISOString();
    const items = ['later', 'and later'].map((content) => ({ type: 'text', content }));
    const series = await create(items, { scheduledAt, timeZone: 'Asia/Kolkata' });
    assert.deepEqual([series.state, series.scheduledAt], ['scheduled', scheduledAt]);
    const { data } = await callApi<Success<Series>>(server, 'DELETE', `${path}/${series.id}`);
    assert.deepEqual([data.state, data.states], ['canceled', { canceled: 2 }]);
    await callApi(server, 'DELETE', `${path}/${series.id}`);
    await callApi(server, 'GET', `${path}/01J9ZX8K2QHV0M3T6R7P4N5W8H`, { expected: 404 });
  });

  it('is accepted as a whole or not at all, and says what is wrong with which post', async () => {
    const before = await total();
    const good = { type: 'text', content: 'good' };
    const refused: [object, number, RegExp][] = [
      [{ items: [good] }, 400, /at least two/],
      [{ items: Array.from({ length: 31 }, () => good) }, 400, /at most 30/],
      [{ items: [good, { ...good, audience: { kind: 'self' } }] }, 400, /"items.1[^"]*":/],
      [{ items: [good, { type: 'text', content: 'a'.repeat(701) }] }, 400, /"items.1.content":/],
      [{ items: [good, { type: 'image', content: '1700000000-0123456789abcdef.jpg' }] }, 404, /Post 2 of the series/],
      [{ items: [good, { ...good, content: '{{x}}' }], variables: {} }, 400, /no value for {{x}}/],
      [
        { items: [good, { ...good, content: '{{x}}{{x}}' }], variables: { x: 'a'.repeat(400) } },
        400,
        /"items.1.content":/,
      ],
      [{ items: [good, good], targetNumbers: '', audience: { kind: 'self' } }, 400, /not both/],
    ];
    for (const [body, expected, sentence] of refused) {
      const whole = { targetNumbers: [contact], ...body };
      const failure = await callApi<Failure>(server, 'POST', path, { body: whole, expected });
      assert.match(JSON.stringify(failure), sentence);
    }
    assert.equal(await total(), before);
    const { data } = await callApi<Success<Status[]>>(server, 'GET', '/statuses?state=queued');
    assert.deepEqual(data, []);
  });
});
