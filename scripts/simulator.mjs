import { inProject } from './lib/project.mjs';
import { prepare } from './lib/prepare.mjs';
import { stopWithNpm } from './lib/stop-with-npm.mjs';
import { pathToFileURL } from 'node:url';

await prepare({ build: 'programs' });
stopWithNpm();
process.setSourceMapsEnabled(true);
await import(pathToFileURL(inProject('dist', 'simulator', 'main.js')).href);
