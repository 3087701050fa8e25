import type { Mutation } from './mutation.js';

const batcher = { file: 'test/lib/batcher.test.ts', test: 'nobody in particular' };
const deadline = { file: 'test/lib/lib.test.ts', test: 'leaves nothing behind' };
const lock = { file: 'test/lib/lib.test.ts', test: 'a keyed lock' };
const places = { file: 'test/lib/lib.test.ts', test: 'places' };
const bus = { file: 'test/lib/lib.test.ts', test: 'an event bus' };
const limit = { file: 'test/lib/limit.test.ts' };
const trouble = { file: 'test/db/database-troubles.test.ts', test: 'behind the errors' };
const gaps = { file: 'test/events/event-tail-gaps.test.ts' };
const previews = { file: 'test/links/remembered-previews.test.ts' };
const fetched = { file: 'test/outbound/outbound-fetcher.test.ts', test: 'cuts a long page' };
const addresses = { file: 'test/outbound/outbound-fetcher.test.ts', test: 'addresses with a password' };
const written = { file: 'test/outbound/outbound-fetcher.test.ts', test: 'leaves none behind' };
const listening = { file: 'test/http/http-server.test.ts', test: 'the listening socket' };
const repeats = { file: 'test/http/idempotency.test.ts', test: 'is for one caller, one thing' };
const stats = { file: 'test/monitoring/stats.test.ts' };
const uses = { file: 'test/access/keys-routes.test.ts', test: 'when they were used last' };
const manyKeys = { file: 'test/access/keys-routes.test.ts', test: 'keys of its sessions do not count' };
const keyEnds = { file: 'test/access/keys-routes.test.ts', test: 'stop working at the moment' };
const ownPages = { file: 'test/access/sign-in.test.ts', test: 'counts only on pages of this server' };

const tailFile = 'server/events/event-tail.ts';
const fetcherFile = 'server/outbound/outbound-fetcher.ts';
const previewsFile = 'server/links/link-previews.ts';
const idempotencyFile = 'server/http/idempotency.ts';
const statsFile = 'server/monitoring/stats-report-store.ts';
const keysFile = 'server/access/api-keys-store.ts';

/** What everything else stands on: keys, requests, events, fetches and the small parts of `lib`. */
export const mutationsOfFoundations: Mutation[] = [
  {
    what: 'a batch is written in the context of whoever added to it',
    file: 'server/lib/running/batcher.ts',
    from: 'AsyncResource.bind(() => this.startFlushing())',
    to: '() => this.startFlushing()',
    noticedBy: batcher,
  },
  {
    what: 'a deadline leaves its listener on the signal',
    file: 'server/lib/deadline.ts',
    from: "    if (onAbort) signal?.removeEventListener('abort', onAbort);\n",
    to: '',
    noticedBy: deadline,
  },
  {
    what: 'the third who locks a key runs beside the second',
    file: 'server/lib/running/keyed-lock.ts',
    from: 'if (this.tails.get(key) === tail) this.tails.delete(key);',
    to: 'this.tails.delete(key);',
    noticedBy: lock,
  },
  {
    what: 'a place that was taken over is free as well',
    file: 'server/lib/running/limit.ts',
    from: 'else this.running -= 1;',
    to: 'this.running -= 1;',
    noticedBy: limit,
  },
  {
    what: 'a place is given back twice',
    file: 'server/lib/running/places.ts',
    from: 'if (isHere) this.change',
    to: 'this.change',
    noticedBy: places,
  },
  {
    what: 'whoever listened hears on',
    file: 'server/events/event-bus.ts',
    from: 'this.listeners.delete(listener);',
    to: '',
    noticedBy: bus,
  },
  {
    what: 'what was heard behind a gap is heard again after nobody listened',
    file: tailFile,
    from: '      this.beyond.clear();\n',
    to: '',
    noticedBy: gaps,
  },
  {
    what: 'trouble behind another error is not found',
    file: 'server/lib/database-trouble.ts',
    from: 'current = current.cause;',
    to: 'return undefined;',
    noticedBy: trouble,
  },
  {
    what: 'a page that was not read, because too much was, is remembered as that',
    file: previewsFile,
    from: "(result === 'none' || result === 'busy') &&",
    to: "result === 'none' &&",
    noticedBy: previews,
  },
  {
    what: 'previews are remembered without end',
    file: previewsFile,
    from: 'this.kept.size > keptAtMost &&',
    to: 'this.kept.size < 0 &&',
    noticedBy: previews,
  },
  {
    what: 'what is just as long as it may be is too long',
    file: 'server/outbound/decoded-body.ts',
    from: 'if (readBytes > maxBytes)',
    to: 'if (readBytes >= maxBytes)',
    noticedBy: fetched,
  },
  {
    what: 'an address with a user name is fetched',
    file: fetcherFile,
    from: "url.username !== '' || url.password",
    to: 'url.password',
    noticedBy: addresses,
  },
  {
    what: 'half of a file stays on the disk',
    file: fetcherFile,
    from: '        await rm(limits.file, { force: true });\n',
    to: '',
    noticedBy: written,
  },
  {
    what: 'another path that begins alike is taken for PUBLIC_URL',
    file: 'server/http/http-server.ts',
    from: "return rest.startsWith('/') ? rest : address;",
    to: 'return rest;',
    noticedBy: listening,
  },
  {
    what: 'an idempotency key for one account answers for another',
    file: idempotencyFile,
    from: ' ${JSON.stringify(parsed.params ?? {})}',
    to: '',
    noticedBy: repeats,
  },
  {
    what: 'an answer is kept for ever',
    file: idempotencyFile,
    from: 'return ageMs > keptForMs;',
    to: 'return false;',
    noticedBy: repeats,
  },
  {
    what: 'the people of all organizations are counted',
    file: statsFile,
    from: "void query.whereIn('session_id', sessions);",
    to: '',
    noticedBy: stats,
  },
  {
    what: 'the views of all organizations are counted',
    file: statsFile,
    from: "whereReached(this.database('statuses'), reach)",
    to: "this.database('statuses')",
    noticedBy: stats,
  },
  {
    what: 'the last use of a key stays the first',
    file: keysFile,
    from: "orWhere('last_used_at', '<', at",
    to: "orWhere('last_used_at', '>', at",
    noticedBy: uses,
  },
  {
    what: 'keys of sessions use up those of the organization',
    file: 'server/access/quotas-report-store.ts',
    from: "activeKeys(db, place).where({ kind: 'admin' })",
    to: 'activeKeys(db, place)',
    noticedBy: manyKeys,
  },
  {
    what: 'the end of a key cannot be taken away',
    file: keysFile,
    from: 'changes.expiresAt?.getTime() ?? null }',
    to: 'changes.expiresAt?.getTime() }',
    noticedBy: keyEnds,
  },
  {
    what: 'the page of another program on this machine counts as our own',
    file: 'server/access/own-page.ts',
    from: 'new URL(origin).host === host',
    to: "new URL(origin).hostname === host?.split(':')[0]",
    noticedBy: ownPages,
  },
  {
    what: 'a cookie alone signs out',
    file: 'server/access/callers.ts',
    from: "'OPTIONS'])",
    to: "'OPTIONS', 'DELETE'])",
    noticedBy: ownPages,
  },
];
