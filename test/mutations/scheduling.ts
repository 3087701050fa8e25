import type { Mutation } from './mutation.js';

const recurrence = { file: 'test/scheduling/recurrence.test.ts', test: '2026-03-29T01:10Z' };
const neverStuck = 'test/scheduling/never-stuck.test.ts';
const meanwhile = { file: neverStuck, test: '(SQLite) that was changed while' };
const optOuts = { file: 'test/audiences/candidates-report-store.test.ts', test: '(SQLite) are looked at anew' };
const posting = 'test/posting/posting-service.test.ts';
const forgetting = 'test/events/forgetting.test.ts';

/** What is planned, and what becomes of it when its time has come. */
export const mutationsOfScheduling: Mutation[] = [
  {
    what: 'what a change of the clocks moved forward is passed over',
    file: 'server/scheduling/recurrence.ts',
    from: 'offsetMsAt(earlier, timeZone) === offsetMsAt(at, timeZone) ? at : earlier',
    to: 'earlier > 0 ? at : earlier',
    noticedBy: recurrence,
  },
  {
    what: 'a time of a schedule that failed is not written down',
    file: 'server/scheduling/schedule-runner.ts',
    from: "else await this.record(schedule, at, next, { outcome: 'failed', statusId: null, message: error.message });",
    to: '',
    noticedBy: { file: neverStuck, test: '(SQLite) of a schedule that can never succeed' },
  },
  {
    what: 'what was moved to another day is put into the queue since it was on the list of what is due',
    file: 'server/scheduling/due-statuses.ts',
    from: "record.state !== 'scheduled' || (record.scheduledAt ?? 0) > now",
    to: "record.state !== 'scheduled'",
    noticedBy: meanwhile,
  },
  {
    what: 'a status that was changed while its people were looked up goes to those',
    file: 'server/statuses/status-life.ts',
    from: "to: 'queued',\n    guards: ['unchanged'],",
    to: "to: 'queued',\n    guards: [],",
    noticedBy: meanwhile,
  },
  {
    what: 'opt-outs are read again only when there are more or fewer',
    file: 'server/audiences/candidates-report-store.ts',
    from: '[row?.count, row?.latest, row?.sum, row?.mode',
    to: '[row?.count, row?.mode',
    noticedBy: optOuts,
  },
  {
    what: 'one opt-out that goes and one that comes are missed behind a later one',
    file: 'server/audiences/candidates-report-store.ts',
    from: 'row?.latest, row?.sum, row?.mode',
    to: 'row?.latest, row?.mode',
    noticedBy: optOuts,
  },
  {
    what: 'a post of which nobody is left fails in silence',
    file: 'server/statuses/status-life.ts',
    from: "failed: { ...attempt, to: 'failed', recounts: true, tells: ['outcome', 'lists'] }",
    to: "failed: { ...attempt, to: 'failed', recounts: true, tells: ['lists'] }",
    noticedBy: { file: posting, test: '(SQLite) has failed, and says so' },
  },
  {
    what: 'a file that was just taken into use is deleted',
    file: 'server/media/uploads-service.ts',
    from: 'if (now.some(({ usedBy }) => !uses.some((use) => use.usedBy === usedBy))) throw usedJustNow();',
    to: 'if (now.length < 0) throw usedJustNow();',
    noticedBy: { file: 'test/media/just-used.test.ts' },
  },
  {
    what: 'of the answers for repeats the new ones are forgotten',
    file: 'server/http/idempotency-store.ts',
    from: "where('created_at', '<'",
    to: "where('created_at', '>='",
    noticedBy: { file: forgetting, test: '(SQLite) answers' },
  },
  {
    what: 'of the events the new ones are forgotten',
    file: 'server/events/event-store.ts',
    from: "where('created_at', '<'",
    to: "where('created_at', '>='",
    noticedBy: { file: forgetting, test: '(SQLite) events' },
  },
  {
    what: 'planned statuses of all accounts are looked at one after the other',
    file: 'server/scheduling/due-statuses.ts',
    from: 'await this.turns.take(accounts, async (',
    to: 'const inTurn = async (all: typeof accounts, f: (one: (typeof all)[0]) => Promise<void>) => { for (const one of all) await f(one); };\n await inTurn(accounts, async (',
    noticedBy: {
      file: 'test/scheduling/never-stuck.test.ts',
      test: '(SQLite) is put into the queue while WhatsApp leaves',
    },
  },
];
