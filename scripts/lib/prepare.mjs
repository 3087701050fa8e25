import { buildAll, buildPrograms } from './build.mjs';
import { installPackages } from './install.mjs';
import { checkRequirements } from './requirements.mjs';

/**
 * What every command does first: looks at Node, installs what is missing, builds what changed. When nothing changed
 * it takes a fraction of a second and says nothing.
 * @param {{ build?: 'all' | 'programs' | 'nothing' }} [options]
 */
export async function prepare(options = {}) {
  checkRequirements();
  await installPackages();
  if (options.build === 'nothing') return;
  if (options.build === 'programs') await buildPrograms();
  else await buildAll();
}
