import { inProject } from './lib/project.mjs';
import { prepare } from './lib/prepare.mjs';
import { pathToFileURL } from 'node:url';

await prepare({ build: 'programs' });
process.setSourceMapsEnabled(true);
await import(pathToFileURL(inProject('dist', 'bench', 'main.js')).href);
