import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { rootPrincipal } from '../../server/access/principal.js';
import { createSeriesBodySchema } from '../../server/contract/planning/series.js';
import type { Session } from '../../server/contract/sessions.js';
import { sendStatusBodySchema } from '../../server/contract/statuses.js';
import { statusProgress } from '../../server/statuses/status-events.js';
import type { SendOptions } from '../../server/statuses/accepting-service.js';
import { insertSession } from '../support/insert-session.js';
import { openScheduling, type Scheduling } from '../scheduling/open-scheduling.js';
import { openSqlite, type TestSqlite } from '../support/open-sqlite.js';
import { SetClock } from '../support/open-services.js';

const at = new Date('2026-03-02T08:00:00Z');
const numbers = ['491700000001', '491700000002'];
const key = { ...rootPrincipal, name: 'Ann', organizationId: 'default', sessionId: 'acc1' };
const tagged = { kind: 'segment', segment: { type: 'tagged', tag: 'vip' }, storyPrivacy: 'ignore' };

describe('a status that is accepted', () => {
  let sqlite: TestSqlite;
  let scheduling: Scheduling;
  let accepted: string[];

  beforeEach(async () => {
    sqlite = await openSqlite();
    open();
    await insertSession(sqlite.db, 'acc1');
  });
  afterEach(() => sqlite.remove());

  function open(limits: object = {}): void {
    accepted = [];
    scheduling = openScheduling(sqlite.db, new SetClock(at), { limits });
    scheduling.steps.work.add((sessionId) => void accepted.push(sessionId));
  }
  const bodyOf = (more: object = {}) =>
    sendStatusBodySchema.parse({ type: 'text', content: 'hello', targetNumbers: numbers, ...more });
  const send = (more: object = {}, options: SendOptions = { waitMs: 0 }, principal = rootPrincipal) =>
    scheduling.accepting.send(principal, 'acc1', bodyOf(more), options);
  const series = (...contents: string[]) =>
    scheduling.series.create(
      rootPrincipal,
      'acc1',
      createSeriesBodySchema.parse({
        items: contents.map((content) => ({ type: 'text', content })),
        targetNumbers: numbers,
      }),
    );
  /** The account is this one from now on. */
  function accountIs(changes: Partial<Session>): void {
    const get = scheduling.sessions.get.bind(scheduling.sessions);
    scheduling.sessions.get = async (...of) => ({ ...(await get(...of)), ...changes });
  }
  const countOf = async (table: string) => (await sqlite.db(table)).length;

  it('is for everybody once, however often and in which form they are named', async () => {
    const twice = [...numbers, '5531988887777', '553188887777', '+49 170 0000001'];
    const { id, counts } = await send({ targetNumbers: twice });
    assert.equal(counts.targeted, 3);
    assert.equal((await scheduling.recipients.listPending(id)).length, 3);
  });

  it('has for each of its parts the same people, an id of its own, and who adds to it', async () => {
    const inserted: string[] = [];
    scheduling.steps.accepted.add((_tx, { content }) => Promise.resolve(void inserted.push(content)));
    const { statuses } = await series('a', 'b', 'c');
    assert.deepEqual(inserted, ['a', 'b', 'c']);
    for (const { id, counts } of statuses) {
      assert.deepEqual([counts.targeted, (await scheduling.recipients.listPending(id)).length], [2, 2]);
    }
    assert.deepEqual([accepted, scheduling.events.length], [['acc1'], 1]);
  });

  it('counts each of its parts where there may be so many', async () => {
    open({ pendingStatus: 2 });
    await assert.rejects(series('a', 'b', 'c'), { code: 'conflict' });
    open({ pendingRecipient: 5 });
    await assert.rejects(series('a', 'b', 'c'), { code: 'conflict' });
    assert.equal(await countOf('statuses'), 0);
    assert.equal((await series('a', 'b')).statuses.length, 2);
  });

  it('leaves nothing, and wakes nobody, when what belongs to it cannot be written', async () => {
    const alongside = () => Promise.reject(new Error('no room'));
    await assert.rejects(send({}, { waitMs: 0, withinCommit: alongside }), /no room/);
    assert.deepEqual([await countOf('statuses'), await countOf('status_recipients')], [0, 0]);
    assert.deepEqual([accepted, scheduling.events], [[], []]);
  });

  it('keeps the file of each of its parts with them, or is not accepted', async () => {
    const kept: string[] = [];
    scheduling.contents.keepFile = (_tx, { content }) => Promise.resolve(void kept.push(content));
    await series('a', 'b');
    assert.deepEqual(kept, ['a', 'b']);
    scheduling.contents.keepFile = (_tx, { content }) =>
      content === 'd' ? Promise.reject(new Error('just deleted')) : Promise.resolve();
    await assert.rejects(series('c', 'd'), /just deleted/);
    assert.equal(await countOf('statuses'), 2);
  });

  it('wakes the queue when it is there for it', async () => {
    const found: Promise<number>[] = [];
    scheduling.steps.work.add(() => void found.push(countOf('statuses')));
    await send();
    assert.deepEqual(await Promise.all(found), [1]);
  });

  it('says at once that it waits for an account that is not connected, unless it is planned', async () => {
    assert.equal((await send()).waitingReason, null);
    accountIs({ connected: false });
    assert.equal((await send()).waitingReason?.code, 'not_connected');
    const { id } = await send({ scheduledAt: '2026-03-02T09:00:00Z' });
    assert.equal((await scheduling.statuses.getRecord('acc1', id)).waitingReason, null);
  });

  it('has the message id that its account would give it, and the name of whoever made it', async () => {
    const accounts: unknown[] = [];
    scheduling.gateway.newMessageId = (account) => {
      accounts.push(account);
      return `M${String(accounts.length)}`;
    };
    const account = { jid: '49@s.whatsapp.net', lid: '1@lid', pushName: 'Shop', ownNumber: '491700000009' };
    assert.equal((await send()).messageId, 'M1');
    accountIs(account);
    const { messageId, createdBy } = await send({}, { waitMs: 0 }, key);
    const { ownNumber, ...rest } = account;
    assert.deepEqual([messageId, createdBy], ['M2', 'Ann']);
    assert.deepEqual(accounts, [null, { ...rest, phoneNumber: ownNumber, deviceId: 0 }]);
  });

  it('is not accepted for an account that is not linked, or whose tags are nothing to the key', async () => {
    await assert.rejects(send({ targetNumbers: undefined, audience: tagged }, { waitMs: 0 }, key), {
      code: 'not_found',
    });
    scheduling.gateway.isLinked = () => Promise.resolve(false);
    await assert.rejects(send(), { code: 'not_connected' });
    assert.equal(await countOf('statuses'), 0);
  });

  it('needs its values although nobody is left of its audience, unless that is said elsewhere', async () => {
    const body = bodyOf({ targetNumbers: undefined, audience: tagged, content: '{{x}}', variables: {} });
    const session = await scheduling.sessions.get(rootPrincipal, 'acc1');
    const ask = (of: typeof body, unlessEmpty: boolean) =>
      scheduling.accepting.requireVariables(rootPrincipal, session, of, { unlessEmpty });
    await assert.rejects(ask(body, false), { code: 'validation_error' });
    await ask(body, true);
    const own = bodyOf({ targetNumbers: undefined, audience: { kind: 'self' }, content: '{{x}}', variables: {} });
    await assert.rejects(ask(own, true), { code: 'validation_error' });
    await assert.rejects(ask(bodyOf({ content: '{{x}}', variables: {} }), true), { code: 'validation_error' });
  });

  describe('and waited for', () => {
    beforeEach(() => {
      // Nothing but an event makes it look again.
      mock.timers.enable({ apis: ['setTimeout'] });
    });
    afterEach(() => {
      mock.timers.reset();
    });

    /** It becomes this after it was looked at. */
    function then(
      columns: object | null,
      name: 'status-progress' | 'session-deleted',
      state: 'canceled' | 'sent',
    ): void {
      const find = scheduling.statuses.find.bind(scheduling.statuses);
      let looks = 0;
      scheduling.statuses.find = async (...of) => {
        const record = await find(...of);
        looks += 1;
        if (looks > 1 || !record) return record;
        const status = sqlite.db('statuses').where({ id: record.id });
        await (columns === null ? status.delete() : status.update(columns));
        const { organizationId, sessionId } = record;
        scheduling.bus.publish(
          name === 'status-progress'
            ? statusProgress({ ...record, state }, 0, 0)
            : { name, organizationId, sessionId, payload: { sessionId } },
        );
        return record;
      };
    }

    it('is answered when it is canceled', async () => {
      then({ state: 'canceled' }, 'status-progress', 'canceled');
      assert.equal((await send({}, { waitMs: 60_000 })).state, 'canceled');
    });

    it('is not found when its account is deleted', async () => {
      then(null, 'session-deleted', 'sent');
      await assert.rejects(send({}, { waitMs: 60_000 }), { code: 'not_found', message: /session was deleted/ });
    });
  });
});
