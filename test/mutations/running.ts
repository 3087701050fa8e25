import type { Mutation } from './mutation.js';

const periodic = { file: 'server/lib/running/periodic-task.ts', noticedBy: { file: 'test/lib/periodic-task.test.ts' } };
const watch = { file: 'server/db/database-watch.ts', noticedBy: { file: 'test/db/database-watch.test.ts' } };

const clocks = { file: 'test/clocks/steady-time.test.ts' };

/** Wrong changes to what runs again and again, and to what depends on a clock. */
export const mutationsOfRunning: readonly Mutation[] = [
  {
    what: 'a task that keeps failing has a line in the log for every turn',
    ...periodic,
    from: '      if (this.told.has(failure) || this.told.size >= maxTold) return;\n',
    to: '',
  },
  {
    what: 'a trouble that comes back is not told again',
    ...periodic,
    from: '      this.told.clear();\n',
    to: '',
  },
  {
    what: 'a task that hangs is told at every turn',
    ...periodic,
    from: '    this.isToldAsLong = true;\n',
    to: '',
  },
  {
    what: 'a turn that hangs keeps those that follow although it has patience',
    ...periodic,
    from: 'patienceMs === undefined ? [turn]',
    to: 'patienceMs !== undefined ? [turn]',
  },
  {
    what: 'the database in trouble has a line in the log for every report',
    ...watch,
    from: 'if (!this.told.has(trouble.kind)) {',
    to: '{',
  },
  {
    what: 'trouble with the database that comes back is not told again',
    ...watch,
    from: '    this.told.clear();\n',
    to: '',
  },
  {
    what: 'expired uploads are not forgotten when the server starts',
    file: 'server/media/resumable-uploads.ts',
    from: '() => this.cancelAll({ expiredAt: this.now() }),',
    to: '',
    noticedBy: { file: 'test/media/cleaning.test.ts' },
  },
  {
    what: 'a step that fails keeps those after it',
    file: 'server/lib/running/each-in-turn.ts',
    from: '      failures.push(error);',
    to: '      throw error;',
    noticedBy: { file: 'test/media/cleaning.test.ts' },
  },
  {
    what: 'windows of the rate limit go by the clock of the system',
    file: 'server/lib/running/counting-windows.ts',
    from: 'const now = this.nowMs();',
    to: 'const now = Date.now();',
    noticedBy: clocks,
  },
  {
    what: 'a socket looks stuck by the clock of the system',
    file: 'server/whatsapp/connection/socket-health.ts',
    from: '    const nowMs = this.nowMs();\n    const {',
    to: '    const nowMs = this.clock.now().getTime();\n    const {',
    noticedBy: clocks,
  },
  {
    what: 'what is old is deleted while the clock is ahead of what it was',
    file: 'server/lib/running/clock-jumps.ts',
    from: 'this.isDoubtful() ? Promise.resolve() : work()',
    to: 'work()',
    noticedBy: clocks,
  },
  {
    what: 'nothing is deleted any more once a clock was put forward',
    file: 'server/lib/running/clock-jumps.ts',
    from: 'look.steadyMs > steadyMs - doubtedForMs',
    to: 'look.steadyMs > -1',
    noticedBy: clocks,
  },
  {
    what: 'a key that was claimed while the clock was ahead is held until that time',
    file: 'server/http/idempotency.ts',
    from: 'Math.abs(ageMs) > abandonedAfterMs',
    to: 'ageMs > abandonedAfterMs',
    noticedBy: { file: 'test/http/idempotency.test.ts', test: '(SQLite) is not waited for' },
  },
  {
    what: 'a sign-in that was used while the clock was ahead lasts longer',
    file: 'server/access/sign-ins-service.ts',
    from: 'if (Math.abs(next.getTime() - idleUntil.getTime()) <',
    to: 'if (next.getTime() - idleUntil.getTime() <',
    noticedBy: { file: 'test/access/sign-in.test.ts', test: 'while the clock is wrong' },
  },
  {
    what: 'room that was taken while the clock was ahead is held until that time',
    file: 'server/media/upload-room.ts',
    from: '      await this.parts.incoming.redate(tx, now);\n',
    to: '',
    noticedBy: { file: 'test/media/upload-room.test.ts', test: '(SQLite) comes back in time' },
  },
  {
    what: 'a lease that a wrong clock made names its holder until that time',
    file: 'server/sessions/ownership-store.ts',
    from: "`not ${isOver(this.db, 'session_leases', leaseMs)}`",
    to: '`expires_at > ${nowMs(this.db)}`',
    noticedBy: { file: 'test/ownership/leases.test.ts', test: '(SQLite) that was made while the clock' },
  },
  {
    what: 'a list of devices that a wrong clock dated counts until that time',
    file: 'server/whatsapp/publishing/recipient-devices-store.ts',
    from: 'Math.abs(now - row.listed_at)',
    to: '(now - row.listed_at)',
    noticedBy: { file: 'test/whatsapp/recipient-devices-store.test.ts', test: '(SQLite)' },
  },
  {
    what: 'devices that were refused while the clock was ahead are left out until that time',
    file: 'server/whatsapp/publishing/recipient-devices-store.ts',
    from: ' && row.refused_until <= now + refusedForMs + clocksDifferMs',
    to: '',
    noticedBy: { file: 'test/whatsapp/recipient-devices-store.test.ts', test: '(SQLite)' },
  },
];
