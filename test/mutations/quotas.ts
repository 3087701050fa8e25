import type { Mutation } from './mutation.js';

const file = 'server/access/quotas.ts';
const store = 'server/access/quotas-report-store.ts';
const organizationHas = (test: string) => ({
  file: 'test/access/quotas.test.ts',
  test: `limits of what an organization may have ${test}`,
});
const accountHas = (test: string) => ({
  file: 'test/access/quotas.test.ts',
  test: `limits of what an account may have (SQLite) ${test}`,
});
const set = (test: string) => ({ file: 'test/access/quotas-routes.test.ts', test });

/** How much there may be of what organizations and accounts make. */
export const mutationsOfQuotas: Mutation[] = [
  {
    what: 'one more than the limit may be made',
    file,
    from: '+ adding > max) throw',
    to: '+ adding > max + 1) throw',
    noticedBy: accountHas('hold for schedules'),
  },
  {
    what: 'who adds to an organization does not wait for others who do',
    file: store,
    from: "  else await db('organizations').where({ id: place.organizationId }).forNoKeyUpdate().first('id');\n",
    to: '',
    noticedBy: organizationHas('(PostgreSQL) hold whoever adds to the same place'),
  },
  {
    what: 'who adds much of which some is there already may pass a limit',
    file,
    from: 'if (before + atMost <= max) return result;',
    to: 'if (before <= max) return result;',
    noticedBy: organizationHas('(SQLite) count tags'),
  },
  {
    what: 'at the end of a limit nothing may be told again that is there already',
    file,
    from: 'after > max && after > before',
    to: 'before + atMost > max',
    noticedBy: organizationHas('(SQLite) count tags'),
  },
  {
    what: 'posts wait for people without an end',
    file: store,
    from: "sum({ total: 'targeted' })",
    to: "min({ total: 'targeted' })",
    noticedBy: accountHas('hold for posts that wait'),
  },
  {
    what: 'a key that had run out opens something again beyond the limit',
    file: 'server/access/keys-service.ts',
    from: 'if (opensAgain) await',
    to: 'if (!opensAgain) await',
    noticedBy: set('count a key again'),
  },
  {
    what: 'times of a schedule that are over count for ever',
    file: store,
    from: ".where('occurrence_at', '>=', at)",
    to: '',
    noticedBy: accountHas('hold for the times that a schedule leaves out'),
  },
  {
    what: 'a changed post names strangers beyond the people of an account',
    file: 'server/statuses/status-changes-service.ts',
    from: "await quotas.whileAdding(tx, 'person', session, strangers, resolve)",
    to: "await quotas.whileAdding(tx, 'person', session, strangers * 0, resolve)",
    noticedBy: accountHas('refuse strangers'),
  },
  {
    what: '0 in a setting lets nothing be',
    file: 'server/config/kinds.ts',
    from: 'limit === 0 ? Infinity : limit',
    to: 'limit',
    noticedBy: set('each reach their limit'),
  },
];
