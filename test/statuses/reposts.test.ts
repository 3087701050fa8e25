import assert from 'node:assert/strict';
import sharp from 'sharp';
import type { Success } from '../../server/contract/envelope.js';
import type { Failure } from '../../server/contract/errors.js';
import type { Status } from '../../server/contract/statuses.js';
import { makeKey } from '../support/principals.js';
import { opened, post, upload } from '../support/media-journey.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi, linkAccount } from '../support/link-account.js';

describe('a past status posted again', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let contact: string;
  let other: string;

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    await linkAccount(server, simulator);
    [contact = '', other = ''] = simulator.addContacts(2).map(({ phoneNumber }) => phoneNumber);
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const send = async (body: object): Promise<Status> => {
    const whole = { type: 'text', ...body };
    const options = { body: whole, expected: 202, headers: { prefer: 'wait=30' } };
    const { data } = await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options);
    assert.equal(data.state, 'sent', JSON.stringify(data.error));
    return data;
  };
  const of = (status: Status): string => `/sessions/acc1/statuses/${status.id}/repost`;
  const repost = async (status: Status, body?: object, headers: Record<string, string> = {}): Promise<Status> => {
    const options = { body, expected: 202, headers: { prefer: 'wait=30', ...headers } };
    const { data } = await callApi<Success<Status>>(server, 'POST', of(status), options);
    await simulator.drain();
    return data;
  };
  const refused = (status: Status, body?: object): Promise<Failure> =>
    callApi<Failure>(server, 'POST', of(status), { body, expected: 409 });
  const storiesWith = (phone: string, text: string) => simulator.statuses(phone).filter((story) => story.text === text);

  it('comes to the same people as a new story in the same look, once for each idempotency key', async () => {
    const style = { backgroundColor: '#1F6F5C', textColor: '#FFFFFF', font: 'calistoga' };
    const status = await send({ content: 'again', style, targetNumbers: [contact] });
    const headers = { 'idempotency-key': 'again-1' };
    const repeated = await repost(status, undefined, headers);
    assert.equal((await repost(status, undefined, headers)).id, repeated.id);
    assert.equal(repeated.state, 'sent', JSON.stringify(repeated.error));
    assert.notEqual(repeated.id, status.id);
    assert.notEqual(repeated.messageId, status.messageId);
    assert.deepEqual([repeated.content, repeated.style, repeated.counts.targeted], ['again', style, 1]);
    assert.deepEqual([status.plan.repostOf, repeated.plan.repostOf], [null, status.id]);
    const stories = storiesWith(contact, 'again');
    assert.deepEqual(
      stories.map(({ id }) => id),
      [status.messageId, repeated.messageId],
    );
    const [first, second] = stories.map(({ type, backgroundArgb, textArgb, font, warnings }) => ({
      type,
      backgroundArgb,
      textArgb,
      font,
      warnings,
    }));
    assert.deepEqual(second, first);
    assert.deepEqual([second?.backgroundArgb, second?.warnings], [0xff1f6f5c, []]);
    assert.deepEqual(simulator.refusedRules(), []);
  });

  it('shows the same picture, and says so when its file is gone', async () => {
    const picture = await sharp({ create: { width: 300, height: 200, channels: 3, background: '#3366cc' } })
      .jpeg()
      .toBuffer();
    const file = await upload(server, 'image', picture);
    const body = { type: 'image', content: file.filename, caption: 'Bread' };
    const { status, report } = await post(server, simulator, contact, body);
    const repeated = await repost(status);
    assert.equal(repeated.state, 'sent', JSON.stringify(repeated.error));
    assert.deepEqual(repeated.media, status.media);
    const arrived = await opened(simulator, contact, repeated.messageId);
    assert.deepEqual([arrived.story.type, arrived.story.text, arrived.report.problems], ['image', 'Bread', []]);
    assert.deepEqual(arrived.report.facts, report.facts);
    await server.request.delete(`${file.url}?force=true`).expect(204);
    const { code, error } = await refused(status);
    assert.equal(code, 'conflict');
    assert.match(error, /file of this status was deleted/);
  });

  it('is for those who are on the list now, without those who were left out by number', async () => {
    const list = { body: { name: 'Regulars' }, expected: 201 };
    const { data } = await callApi<Success<{ id: string }>>(server, 'POST', '/audiences', list);
    const out = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    const add = (...numbers: string[]) =>
      callApi(server, 'POST', `/audiences/${data.id}/members`, {
        body: { members: numbers.map((phoneNumber) => ({ phoneNumber })) },
      });
    await add(contact, out);
    const audience = { kind: 'list', listId: data.id, except: { numbers: [out] } };
    const status = await send({ content: 'for regulars', audience });
    await add(other);
    const repeated = await repost(status);
    assert.deepEqual([status.counts.targeted, repeated.counts.targeted], [1, 2]);
    const received = [contact, other, out].map((phone) => storiesWith(phone, 'for regulars').length);
    assert.deepEqual(received, [2, 1, 0]);
  });

  it('can be for others and for later, and is not posted again before it is out', async () => {
    const status = await send({ content: 'elsewhere', targetNumbers: [contact] });
    await repost(status, { targetNumbers: other });
    assert.deepEqual([storiesWith(contact, 'elsewhere').length, storiesWith(other, 'elsewhere').length], [1, 1]);
    const scheduledAt = new Date(Date.now() + 60 * 60_000).toISOString();
    const planned = await repost(status, { scheduledAt, timeZone: 'Europe/Berlin' });
    assert.deepEqual([planned.state, planned.scheduledAt, planned.counts.targeted], ['scheduled', scheduledAt, 1]);
    assert.match((await refused(planned)).error, /still to be posted/);
    await callApi(server, 'POST', of(status), { body: { content: 'new' }, expected: 400 });
    await callApi(server, 'POST', of(status), {
      body: { targetNumbers: '', audience: { kind: 'self' } },
      expected: 400,
    });
  });

  it('is nothing that another organization knows of', async () => {
    const status = await send({ content: 'ours', targetNumbers: [contact] });
    await server.request.post('/api/organizations').send({ id: 'globex', name: 'globex' }).expect(201);
    const { apiKey } = await makeKey(server, { organizationId: 'globex' });
    await server.anonymous
      .post(`/api${of(status)}`)
      .set('x-api-key', apiKey)
      .expect(404);
    await simulator.drain();
    assert.equal(storiesWith(contact, 'ours').length, 1);
  });
});
