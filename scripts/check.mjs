import { prepare } from './lib/prepare.mjs';
import { projectRoot } from './lib/project.mjs';
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
    name: 'types of the server without what tests have',
    run: () => runTool('typescript', ['-p', 'server'], { bin: 'tsc' }),
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
  { name: 'licences of what ships', run: checkLicences },
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

/** The check needs a package itself, so it is loaded when the packages are there. */
async function checkLicences() {
  const { licenceFaultsOf } = await import('./lib/licences.mjs');
  const faults = licenceFaultsOf(projectRoot);
  for (const fault of faults) say(`  ${fault}`);
  return { code: faults.length };
}
