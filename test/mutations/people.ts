import type { Mutation } from './mutation.js';

const viewsStore = 'server/viewers/views-store.ts';
const viewersStore = 'server/viewers/viewers-store.ts';
const pages = (test: string) => ({
  file: 'test/viewers/viewers-pages.test.ts',
  test: `pages of viewers (SQLite) ${test}`,
});
const viewers = (test: string) => ({ file: 'test/viewers/viewers-service.test.ts', test: `viewers (SQLite) ${test}` });

/** Who is who, and what is known of them. */
export const mutationsOfPeople: Mutation[] = [
  {
    what: 'an earlier view moves somebody through a list that is being paged',
    file: viewsStore,
    from: "'coalesce(views.listed_viewed_at, views.viewed_at)'",
    to: "'null'",
    noticedBy: pages('moves nobody for an earlier read receipt'),
  },
  {
    what: 'an earlier delivery moves somebody through a list that is being paged',
    file: viewsStore,
    from: "'coalesce(views.listed_delivered_at, views.delivered_at)'",
    to: "'null'",
    noticedBy: pages('moves nobody for an earlier delivered receipt'),
  },
  {
    what: 'a place in the list of viewers is that of the last correction',
    file: viewsStore,
    from: "'coalesce(views.listed_viewed_at, views.viewed_at)'",
    to: "'views.viewed_at'",
    noticedBy: pages('moves nobody for an earlier read receipt'),
  },
  {
    what: 'who becomes one person with a later viewer moves in the list',
    file: viewsStore,
    from: 'one.listed_viewed_at ?? one.viewed_at ?? other.listed_viewed_at ?? other.viewed_at',
    to: 'one.listed_viewed_at',
    noticedBy: pages('leaves a person in place'),
  },
  {
    what: 'whoever views meanwhile comes at the end of those who viewed',
    file: viewersStore,
    from: "if (only === 'viewed' && asOf !== undefined) query.where('v.view_recorded_at', '<=', asOf);",
    to: '',
    noticedBy: pages('keeps the pages of those who viewed steady'),
  },
  {
    what: 'two viewers who are one person count twice',
    file: viewsStore,
    from: 'count.viewed += Number(other.viewed_at !== null && row.viewed_at !== null);',
    to: '',
    noticedBy: viewers('counts two who viewed and turn out to be one'),
  },
  {
    what: 'two who got it and are one person count twice',
    file: viewsStore,
    from: 'count.delivered += Number(other.delivered_at !== null && row.delivered_at !== null);',
    to: '',
    noticedBy: viewers('counts two who viewed and turn out to be one'),
  },
];
