import assert from 'node:assert/strict';
import type { AudienceList } from '../../server/contract/audiences.js';
import type { Success } from '../../server/contract/envelope.js';
import type { Failure } from '../../server/contract/errors.js';
import type { Experiment } from '../../server/contract/planning/experiments.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('an A/B test through the API', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let people: string[];

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    await linkAccount(server, simulator);
    people = simulator.addContacts(7).map((contact) => contact.phoneNumber);
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const path = '/sessions/acc1/experiments';
  const versions = ['Cake is ready', 'Bread is ready'].map((content) => ({ type: 'text', content }));
  const create = async (body: object, headers: Record<string, string> = {}): Promise<Experiment> =>
    (await callApi<Success<Experiment>>(server, 'POST', path, { body: { versions, ...body }, expected: 202, headers }))
      .data;
  const read = async (id: string): Promise<Experiment> =>
    (await callApi<Success<Experiment>>(server, 'GET', `${path}/${id}`)).data;
  const sent = (id: string): Promise<Experiment> =>
    eventually(async () => {
      const experiment = await read(id);
      assert.deepEqual(
        experiment.versions.map(({ status }) => status.state),
        ['sent', 'sent'],
      );
      return experiment;
    });
  const codes = ({ notes }: Experiment) => notes.map(({ code }) => code);
  const viewed = ({ comparisons }: Experiment) => {
    const found = comparisons.find(({ fact }) => fact === 'viewed');
    assert.ok(found);
    return found;
  };

  it('gives everybody one of the versions, once for each idempotency key, and says what they did with each', async () => {
    const headers = { 'idempotency-key': 'experiment-1' };
    const first = await create({ targetNumbers: people }, headers);
    assert.equal((await create({ targetNumbers: people }, headers)).id, first.id);
    assert.deepEqual(
      first.versions.map(({ version, status }) => [
        version,
        status.content,
        status.counts.targeted,
        status.plan.experiment,
      ]),
      [
        ['A', 'Cake is ready', 4, { id: first.id, version: 'A' }],
        ['B', 'Bread is ready', 3, { id: first.id, version: 'B' }],
      ],
    );
    assert.equal(viewed(first).verdict, 'too_early');
    const out = await sent(first.id);
    await simulator.drain();
    const texts = people.map((person) => simulator.statuses(person).map(({ text }) => text));
    assert.ok(
      texts.every((own) => own.length === 1),
      JSON.stringify(texts),
    );
    assert.equal(texts.filter(([text]) => text === 'Cake is ready').length, 4);

    const ofB = people.filter((person) => simulator.statuses(person)[0]?.text === 'Bread is ready');
    for (const person of ofB) simulator.view(person, out.versions[1]?.status.messageId ?? '');
    const found = await eventually(async () => {
      const experiment = await read(first.id);
      assert.equal(viewed(experiment).b.people, 3);
      return experiment;
    });
    const { a, b, difference, interval, verdict, sentence } = viewed(found);
    assert.deepEqual([a, b, difference], [{ people: 0, of: 4, share: 0 }, { people: 3, of: 3, share: 1 }, 1]);
    // Three of three against none of four: even so few people tell it.
    assert.ok(interval && interval.low > 0.2 && interval.low < 0.4, JSON.stringify(interval));
    assert.equal(verdict, 'b');
    assert.match(sentence, /^B was viewed by \d\d to 100 people more of 100 than A\.$/);
    assert.deepEqual(codes(found), ['young', 'lower_bound']);
    const { data } = await callApi<Success<Experiment[]>>(server, 'GET', path);
    assert.deepEqual(
      data.map(({ id }) => id),
      [first.id],
    );
  });

  it('keeps the halves that were drawn, also where it goes out later and the list has grown', async () => {
    const list = (
      await callApi<Success<AudienceList>>(server, 'POST', '/audiences', { body: { name: 'L' }, expected: 201 })
    ).data;
    const add = (numbers: string[]) =>
      callApi(server, 'POST', `/audiences/${list.id}/members`, {
        body: { members: numbers.map((phoneNumber) => ({ phoneNumber })) },
      });
    await add(people.slice(0, 4));
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const audience = { kind: 'list', listId: list.id };
    const planned = await create({ audience, scheduledAt: later, timeZone: 'UTC' });
    await add(people);
    for (const { status } of planned.versions) {
      assert.deepEqual([status.state, status.counts.targeted], ['scheduled', 2]);
      const address = `/sessions/acc1/statuses/${status.id}`;
      const others = await callApi<Failure>(server, 'PATCH', address, {
        body: { targetNumbers: people },
        expected: 409,
      });
      assert.match(others.error, /drawn by lot/);
      await callApi(server, 'PATCH', address, { body: { scheduledAt: new Date().toISOString() } });
    }
    const out = await sent(planned.id);
    assert.deepEqual(
      out.versions.map(({ status }) => status.counts.included),
      [2, 2],
    );
    await simulator.drain();
    const ids = new Set(out.versions.map(({ status }) => status.messageId));
    const got = people.map((person) => simulator.statuses(person).filter(({ id }) => ids.has(id)).length);
    assert.deepEqual(got, [1, 1, 1, 1, 0, 0, 0]);
  });

  it('says what is missing when a version is canceled, or deleted after it was out', async () => {
    const later = new Date(Date.now() + 3_600_000).toISOString();
    const planned = await create({ targetNumbers: people, scheduledAt: later, timeZone: 'UTC' });
    const remove = (experiment: Experiment, at: number) =>
      server.request
        .delete(`/api/sessions/acc1/statuses/${experiment.versions[at]?.status.id ?? ''}`)
        .set('prefer', 'wait=30')
        .expect(200);
    await remove(planned, 0);
    const canceled = await read(planned.id);
    assert.deepEqual(codes(canceled), ['not_out', 'not_out', 'lower_bound']);
    assert.match(canceled.notes[0]?.message ?? '', /Version A was taken back before it went out/);
    const out = await create({ targetNumbers: people });
    await sent(out.id);
    await remove(out, 1);
    const deleted = await read(out.id);
    assert.deepEqual(codes(deleted), ['taken_back', 'young', 'lower_bound']);
    assert.match(deleted.notes[0]?.message ?? '', /Version B was deleted/);
    const idsOf = ({ id, versions: of }: Experiment) => [id, ...of.map(({ status }) => status.id)];
    const { data } = await callApi<Success<Experiment[]>>(server, 'GET', `${path}?limit=2`);
    assert.deepEqual(data.map(idsOf), [out, planned].map(idsOf), 'each with its own versions, newest first');
  });

  it('is refused as a whole where one version is wrong, or there are not two people', async () => {
    const before = (await callApi<{ meta: { total: number } }>(server, 'GET', '/statuses')).meta.total;
    const refuse = async (body: object): Promise<Failure> =>
      (
        await server.request
          .post(`/api${path}`)
          .send({ versions, targetNumbers: people, ...body })
          .expect(400)
      ).body as Failure;
    assert.match((await refuse({ targetNumbers: people.slice(0, 1) })).error, /at least two people/);
    assert.match((await refuse({ targetNumbers: [] })).error, /at least two people/);
    const missing = { type: 'text', content: 'For {{nobody}}' };
    assert.match((await refuse({ versions: [versions[0], missing], variables: { other: 'x' } })).error, /nobody/);
    await refuse({ versions: [...versions, versions[0]] });
    assert.equal((await callApi<{ meta: { total: number } }>(server, 'GET', '/statuses')).meta.total, before);
  });
});
