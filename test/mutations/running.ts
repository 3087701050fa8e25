import type { Mutation } from './mutation.js';

const periodic = { file: 'server/lib/periodic-task.ts', noticedBy: { file: 'test/lib/periodic-task.test.ts' } };
const watch = { file: 'server/db/database-watch.ts', noticedBy: { file: 'test/db/database-watch.test.ts' } };

/** Wrong changes to what runs again and again, and to what depends on a clock. */
export const mutationsOfRunning: readonly Mutation[] = [
  {
    ...{ what: 'a task that keeps failing has a line in the log for every turn', ...periodic },
    from: '      if (this.told.has(failure) || this.told.size >= maxTold) return;\n',
    to: '',
  },
  {
    ...{ what: 'a trouble that comes back is not told again', ...periodic },
    ...{ from: '      this.told.clear();\n', to: '' },
  },
  {
    ...{ what: 'a task that hangs is told at every turn', ...periodic },
    ...{ from: '    this.isToldAsLong = true;\n', to: '' },
  },
  {
    ...{ what: 'a turn that hangs keeps those that follow although it has patience', ...periodic },
    ...{ from: 'patienceMs === undefined ? [turn]', to: 'patienceMs !== undefined ? [turn]' },
  },
  {
    ...{ what: 'the database in trouble has a line in the log for every report', ...watch },
    ...{ from: 'if (!this.told.has(trouble.kind)) {', to: '{' },
  },
  {
    ...{ what: 'trouble with the database that comes back is not told again', ...watch },
    ...{ from: '    this.told.clear();\n', to: '' },
  },
  {
    what: 'expired uploads are not forgotten when the server starts',
    file: 'server/media/resumable-uploads.ts',
    ...{ from: '() => this.cancelAll({ expiredAt: this.now() }),', to: '' },
    noticedBy: { file: 'test/media/cleaning.test.ts' },
  },
  {
    what: 'a step that fails keeps those after it',
    file: 'server/lib/each-in-turn.ts',
    ...{ from: '      failures.push(error);', to: '      throw error;' },
    noticedBy: { file: 'test/media/cleaning.test.ts' },
  },
];
