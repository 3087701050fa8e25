import { prepare } from './lib/prepare.mjs';
import { runTool } from './lib/run.mjs';
import { bold, elapsed, say } from './lib/say.mjs';

await prepare({ build: 'nothing' });

/** @type {{ name: string, run: () => Promise<{ code: number }> }[]} */
const steps = [
  {
    name: 'types of the server, the simulator and the tests',
    run: () => runTool('typescript', ['-p', '.'], { bin: 'tsc' }),
  },
  {
    name: 'types of the scripts',
    run: () => runTool('typescript', ['-p', 'tsconfig.scripts.json'], { bin: 'tsc' }),
  },
  { name: 'types of the dashboard', run: () => runTool('typescript', ['-p', 'public'], { bin: 'tsc' }) },
  {
    name: 'lint, with the rules about who may import whom',
    run: () => runTool('eslint', ['--max-warnings', '0', '.']),
  },
  { name: 'format', run: () => runTool('prettier', ['--check', '--log-level', 'warn', '.']) },
];

let wrong = 0;
for (const step of steps) {
  const startedAt = performance.now();
  say(`Checking ${step.name} …`);
  const { code } = await step.run();
  if (code !== 0) wrong += 1;
  say(`  ${code === 0 ? 'fine' : bold('not fine')}, ${elapsed(startedAt)}`);
}
say(wrong === 0 ? 'Everything is in order.' : `${wrong} of ${steps.length} checks found something.`);
process.exitCode = wrong === 0 ? 0 : 1;
