import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { greeting, makeFirstKey, writeFirstKey } from '../../server/first-run.js';
import { makeTempDir } from '../support/temp-dir.js';

describe('the key of the first start', () => {
  let dir: string;
  let remove: () => Promise<void>;
  let file: string;
  beforeEach(async () => {
    ({ dir, remove } = await makeTempDir());
    file = path.join(dir, '.env');
  });
  afterEach(() => remove());

  it('goes to a file that only its owner may read', async () => {
    const key = makeFirstKey();
    assert.match(key, /^[\w-]{43}$/);
    await writeFirstKey({ key, envFile: file });
    assert.equal(await readFile(file, 'utf8'), `API_KEY=${key}\n`);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
    assert.deepEqual(await readdir(dir), ['.env']);
  });

  it('takes the empty line of a copied example, and leaves the rest alone', async () => {
    await writeFile(file, '# The key\nAPI_KEY=\n\nPORT=4000 # mine\n');
    const key = makeFirstKey();
    await writeFirstKey({ key, envFile: file });
    assert.equal(await readFile(file, 'utf8'), `# The key\nAPI_KEY=${key}\n\nPORT=4000 # mine\n`);
    assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it('comes after what an older file says, also without a line end', async () => {
    await writeFile(file, 'PORT=4000');
    const key = makeFirstKey();
    await writeFirstKey({ key, envFile: file });
    assert.deepEqual(parseEnv(await readFile(file, 'utf8')), { PORT: '4000', API_KEY: key });
  });

  it('says what to do where it cannot be written', async () => {
    await assert.rejects(
      writeFirstKey({ key: 'new', envFile: path.join(dir, 'nowhere', '.env') }),
      /API_KEY: None is set, and a new one could not be written to .*\.env \(ENOENT.* Set one yourself, or let this user write there/,
    );
  });
});

describe('what the server says when it runs', () => {
  const url = 'http://127.0.0.1:3000';
  const firstKey = { key: 'made-just-now', envFile: '/srv/.env' };

  it('names the key and the address with it, once, at the first start', () => {
    const said = greeting(url, firstKey, true);
    assert.match(said, /stored in \/srv\/.env; it is shown only now:\n\n {2}API_KEY {4}made-just-now\n/);
    assert.deepEqual(said.match(/http\S+/g), [`${url}/#key=made-just-now`]);
    assert.match(said, /Ctrl-C/);
  });

  it('puts no key into a log: where nobody sits there, it says how to see it', async () => {
    assert.doesNotMatch(greeting(url, firstKey, false), /made-just-now/);
    const { dir, remove } = await makeTempDir();
    try {
      for (const name of ['plain.env', "it's $mine here.env"]) {
        const envFile = path.join(dir, name);
        await writeFirstKey({ key: firstKey.key, envFile });
        const command = /^To see it: (.*)$/m.exec(greeting(url, { ...firstKey, envFile }, false))?.[1] ?? '';
        assert.equal(execFileSync('sh', ['-c', command], { encoding: 'utf8' }), 'API_KEY=made-just-now\n', command);
      }
    } finally {
      await remove();
    }
  });

  it('names the address and no key to whoever sits there, and nothing to a log collector', () => {
    assert.equal(greeting(url, undefined, true), `\n  Dashboard  ${url}/\n  Ctrl-C stops the server.\n\n`);
    assert.equal(greeting(url, undefined, false), '');
  });
});
