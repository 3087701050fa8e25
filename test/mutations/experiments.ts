import type { Mutation } from './mutation.js';

const compared = (test: string) => ({ file: 'test/experiments/comparison.test.ts', test });
const halved = (test: string) => ({ file: 'test/experiments/proportions.test.ts', test });
const refused = (test: string) => ({ file: 'test/experiments/experiments-service.test.ts', test });
const segment = (test: string) => ({ file: 'test/audiences/segments.test.ts', test: `segments (SQLite) ${test}` });

const comparison = 'server/experiments/comparison.ts';
const segments = 'server/audiences/segments-report-store.ts';

/** Whom a post is for by what they did, and which of two versions they get. */
export const mutationsOfExperiments: Mutation[] = [
  {
    what: 'a test is over once one of its versions is a day old',
    file: comparison,
    from: '[a, b].every(',
    to: '[a, b].some(',
    noticedBy: compared('is open where chance may make the difference'),
  },
  {
    what: 'a second version that went out hours before the first is not apart from it',
    file: comparison,
    from: 'Math.abs(first - second) > apartMs',
    to: 'second - first > apartMs',
    noticedBy: compared('comes with what one has to know'),
  },
  {
    what: 'beyond some thousands nobody is drawn by lot',
    file: 'server/experiments/halves.ts',
    from: 'lots.subarray(from, from + lotsAtOnce)',
    to: 'lots.subarray(0, lotsAtOnce)',
    noticedBy: halved('however many people there are'),
  },
  {
    what: 'the first version is blamed for the second',
    file: 'server/experiments/experiments-service.ts',
    from: 'versions[1], 1)',
    to: 'versions[1], 0)',
    noticedBy: refused('is refused with the name of that version'),
  },
  {
    what: 'of a version in several parts the first goes out alone',
    file: 'server/experiments/experiments-service.ts',
    from: 'if (more.length === 0) return content;',
    to: 'return content;',
    noticedBy: refused('would go out in several parts'),
  },
  {
    what: 'the last post is the one that was begun last',
    file: segments,
    from: 'coalesce(sent_at, started_at, created_at) desc',
    to: 'coalesce(started_at, sent_at, created_at) desc',
    noticedBy: segment('take the last posts as they went out'),
  },
  {
    what: 'who got nothing has never viewed it',
    file: segments,
    from: " and r.outcome = 'included'",
    to: '',
    noticedBy: segment('are nobody to whom nothing was sent'),
  },
  {
    what: 'a number is that of somebody whom another account knows',
    file: segments,
    from: "this.database('people').where({ session_id: sessionId }).select",
    to: "this.database('people').select",
    noticedBy: segment('know who has a number by the account'),
  },
  {
    what: 'a number in two forms is two people',
    file: 'server/audiences/segments.ts',
    from: '`+${numberKey(phoneNumber)}`',
    to: '`+${phoneNumber}`',
    noticedBy: segment('have somebody whom no account knows once'),
  },
];
