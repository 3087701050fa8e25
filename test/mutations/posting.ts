import type { Mutation } from './mutation.js';

const ends = (test: string) => ({ file: 'test/posting/ends-of-deletions.test.ts', test });
const work = (test: string) => ({ file: 'test/posting/queue-and-people.test.ts', test });
const changes = (test: string) => ({ file: 'test/statuses/status-changes.test.ts', test });
const runners = (test: string) => ({ file: 'test/scheduling/runners.test.ts', test });
const rules = (test: string) => ({ file: 'test/audiences/audience-rules.test.ts', test });
const due = (test: string) => ({ file: 'test/scheduling/due-statuses.test.ts', test });

/** What becomes of a status, and for whom it is. */
export const mutationsOfPosting: Mutation[] = [
  {
    what: 'a process that has lost an account takes its statuses back',
    file: 'server/posting/deletions-service.ts',
    from: '(await isOurs(tx, sessionId)) ? steps',
    to: 'isOurs ? steps',
    noticedBy: ends('is nothing to do for a process'),
  },
  {
    what: 'a status that was never sent to somebody is taken back from them',
    file: 'server/statuses/recipient-outcomes.ts',
    from: 'this.recipients.listPending(status.id, maxUnknown)',
    to: 'this.recipients.listPending(status.id)',
    noticedBy: ends('goes after those who have it'),
  },
  {
    what: 'a device of somebody whom a status was not for gets it',
    file: 'server/posting/posting-service.ts',
    from: 'if (!asked) return false;',
    to: 'if (!asked) return true;',
    noticedBy: work('is given again to devices'),
  },
  {
    what: 'a device of somebody who opted out gets a status again',
    file: 'server/posting/posting-service.ts',
    from: 'if (!isRevoke && (await leaveOuts.isLeftOut(status, recipient, storyPrivacy))) return false;',
    to: '',
    noticedBy: work('is given again to devices'),
  },
  {
    what: 'a post leaves though nobody knows whom the phone shows statuses to',
    file: 'server/posting/posting-service.ts',
    from: "if (storyPrivacy === 'apply' && rules.phoneList === null) {",
    to: "if (storyPrivacy === 'ignore' && rules.phoneList === null) {",
    noticedBy: work('waits as long as nobody knows'),
  },
  {
    what: 'a status that goes out is tried again at the same time',
    file: 'server/statuses/status-life.ts',
    from: "from: ['failed', 'sent'],\n    to: 'queued',\n    guards: ['same_state'],",
    to: "from: ['failed', 'sent', 'queued', 'sending'],\n    to: 'queued',\n    guards: [],",
    noticedBy: changes('is not tried again when it goes out meanwhile'),
  },
  {
    what: 'a status that is on its way is changed',
    file: 'server/statuses/status-life.ts',
    from: "edit: { from: waiting, to: 'same', guards: ['never_started'],",
    to: "edit: { from: waiting, to: 'same', guards: [],",
    noticedBy: changes('stays what it is when it is on its way'),
  },
  {
    what: 'a planned status is given up a minute early',
    file: 'server/scheduling/due-report-store.ts',
    from: '(late_by_minutes + 1)',
    to: '(late_by_minutes)',
    noticedBy: due('has as missed what is too late by a minute'),
  },
  {
    what: 'a time that was left out is posted',
    file: 'server/scheduling/schedule-runner.ts',
    from: 'if (isNew.length === 0) throw new TimeTaken();',
    to: '',
    noticedBy: runners('is left out where somebody left out its time'),
  },
  {
    what: 'a schedule posts the words of before',
    file: 'server/scheduling/schedules-store.ts',
    from: "state: 'active', updated_at: seen.updatedAt })",
    to: "state: 'active' })",
    noticedBy: runners('has the words that somebody wrote'),
  },
  {
    what: 'the devices of those whom the phone hides statuses from get them again, the others do not',
    file: 'server/audiences/audiences-service.ts',
    from: "=== (mode === 'denylist')",
    to: "!== (mode === 'denylist')",
    noticedBy: rules('leave out a device that asks again'),
  },
  {
    what: 'whoever has an excepted tag is posted to',
    file: 'server/audiences/audiences-service.ts',
    from: 'await this.candidates.tagged(owner.organizationId, tag)) excepted',
    to: '[]) excepted',
    noticedBy: rules('leave out whoever is excepted'),
  },
];
