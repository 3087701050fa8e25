import type { Mutation } from './mutation.js';

const leases = 'test/ownership/leases.test.ts';
const versions = { file: 'test/whatsapp/web-versions.test.ts' };
const states = { file: 'test/sessions/session-states.test.ts' };

const ownershipFile = 'server/sessions/ownership.ts';
const versionsFile = 'server/whatsapp/connection/web-versions.ts';
const reconnectsFile = 'server/sessions/reconnects.ts';

/** Accounts, who has them, and how they come back. */
export const mutationsOfSessions: Mutation[] = [
  {
    what: 'the queue of an account that another process has is worked on',
    file: 'server/posting/posting-service.ts',
    from: '      if (!(await this.parts.isOurs(tx, sessionId))) return undefined;\n',
    to: '',
    noticedBy: { file: leases, test: '(SQLite) that another has by now lets nothing' },
  },
  {
    what: 'the fence trusts what the process remembers',
    file: ownershipFile,
    from: 'return held !== undefined && (await this.store.isHeld(source, { sessionId, token: held.token }, this.me.id));',
    to: 'return Promise.resolve(held !== undefined);',
    noticedBy: { file: leases, test: '(SQLite) counts as the database has it' },
  },
  {
    what: 'a lease that another has is not told as lost',
    file: ownershipFile,
    from: 'if (kept.has(sessionId)) held.untilMs',
    to: 'if (kept.size >= 0) held.untilMs',
    noticedBy: { file: leases, test: '(SQLite) that another has is told as lost' },
  },
  {
    what: 'the token of a lease does not grow',
    file: 'server/sessions/ownership-store.ts',
    from: 'token = session_leases.token + 1',
    to: 'token = session_leases.token',
    noticedBy: { file: leases, test: '(SQLite) has another token' },
  },
  {
    what: 'what a closed connection says late is taken for the news of the present one',
    file: 'server/sessions/session-connection.ts',
    from: '    if (connection !== this.current) return;\n',
    to: '',
    noticedBy: { file: 'test/sessions/late-events.test.ts', test: '(SQLite)' },
  },
  {
    what: 'a code that has run out is shown',
    file: 'server/sessions/linking-codes.ts',
    from: 'code !== undefined && code.expiresAt > this.clock.now() ? code : undefined',
    to: 'code',
    noticedBy: { file: 'test/sessions/linking-codes.test.ts' },
  },
  {
    what: 'an account connects at once however often it is asked to',
    file: reconnectsFile,
    from: 'return this.atOnce <= maxAtOnce;',
    to: 'return this.atOnce > 0;',
    noticedBy: states,
  },
  {
    what: 'the fourth connection that is asked for in a row is made at once',
    file: reconnectsFile,
    from: 'const maxAtOnce = 3;',
    to: 'const maxAtOnce = 4;',
    noticedBy: states,
  },
  {
    what: 'a steady connection does not reset the pauses',
    file: reconnectsFile,
    from: '    if (wasSteady) this.attempts = 0;\n',
    to: '',
    noticedBy: states,
  },
  {
    what: 'a version is read from an error',
    file: versionsFile,
    from: '  if (!response.ok) return undefined;\n',
    to: '',
    noticedBy: versions,
  },
  {
    what: 'the script of WhatsApp Web is read without an end',
    file: versionsFile,
    from: '    if (text.length > longestScript) break;\n',
    to: '',
    noticedBy: versions,
  },
  {
    what: 'the question for the version goes on though nobody waits for it',
    file: versionsFile,
    from: 'await fetch(url, { signal, headers })',
    to: 'await fetch(url, { headers })',
    noticedBy: versions,
  },
  {
    what: 'the version is asked for as no browser does',
    file: versionsFile,
    from: 'await fetch(url, { signal, headers })',
    to: 'await fetch(url, { signal })',
    noticedBy: versions,
  },
];
