import { inProject } from './lib/project.mjs';
import { prepare } from './lib/prepare.mjs';
import { stopWithNpm } from './lib/stop-with-npm.mjs';
import { pathToFileURL } from 'node:url';

await prepare();
stopWithNpm();
process.setSourceMapsEnabled(true);
// In this very process: signals arrive where they are handled, and nothing can be left behind.
await import(pathToFileURL(inProject('dist', 'server', 'main.js')).href);
