import assert from 'node:assert/strict';
import path from 'node:path';
import type { Success } from '../../server/contract/envelope.js';
import type { AudiencePreview } from '../../server/contract/audiences.js';
import type { StoryPrivacy } from '../../server/contract/contacts.js';
import type { Session } from '../../server/contract/sessions.js';
import type { Status } from '../../server/contract/statuses.js';
import { openDatabase } from '../../server/db/database.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi, linkAccount, postAndWait, waitUntilConnected } from '../support/link-account.js';

describe('what is missing of a post, or waits, is said in words', function () {
  this.timeout(90_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let own: { phoneNumber: string; lid: string | null };

  before(async () => {
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    own = await linkAccount(server, simulator);
    // The phone's first messages began a session, by which it can be given the key. Without it, keys have to be asked for.
    const unacknowledged = (): number => simulator.controls.linking.accounts()[0]?.devices[0]?.unacknowledged ?? -1;
    await eventually(() => assert.equal(unacknowledged(), 0), { what: 'what the phone sent to have arrived' });
    await server.stop({ keepData: true });
    const db = await openDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    await db('auth_keys').where({ kind: 'session' }).delete();
    await db.destroy();
    server = await startTestServer({ simulator, dataDir: server.dataDir });
    await waitUntilConnected(server, 'acc1');
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });
  afterEach(() => simulator.controls.faults.clear());

  function newContact(): string {
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    return contact.phoneNumber;
  }
  const send = async (body: object, wait = 30): Promise<Status> => {
    return postAndWait(server, { type: 'text', content: 'hi', ...body }, { waitSeconds: wait });
  };
  const read = async ({ id }: Status): Promise<Status> =>
    (await callApi<Success<Status>>(server, 'GET', `/sessions/acc1/statuses/${id}`)).data;

  it('a post that the own phone has no keys for says so until a post reaches it', async () => {
    const contact = newContact();
    const fault = { on: 'prekeys', user: own.phoneNumber, device: 0, code: 406, text: 'not-acceptable' } as const;
    simulator.controls.faults.add(fault);
    for (const post of ['first', 'second']) {
      const status = await send({ targetNumbers: [contact] });
      assert.deepEqual([status.state, status.note?.code], ['sent', 'own_phone_missing'], post);
      assert.match(status.note?.message ?? '', /missing under “My status”/);
      await simulator.drain();
      assert.equal(
        simulator.statuses(contact).some(({ id }) => id === status.messageId),
        true,
      );
      assert.equal(
        simulator.statuses(own.phoneNumber).some(({ id }) => id === status.messageId),
        false,
      );
    }
    const alone = await send({});
    assert.deepEqual([alone.state, alone.error?.code], ['failed', 'own_phone_missing']);

    simulator.controls.faults.clear();
    const whole = await send({ targetNumbers: [contact] });
    assert.deepEqual([whole.state, whole.note], ['sent', null]);
    await simulator.drain();
    assert.equal(
      simulator.statuses(own.phoneNumber).some(({ id }) => id === whole.messageId),
      true,
    );
  });

  it('a post on its way says after some seconds that no confirmation comes, and no more when it goes on', async () => {
    simulator.controls.faults.add({ on: 'message', ackDelayMs: 7_000, times: 1 });
    const status = await send({ targetNumbers: [newContact()] }, 1);
    assert.equal(status.state, 'sending');
    await eventually(
      async () => {
        const now = await read(status);
        assert.equal(now.waitingReason?.code, 'waiting_for_whatsapp', now.state);
        assert.match(now.waitingReason.message, /has not confirmed it yet/);
        assert.notEqual(now.waitingUntil, null);
      },
      { what: 'the reason', timeoutMs: 9_000 },
    );
    await eventually(
      async () => {
        const now = await read(status);
        assert.deepEqual([now.state, now.waitingReason, now.waitingUntil], ['sent', null, null]);
      },
      { what: 'the end of the post', timeoutMs: 20_000 },
    );
  });

  describe('from whom the phone hides statuses, when WhatsApp has not said it on this connection:', () => {
    const session = async (): Promise<Session> =>
      (await callApi<Success<Session>>(server, 'GET', '/sessions/acc1')).data;
    const setGap = (minGapSeconds: number): Promise<unknown> =>
      callApi(server, 'PATCH', '/sessions/acc1/pace', { body: { minGapSeconds } });

    /** A post to both that waits on a new connection; the server has `before` of the phone's list, and cannot ask for it. */
    async function queue(hidden: string, shown: string, before: 'contacts' | null, fault: object): Promise<Status> {
      simulator.controls.accounts.change(own.phoneNumber, {
        statusAudience: { type: 'blacklist', contacts: [hidden], form: 'lid' },
      });
      await eventually(
        async () => {
          const { data } = await callApi<Success<StoryPrivacy>>(server, 'GET', '/sessions/acc1/story-privacy');
          assert.deepEqual([data.mode, data.people[0]?.lid], ['denylist', personOf(hidden).lid]);
        },
        { what: 'the phone’s list' },
      );
      await setGap(86_400);
      const file = path.join(server.dataDir, 'data', 'statuscast.sqlite');
      const db = await openDatabase({ file });
      await db('story_privacy_people').delete();
      await db('address_books').update({ story_privacy_mode: before, story_privacy_at: 0 });
      await db.destroy();
      simulator.controls.faults.add({ on: 'query', xmlns: 'status', child: 'privacy', ...fault });
      const { lastConnectedAt } = await session();
      simulator.controls.faults.disconnect(own.phoneNumber, { kind: 'reset' });
      await eventually(
        async () => {
          const now = await session();
          assert.ok(now.connected && now.lastConnectedAt !== lastConnectedAt);
        },
        { what: 'the next connection', timeoutMs: 20_000 },
      );
      const options = { body: { type: 'text', content: 'hi', targetNumbers: [hidden, shown] }, expected: 202 };
      const { data } = await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options);
      assert.equal(data.state, 'queued');
      await setGap(0);
      return data;
    }
    const personOf = (phoneNumber: string) => simulator.controls.people.person(phoneNumber);
    async function assertOnly(shown: string, hidden: string, status: Status): Promise<void> {
      await eventually(async () => assert.equal((await read(status)).state, 'sent'), { what: 'it', timeoutMs: 20_000 });
      await simulator.drain();
      const have = (person: string) => simulator.statuses(person).some(({ id }) => id === status.messageId);
      assert.deepEqual([have(shown), have(hidden)], [true, false]);
    }

    it('a post waits for the answer, which may be another than the last one', async () => {
      const [hidden, shown] = [newContact(), newContact()];
      const status = await queue(hidden, shown, 'contacts', { delayMs: 2_000 });
      await assertOnly(shown, hidden, status);
    });

    it('where it was never known nothing is sent, and the post says what it waits for', async () => {
      const [hidden, shown] = [newContact(), newContact()];
      const status = await queue(hidden, shown, null, { code: 500 });
      await eventually(
        async () => {
          const { waitingReason, state } = await read(status);
          assert.equal(waitingReason?.code, 'trying_again', state);
          assert.match(waitingReason.message, /from whom the phone of this account hides/);
        },
        { what: 'the reason' },
      );
      const noteOf = async (storyPrivacy: 'apply' | 'ignore') => {
        const body = { audience: { kind: 'numbers', numbers: [hidden, shown], storyPrivacy } };
        const route = '/sessions/acc1/audience-preview';
        const { data } = await callApi<Success<AudiencePreview>>(server, 'POST', route, { body });
        return [data.note?.code, data.counts.included];
      };
      assert.deepEqual(await noteOf('apply'), ['story_privacy_unknown', 2], 'a preview tells');
      assert.deepEqual(await noteOf('ignore'), [undefined, 2]);
      simulator.controls.faults.clear();
      await assertOnly(shown, hidden, status);
      assert.deepEqual(await noteOf('apply'), [undefined, 1]);
    });
  });
});
