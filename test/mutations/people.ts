import type { Mutation } from './mutation.js';

const viewFile = 'server/viewers/view.ts';
const viewsStore = 'server/viewers/views-store.ts';
const viewersStore = 'server/viewers/viewers-report-store.ts';
const pages = (test: string) => ({
  file: 'test/viewers/viewers-pages.test.ts',
  test: `pages of viewers (SQLite) ${test}`,
});
const reactions = (test: string) => ({ file: 'test/viewers/reactions.test.ts', test: `reactions (SQLite) ${test}` });
const viewers = (test: string) => ({ file: 'test/viewers/viewers-service.test.ts', test: `viewers (SQLite) ${test}` });

const totals = (test: string) => ({
  file: 'test/viewers/viewer-totals.test.ts',
  test: `totals of viewers (SQLite) ${test}`,
});

const ending = (test: string) => ({
  file: 'test/db/ending-reads.test.ts',
  test: `a read that nobody waits for (SQLite) ${test}`,
});
const endingOnPostgres = (test: string) => ({
  file: 'test/db/ending-reads.test.ts',
  test: `a read that nobody waits for (PostgreSQL) ${test}`,
});

/** Who is who, what is known of them, and reading it. */
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
    what: 'whoever gets it between two pages is missing among those who missed it',
    file: viewersStore,
    from: "if (asOf !== undefined) void either.orWhere(recordedAt, '>', asOf);",
    to: '',
    noticedBy: pages('keeps those of whom a delivered receipt comes'),
  },
  {
    what: 'those to whom it was not sent have missed it',
    file: viewersStore,
    from: "void concerned.where('outcome', 'included');",
    to: '{}',
    noticedBy: {
      file: 'test/viewers/sorted-viewers.test.ts',
      test: 'viewers in an order (SQLite) were missed only by those to whom it was sent',
    },
  },
  {
    what: 'a file of viewers is read on when the caller has left',
    file: 'server/viewers/viewers-service.ts',
    from: 'await forCaller(gone, () =>',
    to: 'await forCaller(new AbortController().signal, () =>',
    noticedBy: {
      file: 'test/viewers/sorted-viewers.test.ts',
      test: 'viewers in an order (SQLite) are read no further',
    },
  },
  {
    what: 'two viewers who are one person count twice',
    file: viewFile,
    from: 'isKnown(after?.viewedAt) - isKnown(before?.viewedAt)',
    to: 'Math.max(0, isKnown(after?.viewedAt) - isKnown(before?.viewedAt))',
    noticedBy: viewers('counts two who viewed and turn out to be one'),
  },
  {
    what: 'two who reacted and are one person count twice',
    file: viewFile,
    from: 'isKnown(after?.reaction) - isKnown(before?.reaction)',
    to: 'Math.max(0, isKnown(after?.reaction) - isKnown(before?.reaction))',
    noticedBy: reactions('of two who turn out to be one person become the last one'),
  },
  {
    what: 'who keeps sums of views does not hear of the row of somebody who is gone',
    file: viewsStore,
    from: '...gone.map((row) => ({ before: toView(row), after: undefined })),',
    to: '',
    noticedBy: viewers('tells whoever keeps sums'),
  },
  {
    what: 'an older reaction that comes later counts',
    file: viewFile,
    from: '(row.reactedAt !== null && row.reactedAt > at)',
    to: 'at === 0',
    noticedBy: reactions('count as the last one says'),
  },
  {
    what: 'of several reactions to a status that is not known yet only the first is kept',
    file: 'server/viewers/pending-receipts-store.ts',
    from: 'kind, ...which]',
    to: 'kind]',
    noticedBy: reactions('that come before their status wait for it'),
  },
  {
    what: 'two who got it and are one person count twice',
    file: viewFile,
    from: 'isKnown(after?.deliveredAt) - isKnown(before?.deliveredAt)',
    to: 'Math.max(0, isKnown(after?.deliveredAt) - isKnown(before?.deliveredAt))',
    noticedBy: viewers('counts two who viewed and turn out to be one'),
  },
  {
    what: 'a read goes on in SQLite after its caller left',
    file: 'server/db/guarded-clients.ts',
    from: 'Promise.resolve(connection.interrupt())',
    to: 'Promise.resolve()',
    noticedBy: ending('has ended in the database'),
  },
  {
    what: 'a read goes on in PostgreSQL after its caller left',
    file: 'server/db/guarded-clients.ts',
    from: '() => cancelStatement(connection)',
    to: '() => Promise.resolve()',
    noticedBy: endingOnPostgres('has ended in the database'),
  },
  {
    what: 'the connection of a read that was ended is given away too early',
    file: 'server/db/ending-reads.ts',
    from: '    await ending;\n',
    to: '',
    noticedBy: { file: 'test/db/ending-reads.test.ts', test: 'comes after the wish' },
  },
  {
    what: 'a read has no deadline',
    file: 'server/db/ending-reads.ts',
    from: '() => stop(tookTooLong(deadlineMs))',
    to: '() => undefined',
    noticedBy: ending('ends as unavailable'),
  },
  {
    what: 'what a caller’s work leaves running ends with the caller',
    file: 'server/lib/caller-scope.ts',
    from: '    scope.signal = undefined;\n',
    to: '',
    noticedBy: ending('is not what a caller'),
  },
  {
    what: 'a caller who leaves leaves the reading of lists behind',
    file: 'server/http/mount-routes.ts',
    from: "saysSo ?? (method === 'get' && 'page' in response)",
    to: 'saysSo ?? false',
    noticedBy: { file: 'test/http/callers-who-leave.test.ts', test: 'ends the reading of a list' },
  },
  {
    what: 'a change ends when its caller leaves',
    file: 'server/http/mount-routes.ts',
    from: "saysSo ?? (method === 'get' && 'page' in response)",
    to: 'saysSo ?? true',
    noticedBy: { file: 'test/http/callers-who-leave.test.ts', test: 'ends nothing of a change' },
  },
  {
    what: 'of too many unknown receipts the newest go',
    file: 'server/viewers/pending-receipts-store.ts',
    from: ".orderBy(['created_at', 'id'])",
    to: ".orderBy([{ column: 'created_at', order: 'desc' }, 'id'])",
    noticedBy: { file: 'test/viewers/pending-receipts.test.ts' },
  },
  {
    what: 'whoever got nothing is among those who viewed nothing',
    file: 'server/audiences/segments-report-store.ts',
    from: '`${got} and not ${viewed}`',
    to: '`not ${viewed}`',
    noticedBy: {
      file: 'test/audiences/segments.test.ts',
      test: 'segments (SQLite) are nobody to whom nothing was sent',
    },
  },
  {
    what: 'an id of somebody who is gone is given after a later merge',
    file: 'server/people/people-service.ts',
    from: 'survivors.size === 0 ? ids : ids.map((id) => lastSurvivor(survivors, id))',
    to: 'survivors.size < 0 ? ids.map((id) => lastSurvivor(survivors, id)) : ids',
    noticedBy: {
      file: 'test/people/people-service.test.ts',
      test: 'people (SQLite) gives who turn out to be one, long after',
    },
  },
  {
    what: 'a LID leads to its own key in place of a number',
    file: 'server/whatsapp/publishing/recipient-devices.ts',
    from: "[key.replace(/_reverse$/, ''), number]",
    to: '[key, number]',
    noticedBy: { file: 'test/whatsapp/recipient-devices.test.ts' },
  },
  {
    what: 'an address book that lost somebody is called whole',
    file: 'server/whatsapp/address-book/address-book-intake.ts',
    from: '    this.hasLost = true;\n',
    to: '',
    noticedBy: { file: 'test/whatsapp/address-book-intake.test.ts', test: 'once somebody was lost' },
  },
  {
    what: 'an address book of any size waits in memory',
    file: 'server/whatsapp/address-book/address-book-intake.ts',
    from: 'if (this.waiting.length + news.length > maxWaiting) {',
    to: 'if (this.waiting.length + news.length < 0) {',
    noticedBy: { file: 'test/whatsapp/address-book-intake.test.ts', test: 'more than any phone has' },
  },
  {
    what: 'new chats are told to nobody',
    file: 'server/whatsapp/address-book/address-book-news.ts',
    from: 'chats.flatMap((chat) => newsOfChat(chat, undefined, undefined) ?? [])',
    to: 'chats.flatMap((chat) => (newsOfChat(chat, undefined, undefined) ? [] : []))',
    noticedBy: { file: 'test/whatsapp/address-book-intake.test.ts', test: 'tells of a new chat' },
  },
  {
    what: 'receipts that wait are handed out to any account',
    file: 'server/viewers/pending-receipts-store.ts',
    from: "where({ session_id: sessionId }).select('*');",
    to: "select('*');",
    noticedBy: { file: 'test/viewers/pending-receipts.test.ts' },
  },
  {
    what: 'the new receipts that wait are pruned, the old stay',
    file: 'server/viewers/pending-receipts-store.ts',
    from: "where('created_at', '<', before)",
    to: "where('created_at', '>', before)",
    noticedBy: { file: 'test/viewers/pending-receipts.test.ts' },
  },
  {
    what: 'who stays of two people takes the names of the other',
    file: 'server/people/people-store.ts',
    from: "db.raw('coalesce(??, ?)', [column, gone[column]])",
    to: 'gone[column]',
    noticedBy: { file: 'test/people/people-service.test.ts', test: '(SQLite) keeps the names' },
  },
  {
    what: 'a change commits before its events are written',
    file: 'server/db/unit-of-work.ts',
    from: 'if (tx.events.length > 0) await this.sink',
    to: 'if (tx.events.length > 0) void this.sink',
    noticedBy: { file: 'test/db/unit-of-work.test.ts', test: '(SQLite) takes both back' },
  },
  {
    what: 'living sign-ins are cleaned up',
    file: 'server/access/sign-ins-store.ts',
    from: ".orWhere('idle_until', '<=', now.getTime())",
    to: ".orWhere('idle_until', '>=', now.getTime())",
    noticedBy: { file: 'test/access/sign-ins-store.test.ts' },
  },
  {
    what: 'receipts of another organization are erased',
    file: 'server/viewers/pending-receipts-store.ts',
    from: "      .whereIn('session_id', sessions)\n",
    to: '',
    noticedBy: {
      file: 'test/privacy/erasing.test.ts',
      test: 'erasing somebody (SQLite) leaves other organizations what they know',
    },
  },
  {
    what: 'with one status all views of its viewers are forgotten',
    file: viewsStore,
    from: "db<ViewRow>('views').where({ status_id: statusId }).whereIn('person_id', some)",
    to: "db<ViewRow>('views').whereIn('person_id', some)",
    noticedBy: {
      file: 'test/viewers/forgotten-people.test.ts',
      test: 'who got and viewed old statuses (SQLite) are forgotten of that status alone',
    },
  },
  {
    what: 'who comes along in a change is told as news',
    file: 'server/viewers/viewers-service.ts',
    from: 'await this.tellViewers(tx, groupByStatus(changed));',
    to: 'await this.tellViewers(tx, groupByStatus(facts));',
    noticedBy: viewers('tells only what changed'),
  },
  {
    what: 'the first view of somebody who becomes another one is lost',
    file: 'server/viewers/viewer-totals.ts',
    from: 'if (gone.acts.viewed.count > 0) addFirst(totals, gone, posts);',
    to: '',
    noticedBy: totals('know the first view'),
  },
  {
    what: 'of posts of one moment the last that was viewed counts as the last post',
    file: 'server/viewers/viewer-totals.ts',
    from: 'at === otherAt ? post > other : at > otherAt',
    to: 'at >= otherAt',
    noticedBy: totals('take of posts of the same moment'),
  },
  {
    what: 'an edit is recorded before its reply',
    file: 'server/whatsapp/receipts/status-intake.ts',
    from: 'this.recordingReplies = this.recordingReplies.then(',
    to: 'this.recordingReplies = Promise.resolve().then(',
    noticedBy: { file: 'test/whatsapp/letters.test.ts', test: 'is recorded after those before it' },
  },
  {
    what: 'an answer that waits goes with its reply',
    file: 'server/replies/replies-store.ts',
    from: '.whereNotExists(waiting)',
    to: '',
    noticedBy: { file: 'test/replies/answers.test.ts', test: 'answers (SQLite) that have not left keep their reply' },
  },
  {
    what: 'an account that was linked by QR code can be erased as a person',
    file: 'server/privacy/person-report-store.ts',
    from: ".orWhereIn('jid', names)",
    to: '',
    noticedBy: { file: 'test/privacy/erasing.test.ts', test: 'and for an account itself' },
  },
];
