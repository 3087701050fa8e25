import type { Mutation } from './mutation.js';

const view = { file: 'test/viewers/view.test.ts' };
const receipts = { file: 'test/whatsapp/receipts.test.ts' };
const answers = { file: 'test/whatsapp/retry-answers.test.ts' };
const offlineEnd = { file: 'test/whatsapp/offline-end.test.ts' };
const health = { file: 'test/whatsapp/socket-health.test.ts', test: 'is stuck' };
const queue = { file: 'test/whatsapp/socket-health.test.ts', test: 'offline queue moves' };
const turns = { file: 'test/lib/turns.test.ts' };
const coalescer = { file: 'test/realtime/viewers-coalescer.test.ts' };
const outcome = { file: 'test/statuses/status-outcome.test.ts' };
const reads = { file: 'test/whatsapp/reads-in-turns.test.ts' };
const intake = { file: 'test/whatsapp/receipt-intake.test.ts' };
const viewerPages = { file: 'test/dashboard/live-viewers.test.ts' };

const viewFile = 'server/viewers/view.ts';
const receiptsFile = 'server/whatsapp/receipts/receipts.ts';
const answersFile = 'server/whatsapp/publishing/retry-answers.ts';
const offlineEndFile = 'server/whatsapp/connection/offline-end.ts';
const healthFile = 'server/whatsapp/connection/socket-health.ts';
const turnsFile = 'server/lib/running/turns.ts';
const coalescerFile = 'server/realtime/viewers-coalescer.ts';
const outcomeFile = 'server/statuses/status-outcome.ts';
const readsFile = 'server/whatsapp/baileys/reads-in-turns.ts';
const intakeFile = 'server/whatsapp/receipts/receipt-intake.ts';
const viewerPagesFile = 'public/src/posts/viewers/viewer-pages.ts';

/** What comes from phones, and what is made of it. */
export const mutationsOfReceiving: Mutation[] = [
  {
    what: 'the end of a socket overtakes the frames before it',
    file: readsFile,
    from: "['message', ...endings]",
    to: "['message']",
    noticedBy: reads,
  },
  {
    what: 'a socket that somebody holds is read on',
    file: readsFile,
    from: 'if (this.held === 0 && this.waiting.length === 0)',
    to: 'if (this.waiting.length === 0)',
    noticedBy: reads,
  },
  {
    what: 'a socket is read on as soon as one receipt of many is recorded',
    file: 'server/whatsapp/baileys/read-hold.ts',
    from: 'if (count > this.most / 2) return;',
    to: 'if (count > this.most) return;',
    noticedBy: intake,
  },
  {
    what: 'receipts that were not recorded are acknowledged',
    file: intakeFile,
    from: 'if (isSafe) await this.answer(batch);',
    to: 'await this.answer(batch);',
    noticedBy: intake,
  },
  {
    what: 'a like that was opened and not recorded is not asked for again',
    file: 'server/whatsapp/receipts/status-intake.ts',
    from: '!mayBeAboutOurs({ node, isLetter }) && wasOpenedBefore(message)',
    to: 'wasOpenedBefore(message)',
    noticedBy: { file: 'test/whatsapp/status-intake.test.ts', test: 'a like of ours is nobody’s answer' },
  },
  {
    what: 'a played voice note is no view',
    file: viewFile,
    from: "fact.kind !== 'delivered' && setEarlier",
    to: "fact.kind === 'read' && setEarlier",
    noticedBy: view,
  },
  {
    what: 'a view is no delivery',
    file: viewFile,
    from: "      setEarlier(row, 'deliveredAt', fact.at),",
    to: "      fact.kind === 'delivered' && setEarlier(row, 'deliveredAt', fact.at),",
    noticedBy: view,
  },
  {
    what: 'what was known of a viewer is forgotten',
    file: viewFile,
    from: '{ ...(before ?? emptyView(fact)) }',
    to: '{ ...emptyView(fact) }',
    noticedBy: view,
  },
  {
    what: 'an own device is a viewer',
    file: receiptsFile,
    from: 'messageIdForm.test(messageId) && !isOwn(person, own)',
    to: 'messageIdForm.test(messageId)',
    noticedBy: receipts,
  },
  {
    what: 'the account itself is a viewer under its number',
    file: receiptsFile,
    from: 'person.phoneNumber !== null && person.phoneNumber === own.phoneNumber',
    to: 'person.phoneNumber === null',
    noticedBy: receipts,
  },
  {
    what: 'a receipt for an app in the background counts for nothing',
    file: receiptsFile,
    from: " || type === 'inactive'",
    to: '',
    noticedBy: receipts,
  },
  {
    what: 'a receipt about somebody else’s message counts',
    file: receiptsFile,
    from: " || attrs['recipient'] !== undefined) return [];",
    to: ') return [];',
    noticedBy: receipts,
  },
  {
    what: 'a time that is far ahead is taken',
    file: receiptsFile,
    from: 'ms >= earliestMs && ms <= fallback.getTime() + aheadMs',
    to: 'ms >= earliestMs',
    noticedBy: receipts,
  },
  {
    what: 'the time of one reader in a group is that of the stanza',
    file: receiptsFile,
    from: "const at = timeOf(user.attrs['t'], stanzaTime);",
    to: 'const at = stanzaTime;',
    noticedBy: receipts,
  },
  {
    what: 'a device is answered once more than it should be',
    file: answersFile,
    from: '>= maxAnswers',
    to: '> maxAnswers',
    noticedBy: answers,
  },
  {
    what: 'answers of one account count for all',
    file: answersFile,
    from: '`${sessionId} ${messageId} ${jid}`',
    to: '`${messageId} ${jid}`.concat(sessionId.slice(0, 0))',
    noticedBy: answers,
  },
  {
    what: 'a device that asks on is forgotten as if it had asked long ago',
    file: answersFile,
    from: '    this.counts.delete(key);\n    this.counts.set(key, count);',
    to: '    this.counts.set(key, count);',
    noticedBy: answers,
  },
  {
    what: 'answers to devices are remembered without a limit',
    file: answersFile,
    from: 'if (this.counts.size > maxRemembered && oldest',
    to: 'if (this.counts.size < 0 && oldest',
    noticedBy: answers,
  },
  {
    what: 'everything that is marked prolongs the wait for the end of the queue',
    file: offlineEndFile,
    from: "attrs['offline'] === undefined || this.remaining === 0",
    to: "attrs['offline'] === undefined",
    noticedBy: offlineEnd,
  },
  {
    what: 'the end of the queue is told twice',
    file: offlineEndFile,
    from: 'socket.on(offlineEnd, () => this.stop());',
    to: '',
    noticedBy: offlineEnd,
  },
  {
    what: 'the queue counts down by two',
    file: offlineEndFile,
    from: 'this.remaining -= 1;',
    to: 'this.remaining = Math.max(0, this.remaining - 2);',
    noticedBy: offlineEnd,
  },
  {
    what: 'an answer to a question is an event',
    file: healthFile,
    from: "if (tag === 'ack' || tag === 'iq') return;",
    to: "if (tag === 'ack') return;",
    noticedBy: health,
  },
  {
    what: 'a post that is answered does not forget those that were not',
    file: healthFile,
    from: "outcome === 'answered' ? 0 : this.unansweredPosts + 1",
    to: "outcome === 'answered' ? this.unansweredPosts : this.unansweredPosts + 1",
    noticedBy: health,
  },
  {
    what: 'a queue that moves is called stuck',
    file: healthFile,
    from: '      this.offlineProgressAtMs = nowMs;\n      this.facts.pendingOfflineItems = Math.max',
    to: '      this.facts.pendingOfflineItems = Math.max',
    noticedBy: queue,
  },
  {
    what: 'one organization has every place',
    file: turnsFile,
    from: '.length >= atOnceOfOne',
    to: '.length >= atOnce',
    noticedBy: turns,
  },
  {
    what: 'an organization goes first again at once',
    file: turnsFile,
    from: '      waiting.delete(organization);\n      if (queue.length > 0) waiting.set',
    to: '      if (queue.length === 0) waiting.delete(organization);\n      if (queue.length > 0) waiting.set',
    noticedBy: turns,
  },
  {
    what: 'what is busy is begun a second time',
    file: turnsFile,
    from: 'while (next !== undefined && this.busy.has(this.options.keyOf(next))) next = queue.shift();',
    to: '',
    noticedBy: turns,
  },
  {
    what: 'of two updates within the window the first is lost',
    file: 'server/realtime/coalescer.ts',
    from: 'window.waiting ? this.merge(window.waiting, event) : event',
    to: 'event',
    noticedBy: coalescer,
  },
  {
    what: 'who viewed it is told as having got it only, too',
    file: coalescerFile,
    from: '  for (const personId of viewers.keys()) delivered.delete(personId);\n',
    to: '',
    noticedBy: coalescer,
  },
  {
    what: 'a post to oneself alone has failed',
    file: outcomeFile,
    from: 'if (targeted === 0 || isSent)',
    to: 'if (isSent)',
    noticedBy: outcome,
  },
  {
    what: 'a post that reached nobody is sent',
    file: outcomeFile,
    from: 'if (targeted === 0 || isSent)',
    to: 'if (targeted >= 0 || isSent)',
    noticedBy: outcome,
  },
  {
    what: 'a fourth attempt is made',
    file: outcomeFile,
    from: 'if (attempts >= maxAttempts)',
    to: 'if (attempts > maxAttempts)',
    noticedBy: outcome,
  },
  {
    what: 'what an account may not do is told as too much',
    file: outcomeFile,
    from: "'WhatsApp refused the post because the account is not allowed to send it (401). Check the account on its phone.'",
    to: "'WhatsApp says that this account posts too much (401).'",
    noticedBy: outcome,
  },
  {
    what: 'a post whose answer the connection took along is not repeated',
    file: outcomeFile,
    from: "if (outcome.result === 'unconfirmed') return outcome.connectionLost;",
    to: "if (outcome.result === 'unconfirmed') return false;",
    noticedBy: outcome,
  },
  {
    what: 'the list of those who viewed shows whom it only reached',
    file: viewerPagesFile,
    from: "if (filter.only === 'viewed' && viewer.viewedAt === null) return false;\n",
    to: '',
    noticedBy: viewerPages,
  },
  {
    what: 'who has just viewed stays among those who missed it',
    file: viewerPagesFile,
    from: "if (filter.only === 'missed' && (viewer.deliveredAt ?? viewer.viewedAt) !== null) return false;\n",
    to: '',
    noticedBy: viewerPages,
  },
  {
    what: 'who has just viewed stays where they were',
    file: viewerPagesFile,
    from: 'else if (known.viewedAt === null && now.viewedAt !== null) first.push(now);',
    to: 'else if (known.viewedAt === null && now.viewedAt !== null) items.push(now);',
    noticedBy: viewerPages,
  },
  {
    what: 'who viewed a status is lost between two pages when an earlier receipt comes late',
    file: 'server/viewers/views-store.ts',
    from: "view_recorded_at: 'coalesce(views.view_recorded_at, excluded.view_recorded_at)'",
    to: "view_recorded_at: 'excluded.view_recorded_at'",
    noticedBy: {
      file: 'test/viewers/viewers-pages.test.ts',
      test: 'pages of viewers (SQLite) keeps somebody on a later page',
    },
  },
  {
    what: 'reads are told though they are hidden',
    file: 'simulator/protocol/receipt-router.ts',
    from: "  if (type === 'read' && readsHidden) return;\n",
    to: '',
    noticedBy: { file: 'test/simulator/two-accounts.slow.test.ts', test: 'who hides it' },
  },
  {
    what: 'programs that were left behind are not found by ps',
    file: 'server/media-pool/leftover-programs.ts',
    from: '/^\\s*(\\d+) (.*)$/',
    to: '/^(\\d+)  (.*)$/',
    noticedBy: { file: 'test/media/leftover-programs.test.ts', test: 'as ps lists them' },
  },
  {
    what: 'whoever says so has answered for the account',
    file: 'server/whatsapp/receipts/replies.ts',
    from: '!sender || !isOwn(sender, own) || !person',
    to: '!sender || !person',
    noticedBy: { file: 'test/whatsapp/own-answers.test.ts', test: 'is nothing that somebody else says' },
  },
];
