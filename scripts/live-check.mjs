import { existsSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { inProject } from './lib/project.mjs';
import { prepare } from './lib/prepare.mjs';

await prepare({ build: 'programs' });
process.setSourceMapsEnabled(true);
if (existsSync('.env')) process.loadEnvFile('.env');
// In this very process: the answer that it asks for comes from this terminal.
const { liveCheck } = await import(pathToFileURL(inProject('dist', 'server', 'live-check.js')).href);
process.exit(await liveCheck(process.argv.slice(2), process.env));
