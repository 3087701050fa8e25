import path from 'node:path';
import { featuresBelow, libraryHomes, rooms } from './import-table.js';

/** @param {string} glob with `{a,b}`, `*` and `**` @returns {RegExp} */
function patternOf(glob) {
  const source = glob
    .replace(/[.+^$()|[\]\\]/g, '\\$&')
    .replace(/\{([^}]*)\}/g, (_all, names) => `(?:${names.replaceAll(',', '|')})`)
    .replaceAll('**', '\u0000')
    .replaceAll('*', '[^/]*')
    .replaceAll('\u0000', '.*');
  return new RegExp(`^${source}$`);
}

/** @typedef {import('./import-table.js').Room} Room */

const roomPatterns = rooms.map((room) => ({ room, patterns: room.files.map(patternOf) }));
/** @type {Map<string | undefined, string[]>} */
const below = new Map(Object.entries(featuresBelow));
const homePatterns = libraryHomes.flatMap(({ packages, rooms: homes }) =>
  packages.map((name) => ({ pattern: patternOf(name), homes })),
);

/** @param {string} file path below the root, with slashes @returns {Room | undefined} */
function roomOf(file) {
  return roomPatterns.find(({ patterns }) => patterns.some((pattern) => pattern.test(file)))?.room;
}

/** @param {string} file @returns {string | undefined} the feature folder it lies in */
function featureOf(file) {
  const [top, folder = ''] = file.split('/');
  return top === 'server' && folder in featuresBelow ? folder : undefined;
}

/** @param {string} one @param {string} other @returns {boolean} whether both lie in one folder below server/ */
function isSameFolder(one, other) {
  const folder = path.posix.dirname(one);
  return folder.startsWith('server/') && folder === path.posix.dirname(other);
}

/** @param {string} specifier @returns {string} `@scope/name` or `name` */
function packageOf(specifier) {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** @param {Room} room @param {string} specifier @returns {string | undefined} what is wrong, in words */
function packageProblem(room, specifier) {
  if (specifier.startsWith('node:')) return undefined;
  const name = packageOf(specifier);
  if (room.packages !== undefined && !room.packages.includes(name)) {
    return `"${room.name}" may import only ${room.packages.join(', ')}, not ${name}.`;
  }
  const home = homePatterns.find(({ pattern }) => pattern.test(name));
  if (home === undefined || home.homes.includes(room.name)) return undefined;
  return `${name} lives in ${home.homes.join(', ')}; "${room.name}" reaches it through them.`;
}

/**
 * @param {Room} from the room of `file` @param {string} file @param {string} target both below the root
 * @returns {string | undefined} what is wrong, in words
 */
function fileProblem(from, file, target) {
  const to = roomOf(target);
  if (from.rooms === 'all') return undefined;
  if (to === undefined) return `${target} belongs to no room; eslint/import-table.js names them.`;
  if (isSameFolder(file, target) || from.only?.some((glob) => patternOf(glob).test(target))) return undefined;
  const [feature, other] = [featureOf(file), featureOf(target)];
  if (other !== undefined && from.features !== 'all') {
    if (to.name === 'store' || to.name === 'routes') {
      return `The ${to.name} of ${other} are its own; use its service.`;
    }
    const open = from.features === 'below' ? below.get(feature) : from.features;
    return open?.includes(other) ? undefined : `"${feature ?? from.name}" may not build on ${other}.`;
  }
  if (to.name === from.name || from.rooms.includes(to.name)) return undefined;
  return `"${from.name}" may not import "${to.name}" (${target}).`;
}

/** @type {import('eslint').Rule.RuleModule} */
export const importRules = {
  meta: { type: 'problem', schema: [], messages: { forbidden: '{{problem}}' } },
  create(context) {
    const file = path.relative(context.cwd, context.filename).split(path.sep).join('/');
    const room = roomOf(file);
    if (room === undefined) return {};
    /** @param {{ source?: any }} node */
    const check = (node) => {
      const specifier = node.source?.value;
      if (typeof specifier !== 'string') return;
      const target = path.posix.join(path.posix.dirname(file), specifier.replace(/\?.*$/, ''));
      const problem = specifier.startsWith('.')
        ? fileProblem(room, file, target.replace(/\.js$/, '.ts'))
        : packageProblem(room, specifier);
      if (problem !== undefined) context.report({ node: node.source, messageId: 'forbidden', data: { problem } });
    };
    return {
      ImportDeclaration: check,
      ImportExpression: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
    };
  },
};
