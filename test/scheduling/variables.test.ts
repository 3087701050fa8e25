import assert from 'node:assert/strict';
import path from 'node:path';
import { rootPrincipal } from '../../server/access/principal.js';
import { createScheduleBodySchema } from '../../server/contract/planning/schedules.js';
import { sendStatusBodySchema, type Status } from '../../server/contract/statuses.js';
import { openDatabase, type Database } from '../../server/db/database.js';
import { AppError } from '../../server/lib/app-error.js';
import { insertSession } from '../support/insert-session.js';
import { makeTempDir } from '../support/temp-dir.js';
import { SetClock } from '../support/open-services.js';
import { openScheduling, type Scheduling } from './open-scheduling.js';

describe('variables', () => {
  let folder: { dir: string; remove: () => Promise<void> };
  let db: Database;
  let clock: SetClock;
  let scheduling: Scheduling;

  beforeEach(async () => {
    folder = await makeTempDir();
    db = await openDatabase({ file: path.join(folder.dir, 'test.sqlite') });
    // A Thursday, and Friday already in Kolkata.
    clock = new SetClock(new Date('2026-12-24T22:00:00Z'));
    scheduling = openScheduling(db, clock);
    await insertSession(db, 'acc1');
  });
  afterEach(async () => {
    await db.destroy();
    await folder.remove();
  });

  const send = (body: object): Promise<Status> =>
    scheduling.accepting.send(rootPrincipal, 'acc1', sendStatusBodySchema.parse({ type: 'text', ...body }));
  const daily = (content: string, variables?: Record<string, string>) =>
    createScheduleBodySchema.parse({
      startsAt: '2026-12-25T09:00',
      timeZone: 'Asia/Kolkata',
      rule: 'FREQ=DAILY;COUNT=3',
      status: { type: 'text', content, ...(variables && { variables }) },
    });
  const create = (...of: Parameters<typeof daily>) => scheduling.schedules.create(rootPrincipal, 'acc1', daily(...of));
  const advanceTo = (time: string): void => {
    clock.advance(Date.parse(time) - clock.now().getTime());
  };
  const contents = async (): Promise<string[]> => db('statuses').orderBy('scheduled_at').pluck('content');
  const refusal = async (work: Promise<unknown>): Promise<unknown> => {
    const error: unknown = await work.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof AppError, 'it was not refused');
    return [error.code, error.details?.['fields']];
  };

  it('are filled in for the time at which a status is due, on the clock that it names', async () => {
    const content = '{{account}} on {{weekday}}, {{date}} at {{ time }}: {{price}} {{price}}';
    const variables = { price: '{{account}} $&' };
    const now = await send({ content, variables });
    assert.equal(now.content, 'acc1 on Thursday, 24 December 2026 at 22:00: {{account}} $& {{account}} $&');
    const there = await send({ content, variables: { price: '', account: 'We' }, timeZone: 'Asia/Kolkata' });
    assert.equal(there.content, 'We on Friday, 25 December 2026 at 03:30:  ');
    const plan = { scheduledAt: '2026-12-26T09:00', timeZone: 'Asia/Kolkata' };
    const link = { type: 'url', content: 'https://example.com/a', caption: '{{weekday}} {{time}}' };
    assert.equal((await send({ ...link, ...plan, variables: {} })).caption, 'Saturday 09:00');
  });

  it('are on the clock of the posting slots where the next free one is taken', async () => {
    const slots = [{ weekday: 'friday' as const, time: '18:30' }];
    await scheduling.slots.put({ organizationId: 'default', sessionId: 'acc1' }, { timeZone: 'Asia/Kolkata', slots });
    const status = await send({ content: '{{weekday}} {{time}}', variables: {}, scheduledAt: 'next-free-slot' });
    assert.deepEqual([status.content, status.scheduledAt], ['Friday 18:30', '2026-12-25T13:00:00.000Z']);
  });

  it('are text like any other where no values are given', async () => {
    assert.equal((await send({ content: '{{weekday}} {{x}}' })).content, '{{weekday}} {{x}}');
    await create('{{weekday}} {{x}}');
    advanceTo('2026-12-25T03:30:00Z');
    await scheduling.runner.sweep();
    assert.deepEqual(await contents(), ['{{weekday}} {{x}}', '{{weekday}} {{x}}']);
  });

  it('of a schedule are filled in each time anew, also for a time that was moved', async () => {
    const schedule = await create('{{weekday}} {{time}} {{price}}', { price: '5' });
    for (const day of [25, 26]) {
      advanceTo(`2026-12-${String(day)}T03:30:10Z`);
      await scheduling.runner.sweep();
    }
    const place = { sessionId: 'acc1', id: schedule.id };
    const move = { at: '2026-12-27T03:30:00.000Z', moveTo: '2026-12-28T12:15' };
    await scheduling.schedules.changeOccurrence(rootPrincipal, place, move);
    assert.deepEqual(await contents(), ['Friday 09:00 5', 'Saturday 09:00 5', 'Monday 12:15 5']);
    assert.deepEqual(schedule.status['variables'], { price: '5' });
  });

  it('that nobody knows are refused by their names, and so is what they make too long or leave empty', async () => {
    const unknown = ['validation_error', { variables: 'There is no value for {{x}}. Give one in "variables".' }];
    assert.deepEqual(await refusal(send({ content: '{{x}} {{time}}', variables: {} })), unknown);
    assert.deepEqual(await refusal(create('{{x}}', {})), unknown);
    const schedule = await create('{{x}}', { x: '1' });
    const status = daily('{{x}}', {}).status;
    assert.deepEqual(
      await refusal(scheduling.schedules.change(rootPrincipal, 'acc1', schedule.id, { status })),
      unknown,
    );
    const long = await refusal(send({ content: '{{x}}{{x}}', variables: { x: 'a'.repeat(400) } }));
    assert.match(JSON.stringify(long), /"content":"[^"]*700/);
    assert.deepEqual(await refusal(send({ content: '{{x}}', variables: { x: ' ' } })), [
      'validation_error',
      { content: 'Write something to post.' },
    ]);
    assert.deepEqual(await contents(), []);
  });

  describe('of people on lists', () => {
    const [asha, ravi] = ['919812345678', '919812345679'];
    const member = (phone_number: string, name: string | null, fields: object | null) => ({
      audience_id: 'L',
      organization_id: 'default',
      phone_number,
      name,
      added_at: 1,
      fields: fields && JSON.stringify(fields),
    });
    const list = { audience: { kind: 'list', listId: '01J9ZX8K2QHV0M3T6R7P4N5W8C' }, variables: {} };
    const lines = { content: '{{city}}, {{weekday}}', ...list };
    beforeEach(async () => {
      const at = { created_by: 'root', created_at: 1, updated_at: 1 };
      for (const [id, name] of [
        ['L', 'Regulars'],
        [list.audience.listId, 'Pune'],
      ] as const) {
        await db('audiences').insert({ ...at, id, organization_id: 'default', name });
      }
    });
    const put = (...rows: ReturnType<typeof member>[]) =>
      db('audience_members').insert(rows.map((row) => ({ ...row, audience_id: list.audience.listId })));

    it('are what everybody whom the post is for has in common, unless the request says otherwise', async () => {
      await put(member(asha, 'Asha', { city: 'Pune', plan: 'a' }), member(ravi, 'Ravi', { city: 'Pune', plan: 'b' }));
      assert.equal((await send(lines)).content, 'Pune, Thursday');
      assert.equal((await send({ ...lines, variables: { city: 'Goa' } })).content, 'Goa, Thursday');
      const one = { ...list.audience, except: { numbers: [ravi] } };
      assert.equal((await send({ ...lines, content: '{{name}} {{plan}}', audience: one })).content, 'Asha a');
      const numbers = { content: 'Dear {{name}} of {{city}}', variables: {}, targetNumbers: [asha] };
      assert.equal((await send(numbers)).content, 'Dear Asha of Pune');
      const [differing] = [await refusal(send({ ...lines, content: '{{plan}} {{x}}' }))];
      const sentence =
        'There is no value for {{plan}}, {{x}}. Not everybody whom it is for has the same {{plan}}. Give one in "variables".';
      assert.deepEqual(differing, ['validation_error', { variables: sentence }]);
      // Braces are text where no variables were asked for.
      assert.equal((await send({ ...lines, variables: undefined })).content, lines.content);
    });

    it('are of the list that the post is for; elsewhere, what was said of them last counts', async () => {
      await put(member(asha, 'Asha', { city: 'Pune' }));
      await db('audience_members').insert({ ...member(asha, 'A. Rao', { city: 'Mumbai', plan: 'c' }), added_at: 2 });
      assert.equal((await send(lines)).content, 'Pune, Thursday');
      assert.match(JSON.stringify(await refusal(send({ ...lines, content: '{{plan}}' }))), /no value for {{plan}}/);
      const numbers = { content: '{{name}} {{city}} {{plan}}', variables: {}, targetNumbers: [asha] };
      assert.equal((await send(numbers)).content, 'A. Rao Mumbai c');
      assert.match(JSON.stringify(await refusal(send({ ...numbers, targetNumbers: [asha, ravi] }))), /no value for/);
    });

    it('are nothing to the key of one session, and count in schedules and broadcasts too', async () => {
      await put(member(asha, 'Asha', { city: 'Pune' }));
      const body = sendStatusBodySchema.parse({
        type: 'text',
        content: '{{city}}',
        variables: {},
        targetNumbers: [asha],
      });
      const key = { ...rootPrincipal, organizationId: 'default', sessionId: 'acc1' };
      assert.match(
        JSON.stringify(await refusal(scheduling.accepting.send(key, 'acc1', body))),
        /no value for {{city}}/,
      );
      const plan = {
        ...daily('{{city}} {{time}}', {}),
        status: sendStatusBodySchema.parse({ type: 'text', ...lines }),
      };
      await scheduling.schedules.create(rootPrincipal, 'acc1', plan);
      assert.match(
        JSON.stringify(await refusal(scheduling.schedules.create(key, 'acc1', { ...plan, status: body }))),
        /no value/,
      );
      advanceTo('2026-12-25T03:30:10Z');
      await scheduling.runner.sweep();
      assert.deepEqual(await contents(), ['Pune, Friday']);
      await scheduling.broadcasts.create(rootPrincipal, { ...body, sessionIds: ['acc1'] });
      await scheduling.broadcastRunner.sweep();
      assert.ok((await contents()).includes('Pune'));
      const unknown = { ...body, content: '{{x}}', sessionIds: ['acc1'] };
      assert.match(
        JSON.stringify(await refusal(scheduling.broadcasts.create(rootPrincipal, unknown))),
        /no value for {{x}}/,
      );
    });

    it('have a value on every account of a broadcast, or it is refused by the name of the account', async () => {
      await insertSession(db, 'acc2');
      await put(member(asha, 'Asha', { city: 'Pune' }), member(ravi, 'Ravi', { city: 'Goa' }));
      const optOut = (session_id: string, phone_number: string) =>
        db('opt_outs').insert({ organization_id: 'default', session_id, phone_number, created_at: 1 });
      await optOut('acc1', ravi);
      const body = sendStatusBodySchema.parse({ type: 'text', ...lines });
      const create = () => scheduling.broadcasts.create(rootPrincipal, { ...body, sessionIds: ['acc1', 'acc2'] });
      const refused =
        'On the account "acc2" (acc2): There is no value for {{city}}. Not everybody whom it is for has the same {{city}}. Give one in "variables".';
      assert.deepEqual(await refusal(create()), ['validation_error', { variables: refused }]);
      assert.deepEqual(await db('broadcasts'), []);
      await optOut('acc2', asha);
      await create();
      await scheduling.broadcastRunner.sweep();
      assert.deepEqual((await contents()).sort(), ['Goa, Thursday', 'Pune, Thursday']);
      // An account on which nobody is left is refused by itself, and does not keep the others.
      await optOut('acc2', ravi);
      const { id } = await create();
      await scheduling.broadcastRunner.sweep();
      const { accounts } = await scheduling.broadcasts.get(rootPrincipal, id);
      assert.deepEqual(
        accounts.map(({ state, error }) => [state, error?.code]),
        [
          ['accepted', undefined],
          ['refused', 'empty_audience'],
        ],
      );
    });
  });
});
