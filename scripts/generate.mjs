import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { prepare } from './lib/prepare.mjs';
import { inProject } from './lib/project.mjs';
import { say } from './lib/say.mjs';

await prepare({ build: 'programs' });
const { generatedFiles } = await import(pathToFileURL(inProject('dist', 'server', 'generated-files.js')).href);
const { tableWritersIn } = await import('./lib/table-writers.mjs');
for (const [name, text] of await generatedFiles(tableWritersIn(inProject('server')))) {
  const file = inProject(...name.split('/'));
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  say(`Wrote ${name}.`);
}
