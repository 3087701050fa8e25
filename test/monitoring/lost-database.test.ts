import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { createLogger } from '../../server/lib/logger.js';
import { describeOnEveryEngine } from '../support/databases.js';
import { makeTempDir } from '../support/temp-dir.js';
import { startTestServer } from '../support/test-server.js';

describeOnEveryEngine('a server whose database is lost', (newAddress) => {
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  beforeEach(async () => {
    folder = await makeTempDir();
  });
  afterEach(() => folder.remove());

  /** What the log warns of while the server starts. */
  async function warningsOfStart(url: string | undefined): Promise<string[]> {
    const warnings: string[] = [];
    const write = (line: string): void => {
      const { level, msg } = JSON.parse(line) as { level: number; msg: string };
      if (level === 40) warnings.push(msg);
    };
    const logger = createLogger({ logLevel: 'warn' }, { write });
    const server = await startTestServer({
      dataDir: folder.dir,
      isNew: true,
      env: { DATABASE_URL: url },
      replace: { logger },
    });
    await server.stop({ keepData: true });
    return warnings;
  }

  it('warns when it begins anew beside the key of an earlier one, and not before or after', async () => {
    const first = (await newAddress()).url;
    assert.deepEqual(await warningsOfStart(first), []);
    assert.deepEqual(await warningsOfStart(first), []);

    const dataDir = path.join(folder.dir, 'data');
    for (const end of ['', '-wal', '-shm']) await rm(path.join(dataDir, `statuscast.sqlite${end}`), { force: true });
    const second = (await newAddress()).url;
    const [warning, ...more] = await warningsOfStart(second);
    assert.match(
      warning ?? '',
      /database is new although the key of an earlier one is there.*stop the server and restore/,
    );
    assert.deepEqual(more, []);
    assert.deepEqual(await warningsOfStart(second), []);
  });
});
