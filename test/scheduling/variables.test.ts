import assert from 'node:assert/strict';
import path from 'node:path';
import { rootPrincipal } from '../../server/access/principal.js';
import { createScheduleBodySchema } from '../../server/contract/schedules.js';
import { sendStatusBodySchema, type Status } from '../../server/contract/statuses.js';
import { openDatabase, type Database } from '../../server/db/database.js';
import { AppError } from '../../server/lib/app-error.js';
import { insertSession } from '../people/insert-session.js';
import { makeTempDir } from '../support/temp-dir.js';
import { SetClock } from '../viewers/open-services.js';
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
    scheduling.statuses.send(rootPrincipal, 'acc1', sendStatusBodySchema.parse({ type: 'text', ...body }));
  const daily = (content: string, variables?: Record<string, string>) =>
    createScheduleBodySchema.parse({
      ...{ startsAt: '2026-12-25T09:00', timeZone: 'Asia/Kolkata', rule: 'FREQ=DAILY;COUNT=3' },
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
});
