import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { cp, mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { readFileSync } from 'node:fs';
import { makeTempDir } from '../support/temp-dir.js';
import { packagesImportedStatically } from './static-imports.js';

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: Record<string, string> };

describe('a clone without node_modules', () => {
  let folder: Awaited<ReturnType<typeof makeTempDir>>;
  before(async () => {
    folder = await makeTempDir();
  });
  after(() => folder.remove());

  it('has commands that load no package before they have installed any', async () => {
    const entries = (await readdir('scripts')).filter((name) => name.endsWith('.mjs'));
    assert.ok(entries.length > 5, 'the commands are found');
    assert.deepEqual(
      entries.flatMap((entry) => packagesImportedStatically(path.resolve('scripts', entry))),
      [],
    );
  });

  it('would be noticed when a module behind a command imports a package', async () => {
    const write = (name: string, text: string) => writeFile(path.join(folder.dir, name), text);
    await mkdir(path.join(folder.dir, 'lib'));
    await write('entry.mjs', "import fs from 'node:fs';\nimport { b } from './lib/b.mjs';\nawait import('dayjs');\n");
    await write('lib/b.mjs', "export * from './c.mjs';\nexport { d } from './d.mjs';\n");
    await write('lib/c.mjs', "import './b.mjs';\nimport sharp from 'sharp';\n");
    await write('lib/d.mjs', "export { io as d } from '@scope/name/part.js';\n");
    assert.deepEqual(packagesImportedStatically(path.join(folder.dir, 'entry.mjs')).sort(), [
      'lib/c.mjs imports sharp',
      'lib/d.mjs imports @scope/name/part.js',
    ]);
  });

  describe('with an npm that cannot install', () => {
    let env: NodeJS.ProcessEnv;
    before(async () => {
      const programs = path.join(folder.dir, 'programs');
      await mkdir(programs);
      await writeFile(path.join(programs, 'npm'), '#!/bin/sh\n[ "$1" = --version ]\n', { mode: 0o755 });
      env = { PATH: `${programs}${path.delimiter}${process.env['PATH'] ?? ''}` };
      for (const name of ['scripts', 'package.json', 'package-lock.json']) {
        await cp(name, path.join(folder.dir, 'clone', name), { recursive: true });
      }
    });

    for (const [name, command] of Object.entries(scripts)) {
      it(`\`npm run ${name}\` installs first, and says it in words when that fails`, async () => {
        const [program, ...args] = command.split(' ');
        assert.equal(program, 'node', 'a program of a package is not there yet');
        const { code, output } = await runIn(path.join(folder.dir, 'clone'), args, env);
        assert.match(output, /^Installing packages \(npm ci\)/);
        assert.match(output, /\nInstalling the packages failed; npm says why above. Is this machine online\?\n$/);
        assert.equal(code, 1);
      });
    }
  });
});

describe('installing', () => {
  it('runs the scripts of the packages that are allowed to, and of no other, with every npm', async () => {
    const { dir, remove } = await makeTempDir();
    const clone = path.join(dir, 'clone');
    for (const name of ['scripts', 'package.json', 'package-lock.json', '.npmrc']) {
      await cp(name, path.join(clone, name), { recursive: true });
    }
    const npm = `#!/bin/sh\necho "$@" >> '${dir}/calls'\n[ "$1" = ci ] && mkdir -p node_modules/sqlite3 node_modules/node-av || true\n`;
    await writeFile(path.join(dir, 'npm'), npm, { mode: 0o755 });
    const install = "import('./scripts/lib/install.mjs').then(({ installPackages }) => installPackages())";
    const env = { PATH: `${dir}${path.delimiter}${process.env['PATH'] ?? ''}` };
    const { code, output } = await runIn(clone, ['-e', install], env);
    assert.equal(code, 0, output);
    const [, ci = '', rebuild = '', ...others] = readFileSync(path.join(dir, 'calls'), 'utf8').trim().split('\n');
    assert.match(ci, /^ci .*--ignore-scripts( |$)/);
    assert.match(rebuild, /^rebuild --ignore-scripts=false sqlite3 --/);
    assert.deepEqual(others, []);
    // Whoever runs npm by hand gets no others either.
    assert.match(readFileSync('.npmrc', 'utf8'), /^ignore-scripts=true$/m);
    await remove();
  });
});

async function runIn(
  cwd: string,
  args: string[],
  env: NodeJS.ProcessEnv,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  return { code, output };
}
