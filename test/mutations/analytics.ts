import type { Mutation } from './mutation.js';

const histories = {
  file: 'test/analytics/random-histories.test.ts',
  test: 'analytics of random histories (SQLite) say what a slow recount says',
};
const overHttp = (test: string) => ({
  file: 'test/analytics/analytics-routes.test.ts',
  test: `analytics over HTTP ${test}`,
});

/** Sums of what people did, and what they say. */
export const mutationsOfAnalytics: Mutation[] = [
  {
    what: 'a time that was put right stays in the quarter of an hour in which it was',
    file: 'server/analytics/activity.ts',
    from: 'add(before, -1);',
    to: '',
    noticedBy: histories,
  },
  {
    what: 'clocks are never changed',
    file: 'server/analytics/wall-clock.ts',
    from: 'if (next) zoned = next;',
    to: '',
    noticedBy: histories,
  },
  {
    what: 'older views are added to what was counted meanwhile',
    file: 'server/analytics/activity-store.ts',
    from: 'await ofStatus().update(none(kinds));',
    to: '',
    noticedBy: {
      file: 'test/analytics/backlog.test.ts',
      test: 'views that were stored before there were sums (SQLite) are counted once',
    },
  },
  {
    what: 'best hours are told of hardly any views',
    file: 'server/analytics/best-times.ts',
    from: 'known.days >= enoughForBestTimes.days',
    to: 'known.days >= 0',
    noticedBy: overHttp('name the best hours only once enough is known'),
  },
  {
    what: 'an account sees what other accounts reached',
    file: 'server/analytics/posts-report-store.ts',
    from: 'if (sessionId !== null) void sessions.where({ session_id: sessionId });',
    to: '',
    noticedBy: overHttp('compare accounts'),
  },
];
