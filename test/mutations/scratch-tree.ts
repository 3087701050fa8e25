import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { realpathSync } from 'node:fs';
import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { makeTempDir } from '../support/temp-dir.js';
import { mutate, type Mutation } from './mutation.js';

/** What tests read, apart from the packages, which every copy shares. */
const copied = ['server', 'simulator', 'test', 'scripts', 'bench', 'docs', 'eslint', 'public/src'];
const files = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.build.json',
  '.mocharc.json',
  'README.md',
];
/** A test that hangs has noticed nothing; it is ended. */
const runTimeoutMs = 180_000;

export interface TestRun {
  passed: number;
  failed: string[];
  /** What was printed; to be shown when no test ran. */
  output: string;
}

/** A copy of the project in a folder of its own, in which wrong changes are tried: never in the tree that somebody works in. */
export class ScratchTree {
  private constructor(
    private readonly folder: string,
    readonly remove: () => Promise<void>,
  ) {}

  static async make(root: string): Promise<ScratchTree> {
    const { dir, remove } = await makeTempDir();
    await mkdir(path.join(dir, 'public'));
    for (const name of copied) await cp(path.join(root, name), path.join(dir, name), { recursive: true });
    for (const name of files) await cp(path.join(root, name), path.join(dir, name));
    await symlink(realpathSync(path.join(root, 'node_modules')), path.join(dir, 'node_modules'));
    return new ScratchTree(dir, remove);
  }

  /** Runs a test with the wrong change in place, and takes that back. */
  async try(mutation: Mutation): Promise<TestRun> {
    const file = path.join(this.folder, mutation.file);
    const text = await readFile(file, 'utf8');
    await writeFile(file, mutate(text, mutation));
    try {
      return await this.run(mutation.noticedBy.file, mutation.noticedBy.test);
    } finally {
      await writeFile(file, text);
    }
  }

  /** Runs one test file in a process of its own. */
  async run(testFile: string, test?: string): Promise<TestRun> {
    const resultFile = path.join(this.folder, 'result.json');
    await writeFile(resultFile, '');
    const mocha = realpathSync(path.join(this.folder, 'node_modules', 'mocha', 'lib', 'cli', 'cli.js'));
    const options = ['--bail', '--reporter', 'json', '--reporter-option', `output=${resultFile}`];
    const chosen = test === undefined ? [] : ['--fgrep', test];
    const child = spawn(process.execPath, ['--import', 'tsx', mocha, ...options, ...chosen, testFile], {
      cwd: this.folder,
      env: { ...process.env, NODE_ENV: 'test' },
      timeout: runTimeoutMs,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const output: Buffer[] = [];
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => output.push(bytes));
    await once(child, 'close');
    const printed = Buffer.concat(output).toString().slice(-4_000);
    return resultOf(await readFile(resultFile, 'utf8'), printed);
  }
}

/** Mocha's own result; nothing passed and nothing failed when it did not come to its end. */
function resultOf(text: string, output: string): TestRun {
  if (text === '') return { passed: 0, failed: [], output };
  const { stats, failures } = JSON.parse(text) as { stats: { passes: number }; failures: { fullTitle: string }[] };
  return { passed: stats.passes, failed: failures.map(({ fullTitle }) => fullTitle), output };
}
