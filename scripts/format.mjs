import { prepare } from './lib/prepare.mjs';
import { runTool } from './lib/run.mjs';

await prepare({ build: 'nothing' });
const { code } = await runTool('prettier', ['--write', '.']);
process.exitCode = code;
