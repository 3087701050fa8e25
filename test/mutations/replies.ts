import type { Mutation } from './mutation.js';

const answered = (test: string) => ({ file: 'test/replies/answers.test.ts', test: `answers (SQLite) ${test}` });
const recorded = (test: string) => ({
  file: 'test/replies/recording-replies.test.ts',
  test: `recording replies (SQLite) ${test}`,
});
const sweeping = { file: 'test/replies/reply-folder.test.ts', test: '(SQLite) go after an hour' };

const answersStore = 'server/replies/answers-store.ts';

/** What people answer, what is answered to them, and when it is forgotten. */
export const mutationsOfReplies: Mutation[] = [
  {
    what: 'receipts of one account are those of others',
    file: answersStore,
    from: '.where({ session_id: sessionId, message_id: messageId })',
    to: '.where({ message_id: messageId })',
    noticedBy: answered('are nothing to another account'),
  },
  {
    what: 'of many answers the oldest are shown',
    file: answersStore,
    from: "by.partitionBy('reply_id').orderBy('id', 'desc')",
    to: "by.partitionBy('reply_id').orderBy('id')",
    noticedBy: answered('go with their reply'),
  },
  {
    what: 'a status gets the replies that wait with other accounts',
    file: 'server/replies/replies-store.ts',
    from: '.where({ session_id: sessionId, status_message_id: messageId })',
    to: '.where({ status_message_id: messageId })',
    noticedBy: recorded('gives a status those of its own account alone'),
  },
  {
    what: 'everybody sees how much everybody has not read',
    file: 'server/replies/replies-report-store.ts',
    from: "whereReached(this.database('replies'), reach)",
    to: "this.database('replies')",
    noticedBy: recorded('counts what nobody has read'),
  },
  {
    what: 'the words under a picture opt somebody out',
    file: 'server/replies/reply-recorder.ts',
    from: "optedOut || kind !== 'text' || text === null",
    to: 'optedOut || text === null',
    noticedBy: recorded('opts out by words alone'),
  },
  {
    what: 'a file that has just come is swept away',
    file: 'server/replies/reply-folder.ts',
    from: 'found && found.mtimeMs < now - leftoverAfterMs',
    to: 'found',
    noticedBy: sweeping,
  },
  {
    what: 'viewers are forgotten when events are',
    file: 'server/forgetting.ts',
    from: 'old(keep.viewersMs,',
    to: 'old(keep.eventsMs,',
    noticedBy: { file: 'test/config/forgetting.test.ts' },
  },
  {
    what: 'what is sent already holds an erasure up',
    file: 'server/privacy/person-report-store.ts',
    from: "sending.where('s.state', 'sending').where('r.outcome', 'pending')",
    to: "sending.where('s.state', 'sending')",
    noticedBy: { file: 'test/privacy/erasing.test.ts', test: 'erasing somebody (SQLite) waits for nothing' },
  },
  {
    what: 'all organizations are summed up for each',
    file: 'server/analytics/posts-report-store.ts',
    from: 'if (organizationId !== null) void sessions.where({ organization_id: organizationId });',
    to: '',
    noticedBy: { file: 'test/analytics/edges.test.ts', test: '(SQLite) have nothing of other organizations' },
  },
  {
    what: 'a post at midnight is one of both days',
    file: 'server/analytics/posts-report-store.ts',
    from: ".where('statuses.sent_at', '<', to * quarterMs)",
    to: ".where('statuses.sent_at', '<=', to * quarterMs)",
    noticedBy: { file: 'test/analytics/edges.test.ts', test: '(SQLite) count a post' },
  },
  {
    what: 'who was left out of the last posts is lost',
    file: 'server/analytics/viewing-people-report-store.ts',
    from: "\n        .where('r.outcome', 'included')",
    to: '',
    noticedBy: { file: 'test/analytics/viewing-people.test.ts', test: '(SQLite) are not lost who were left out' },
  },
];
