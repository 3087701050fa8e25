import assert from 'node:assert/strict';
import type { Success } from '../../../server/contract/envelope.js';
import type { Session } from '../../../server/contract/sessions.js';
import { eventually } from '../../support/eventually.js';
import { callApi } from '../../support/link-account.js';
import { FieldAccount } from './field-account.js';

/**
 * Field notes 1.5, in small. Covered elsewhere: acks that come late or never (`whatsapp/late-acks`), a post that a killed
 * server resumes chunk by chunk (`long/killed-while-posting`), 50,000 rows (`audiences/large-import`). A stanza is bounded by
 * STATUS_CHUNK_SIZE: 5,000 people, the most that can be set, with five devices each stay below 9 MB, and a frame takes 16.
 */
describe('in the field: large audiences', function () {
  this.timeout(60_000);
  let account: FieldAccount;
  before(async () => {
    account = await FieldAccount.open({ STATUS_CHUNK_SIZE: '40', STATUS_CHUNK_PAUSE_MS: '0' });
  });
  after(() => account.close());
  afterEach(() => {
    account.simulator.controls.faults.clear();
  });

  const fault = (how: object) => account.simulator.controls.faults.add({ on: 'message', onlyStatuses: true, ...how });
  const reached = (people: readonly string[], status: { messageId: string }) =>
    people.filter((person) => account.seen(person, status).length === 1).length;

  it('one dead contact among many costs nobody else the status, and is not asked for again the same day', async () => {
    const people = account.contacts(60);
    const dead = people[30] ?? '';
    const user = account.simulator.controls.people.person(dead).lid ?? '';
    const refused = { on: 'prekeys', user, code: 406, text: 'not-acceptable' } as const;
    account.simulator.controls.faults.add(refused);
    const first = await account.post(people);
    assert.deepEqual([first.state, first.recipients], ['sent', { reached: 59, leftOut: 1, open: 0 }]);
    assert.equal(reached(people, first), 59);
    // Whoever asks now waits for ever.
    account.simulator.controls.faults.add({ on: 'query', xmlns: 'encrypt', unanswered: true });
    assert.equal((await account.post(people)).recipients.reached, 59);
  });

  it('keys that are refused for a whole group of contacts are asked for in smaller groups', async () => {
    const people = account.contacts(30);
    account.simulator.controls.faults.add({ on: 'query', xmlns: 'encrypt', child: 'key', code: 406, times: 3 });
    const status = await account.post(people);
    assert.deepEqual([status.state, reached(people, status)], ['sent', 30]);
  });

  it('429 on the third part slows the post down instead of ending it', async () => {
    const people = account.contacts(120);
    fault({ ackDelayMs: 1, times: 2 });
    fault({ error: '429', times: 1 });
    const status = await account.post(people);
    assert.deepEqual([status.state, status.error], ['sent', null]);
    assert.deepEqual([status.recipients.reached, reached(people, status)], [120, 120]);
  });

  it('429 for every part ends it as partly sent, pauses the account, and a retry reaches the rest', async () => {
    const people = account.contacts(90);
    fault({ ackDelayMs: 1, times: 1 });
    fault({ error: '429' });
    const status = await account.post(people);
    assert.deepEqual([status.state, status.error?.code], ['sent', 'partly_sent']);
    assert.deepEqual([status.recipients.reached, reached(people, status)], [40, 40]);
    account.simulator.controls.faults.clear();
    const path = '/sessions/acc1';
    await eventually(async () => {
      const { data } = await callApi<Success<Session>>(account.server, 'GET', path);
      assert.equal(data.postingPause?.code, '429');
    });
    await account.resume();
    await callApi(account.server, 'POST', `${path}/statuses/${status.id}/retry`, { expected: 202 });
    await eventually(async () => (await account.read(status)).recipients.open === 0, { timeoutMs: 15_000 });
    await account.simulator.drain();
    assert.equal(reached(people, status), 90);
    assert.ok(people.every((person) => account.seen(person, status)[0]?.copies === 1));
  });
});
