import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { endPrograms } from '../../server/media-pool/leftover-programs.js';
import { makeTempDir } from '../support/temp-dir.js';

describe('programs that an earlier server left behind', () => {
  for (const [how, options] of [
    ['as Linux lists them', {}],
    ['as ps lists them', { processes: '/there/is/no/such/folder' }],
  ] as const) {
    it(`are ended when they work on its folder, ${how}, and no others`, async () => {
      const [own, other] = [await makeTempDir(), await makeTempDir()];
      const started: ChildProcess[] = [];
      // A shell that reads from a pipe: it ends when the test does.
      const start = async (folder: string): Promise<ChildProcess> => {
        const child = spawn('/bin/sh', ['-c', 'read line', path.join(folder, 'film.mp4')], {
          stdio: ['pipe', 'ignore', 'ignore'],
        });
        started.push(child);
        await once(child, 'spawn');
        return child;
      };
      try {
        const [leftOver, another] = [await start(own.dir), await start(other.dir)];
        const ended = once(leftOver, 'exit');
        await endPrograms(['node-of-another-name'], own.dir, options);
        assert.equal(leftOver.exitCode, null);
        await endPrograms(['sh'], own.dir, options);
        assert.deepEqual(await ended, [null, 'SIGKILL']);
        assert.deepEqual([another.exitCode, another.signalCode], [null, null]);
      } finally {
        for (const child of started) child.kill('SIGKILL');
        await own.remove();
        await other.remove();
      }
    });
  }
});
