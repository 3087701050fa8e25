import assert from 'node:assert/strict';
import { io, type Socket } from 'socket.io-client';
import type { ClicksOfStatus, LinkTracking } from '../../server/contract/clicks.js';
import type { Success } from '../../server/contract/envelope.js';
import type { Failure } from '../../server/contract/errors.js';
import type { EventPayload } from '../../server/contract/events.js';
import type { Broadcast } from '../../server/contract/planning/broadcasts.js';
import type { Series } from '../../server/contract/planning/series.js';
import type { Status } from '../../server/contract/statuses.js';
import { eventually } from '../support/eventually.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const publicUrl = 'https://cast.example/below';
const iphone =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';

describe('clicks on the links of a status, from the phone to the count', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let client: Socket;
  const updates: EventPayload<'status-clicks-update'>[] = [];

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, env: { PUBLIC_URL: publicUrl } });
    await linkAccount(server, simulator);
    client = io(server.url, { auth: { apiKey: server.apiKey }, transports: ['websocket'], forceNew: true });
    client.on('status-clicks-update', (update: EventPayload<'status-clicks-update'>) => updates.push(update));
    await new Promise<void>((resolve, reject) => {
      client.once('connect', resolve);
      client.once('connect_error', reject);
    });
  });
  after(async () => {
    client.disconnect();
    await server.stop();
    await simulator.stop();
  });

  async function post(body: object): Promise<{ status: Status; text: string }> {
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    const options = {
      body: { targetNumbers: [contact.phoneNumber], ...body },
      expected: 202,
      headers: { prefer: 'wait=30' },
    };
    const { data } = await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options);
    assert.equal(data.state, 'sent', JSON.stringify(data.error));
    const [story] = simulator.statuses(contact.phoneNumber);
    return { status: data, text: story?.text ?? '' };
  }
  const clicksOf = async (id: string) =>
    (await callApi<Success<ClicksOfStatus>>(server, 'GET', `/sessions/acc1/statuses/${id}/links`)).data;

  /** As a phone does, but that the name of the public address leads to this server. */
  const open = (address: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(address.replace('https://cast.example', server.url), {
      method,
      redirect: 'manual',
      headers: { 'user-agent': iphone, ...headers },
    });

  it('sends whoever taps on, and counts them once', async () => {
    const offer = 'https://müller.example:8443/a%20b?x&y=#top';
    const { status, text } = await post({
      type: 'text',
      content: `Fresh bread: ${offer}, also www.bread.de.`,
      trackLinks: true,
      utm: { source: 'whatsapp', campaign: 'day-{{status}}' },
    });
    const [first, second] = status.links;
    assert.ok(first && second);
    assert.equal(status.content, `Fresh bread: ${offer}, also www.bread.de.`);
    assert.equal(text, `Fresh bread: ${first.shown}, also ${second.shown}.`);
    assert.match(first.shown, /^https:\/\/cast\.example\/below\/l\/\w{12}$/);
    const utm = `utm_source=whatsapp&utm_campaign=day-${status.id}`;
    assert.deepEqual(
      [first.url, first.target, second.url, second.target],
      [
        offer,
        `https://müller.example:8443/a%20b?x&y=&${utm}#top`,
        'https://www.bread.de',
        `https://www.bread.de?${utm}`,
      ],
    );

    const answer = await open(first.shown);
    assert.equal(answer.status, 302);
    assert.equal(
      answer.headers.get('location'),
      `https://xn--mller-kva.example:8443/a%20b?x&y=&${utm}#top`,
      'as every browser reads the address',
    );
    assert.deepEqual(
      ['cache-control', 'referrer-policy', 'set-cookie'].map((name) => answer.headers.get(name)),
      ['no-store', 'no-referrer', null],
    );
    await open(first.shown);
    await open(second.shown);
    await open(second.shown, { 'user-agent': `${iphone} another` });
    await eventually(
      async () => {
        const { clicked, items, hours } = await clicksOf(status.id);
        assert.deepEqual([clicked, ...items.map(({ clicks, visitors }) => [clicks, visitors])], [2, [2, 1], [2, 2]]);
        assert.deepEqual(
          [hours.reduce((sum, { clicks }) => sum + clicks, 0), hours.reduce((sum, { clicked: one }) => sum + one, 0)],
          [4, 2],
        );
      },
      { what: 'four clicks of two people' },
    );
    const { data } = await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${status.id}`);
    assert.equal(data.counts.clicked, 2);
    const told = await eventually(() => updates.findLast(({ statusId }) => statusId === status.id), { what: 'live' });
    assert.equal(told?.counts.clicked, 2);
  });

  it('sends robots, looks ahead and HEAD on as well, and does not count them', async () => {
    const { status, text } = await post({
      type: 'url',
      content: 'https://bread.example/offer',
      caption: 'Look',
      trackLinks: true,
    });
    const [link] = status.links;
    assert.ok(link);
    assert.equal(text, `Look\n${link.shown}`);
    const visits: [Record<string, string>, string?][] = [
      [{ 'user-agent': 'WhatsApp/2.23.20.0' }],
      [{ 'user-agent': 'facebookexternalhit/1.1' }],
      [{ 'user-agent': '' }],
      [{ 'sec-purpose': 'prefetch;prerender' }],
      [{ purpose: 'prefetch' }],
      [{ 'sec-fetch-dest': 'image' }],
      [{}, 'HEAD'],
    ];
    for (const [headers, method] of visits) {
      const answer = await open(link.shown, headers, method);
      assert.equal(answer.headers.get('location'), 'https://bread.example/offer', JSON.stringify(headers));
    }
    await open(link.shown, { 'sec-fetch-dest': 'document' });
    await eventually(async () => assert.equal((await clicksOf(status.id)).clicked, 1), { what: 'the person' });
    assert.deepEqual(
      (await clicksOf(status.id)).items.map(({ clicks }) => clicks),
      [1],
    );
  });

  it('has a code of its own when it is posted again, and ends when it is taken back', async () => {
    const { status } = await post({ type: 'text', content: 'https://bread.example/offer', trackLinks: true });
    const [link] = status.links;
    assert.ok(link);
    const { data: again } = await callApi<Success<Status>>(
      server,
      'POST',
      `/sessions/acc1/statuses/${status.id}/repost`,
      {
        body: {},
        expected: 202,
        headers: { prefer: 'wait=30' },
      },
    );
    assert.equal(again.trackLinks, true);
    assert.notEqual(again.links[0]?.shown, link.shown);
    await callApi(server, 'DELETE', `/sessions/acc1/statuses/${status.id}`, { headers: { prefer: 'wait=30' } });
    assert.equal((await open(link.shown)).status, 410);
    assert.equal((await open(again.links[0]?.shown ?? '')).status, 302);
  });

  it('are the newer ones when a planned post is changed, and nobody but its author is counted before it leaves', async () => {
    const planned = await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', {
      body: {
        type: 'text',
        content: 'https://bread.example/old',
        trackLinks: true,
        utm: { medium: 'status' },
        scheduledAt: new Date(Date.now() + 3_600_000).toISOString(),
      },
      expected: 202,
    });
    const before = planned.data.links[0];
    assert.ok(before);
    const changed = await callApi<Success<Status>>(server, 'PATCH', `/sessions/acc1/statuses/${planned.data.id}`, {
      body: { content: 'By now: https://bread.example/new' },
    });
    const [link] = changed.data.links;
    assert.equal(link?.target, 'https://bread.example/new?utm_medium=status');
    assert.equal((await open(before.shown)).status, 404);
    assert.equal((await open(link.shown)).status, 302);
    await server.app.drain();
    assert.deepEqual(
      (await clicksOf(planned.data.id)).items.map(({ clicks }) => clicks),
      [0],
    );
  });

  it('are counted of series and broadcasts too, kept in templates and drafts, and refused before anything is kept', async () => {
    const { data: tracking } = await callApi<Success<LinkTracking>>(server, 'GET', '/link-tracking');
    assert.deepEqual(tracking, { isPossible: true, reason: null, byDefault: false, utm: null });
    const audience = { kind: 'self' };
    const links = { trackLinks: true, utm: { source: 'w' } };
    const content = 'https://bread.example';
    const waiting = { expected: 202, headers: { prefer: 'wait=30' } };
    const items = [content, 'and no link'].map((text) => ({ type: 'text', content: text }));
    const series = await callApi<Success<Series>>(server, 'POST', '/sessions/acc1/series', {
      body: { items, audience, ...links },
      ...waiting,
    });
    assert.deepEqual(
      series.data.statuses.map((status) => status.links.map(({ target }) => target)),
      [['https://bread.example?utm_source=w'], []],
    );
    const of = { type: 'text', audience, sessionIds: ['acc1'], ...links };
    const broadcast = await callApi<Success<Broadcast>>(server, 'POST', '/broadcasts', {
      body: { ...of, content },
      ...waiting,
    });
    const [{ statusId } = { statusId: null }] = broadcast.data.accounts;
    assert.deepEqual(
      (await clicksOf(statusId ?? '')).items.map(({ target }) => target),
      ['https://bread.example?utm_source=w'],
    );

    const refused = { expected: 400 };
    const status = { type: 'text', content: 'none', audience, ...links };
    const rule = { startsAt: '2026-12-24T18:00', timeZone: 'UTC', rule: 'FREQ=DAILY', status };
    for (const [path, body] of [
      ['/broadcasts', { ...of, content: 'none' }],
      ['/sessions/acc1/schedules', rule],
      ['/sessions/acc1/send-status', status],
    ] as const) {
      const { details } = await callApi<Failure>(server, 'POST', path, { body, ...refused });
      assert.deepEqual(Object.keys(details?.['fields'] ?? {}), ['trackLinks'], path);
    }
    for (const [path, name] of [
      ['/templates', { name: 'Linked' }],
      ['/drafts', {}],
    ] as const) {
      const body = { ...name, status: { type: 'text', content, ...links } };
      const kept = await callApi<Success<{ status: object }>>(server, 'POST', path, { body, expected: 201 });
      assert.deepEqual(kept.data.status, body.status);
    }
  });
});
