/**
 * What runs together in one process of mocha.
 * @typedef {{ specs: string[], ignored: string[] }} Part
 */

/** Tests that need much of a processor; `npm run test:slow` and CI run them. */
const slow = 'test/**/*.slow.test.ts';
/** Kill loops, large worlds and benchmarks; `npm run test:long` runs them. */
const long = 'test/long/**';

/**
 * The server puts faster and stricter curve operations beneath Baileys, for its whole process. Tests with plain Baileys,
 * and those that compare the two, therefore run in a process without a server, and before anything is replaced.
 */
const plainBaileys = ['simulator*', 'whatsapp-signal'];
/** These start programs and browsers and wait for them. */
const withBrowsers = ['browser', 'dashboard'];
const withPrograms = ['config', 'media', 'ownership', 'tooling'];
const connections = ['sessions', 'whatsapp'];
/** Who views, likes, answers and clicks, and what is made of it. */
const viewers = ['analytics', 'audiences', 'clicks', 'experiments', 'privacy', 'replies', 'viewers'];
const posts = ['broadcasts', 'drafts', 'pace', 'posting', 'scheduling', 'slots', 'statuses', 'templates'];

/**
 * @param {'quick' | 'slow' | 'long'} kind
 * @returns {Part[]} the longest first: it is shown as it runs
 */
export function partsOf(kind) {
  if (kind === 'long') return [{ specs: [`${long}/*.test.ts`], ignored: [] }];
  if (kind === 'slow') {
    return [
      { specs: specsOf(withBrowsers, '*.slow.test.ts'), ignored: [] },
      { specs: [slow], ignored: [...specsOf(withBrowsers), ...specsOf(plainBaileys), long] },
      { specs: specsOf(plainBaileys, '*.slow.test.ts'), ignored: [] },
    ];
  }
  const apart = [posts, viewers, withPrograms, connections, plainBaileys, withBrowsers];
  const rest = { specs: ['test/**/*.test.ts'], ignored: [...apart.flatMap((folders) => specsOf(folders)), slow, long] };
  return [rest, ...apart.map((folders) => ({ specs: specsOf(folders), ignored: [slow] }))];
}

/** @param {string[]} folders @returns {string[]} */
function specsOf(folders, files = '*.test.ts') {
  return folders.map((folder) => `test/${folder}/**/${files}`);
}
