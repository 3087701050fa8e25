import { prepare } from './lib/prepare.mjs';
import { buildAll } from './lib/build.mjs';
import { say } from './lib/say.mjs';

await prepare({ build: 'nothing' });
await buildAll({ force: true });
say('Everything is built: dist/ for the server, public/dist/ for the dashboard.');
