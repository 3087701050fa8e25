import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import satisfies from 'spdx-satisfies';
import { listedLicences, permissiveLicences, readByHand } from './licence-list.mjs';
import { readJson } from './project.mjs';

/** @typedef {import('./licences.mjs').ShippedPackage} ShippedPackage */
/** @typedef {import('./licences.mjs').Lock} Lock */

/**
 * What is wrong with the licences of what ships, as sentences; empty when all is well.
 *
 * @param {ShippedPackage[]} packages
 * @param {string} notice the text of NOTICE
 * @returns {string[]}
 */
export function licenceFaults(packages, notice) {
  return packages.flatMap((shipped) => {
    const fault = faultOf(shipped, notice);
    return fault === undefined ? [] : [`${shipped.name} ${shipped.version}: ${fault}`];
  });
}

/** @param {ShippedPackage} shipped @param {string} notice @returns {string | undefined} */
function faultOf({ name, says, text }, notice) {
  const read = readByHand.find((entry) =>
    entry.name.endsWith('*') ? name.startsWith(entry.name.slice(0, -1)) : name === entry.name,
  );
  if (read !== undefined && read.says === says) {
    return isNamed(name, notice) ? undefined : `is under ${read.licence}, and NOTICE does not name it.`;
  }
  if (says === undefined) return 'its package.json names no licence. Read the package, and put it into readByHand.';
  if (read !== undefined) return `its package.json says "${says}" now. Read it again, and mend its line in readByHand.`;
  if (!isUnder(says, listedLicences)) {
    return `"${says}" is not on the list of licences that may ship (scripts/lib/licence-list.mjs).`;
  }
  const isPermissive = isUnder(says, permissiveLicences);
  if (isPermissive && /GENERAL PUBLIC LICENSE/i.test(text)) {
    return `its package.json says "${says}", the licence beside it is a General Public License. Read it, and put it into readByHand.`;
  }
  return isPermissive || isNamed(name, notice) ? undefined : `is under ${says}, and NOTICE does not name it.`;
}

/** Whether NOTICE has the name, or the beginning of it with a `*` behind. @param {string} name @param {string} notice */
function isNamed(name, notice) {
  const named = notice.match(/[\w@][\w@./-]*\*?/g) ?? [];
  return named.some((word) =>
    word.endsWith('*') ? name.startsWith(word.slice(0, -1)) : word.replace(/[./]+$/, '') === name,
  );
}

/** @param {string} expression SPDX @param {string[]} licences whether every part of it, or one of a choice, is among these */
function isUnder(expression, licences) {
  try {
    return satisfies(expression, licences);
  } catch {
    return false;
  }
}

/**
 * What a package.json says of its licence, as an SPDX expression: the field, or what packages wrote before there was one
 * (an object, or a list of which the user may choose). Undefined when it says nothing.
 *
 * @param {any} manifest
 * @returns {string | undefined}
 */
export function statedLicence(manifest) {
  const stated = [manifest?.license ?? manifest?.licenses ?? []].flat().map((entry) => entry?.type ?? entry);
  const names = stated.filter((entry) => typeof entry === 'string' && entry.trim() !== '');
  if (names.length === 0) return undefined;
  return names.length === 1 ? names[0] : `(${names.join(' OR ')})`;
}

/**
 * Every package that ships: the production packages of the lock file, and what the dashboard is built from with all that
 * it needs. One that is for other machines is not here: of that the lock file says what its package.json does.
 *
 * @param {Lock} lock
 * @param {string[]} inDashboard names of packages that the dashboard imports
 * @param {(where: string) => any} readManifest its package.json, undefined when it is not installed
 * @param {(where: string) => string} readText the licence that lies beside it, empty when there is none
 * @returns {ShippedPackage[]}
 */
export function shippedPackages(lock, inDashboard, readManifest, readText) {
  const places = Object.keys(lock.packages).filter((where) => where !== '' && lock.packages[where]?.dev !== true);
  const all = new Set([...places, ...withDependencies(lock, inDashboard)]);
  return [...all].sort().map((where) => {
    const manifest = readManifest(where) ?? lock.packages[where];
    const folder = where.replace(/^.*node_modules\//, '');
    return {
      name: manifest?.name ?? folder,
      version: manifest?.version ?? '',
      says: statedLicence(manifest),
      text: readText(where),
    };
  });
}

/** @param {Lock} lock @param {string[]} names @returns {Set<string>} where these packages and all that they need are */
function withDependencies(lock, names) {
  /** @type {Set<string>} */
  const found = new Set();
  const waiting = names.map((name) => ({ name, from: '' }));
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const where = placeOf(lock, next.name, next.from);
    if (where === undefined || found.has(where)) continue;
    found.add(where);
    const entry = lock.packages[where];
    const needed = { ...entry?.dependencies, ...entry?.optionalDependencies, ...entry?.peerDependencies };
    for (const name of Object.keys(needed)) waiting.push({ name, from: where });
  }
  return found;
}

/** Where Node finds a package. @param {Lock} lock @param {string} name @param {string} from @returns {string | undefined} */
function placeOf(lock, name, from) {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    const where = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (lock.packages[where] !== undefined) return where;
    if (folder === '') return undefined;
  }
}

/** The packages that a source text imports, by name. @param {string} source @returns {string[]} */
export function packagesImportedBy(source) {
  const specifiers = [...source.matchAll(/(?:\bfrom|\bimport|@import)\s*\(?\s*['"]([^'".][^'"]*)['"]/g)].map(
    ([, name]) => name ?? '',
  );
  return specifiers.map((name) =>
    name
      .split('/')
      .slice(0, name.startsWith('@') ? 2 : 1)
      .join('/'),
  );
}

/**
 * What is wrong with the licences of this project as it is installed.
 *
 * @param {string} root folder of package.json
 * @returns {string[]}
 */
export function licenceFaultsOf(root) {
  const sources = ['public/src', 'server/contract'].flatMap((folder) => sourcesIn(path.join(root, folder)));
  const packages = shippedPackages(
    readJson(path.join(root, 'package-lock.json')),
    sources.flatMap(packagesImportedBy),
    (where) => readJson(path.join(root, where, 'package.json')),
    (where) => licenceText(path.join(root, where)),
  );
  return licenceFaults(packages, readFileSync(path.join(root, 'NOTICE'), 'utf8'));
}

/** @param {string} folder @returns {string[]} texts of the modules and style sheets in it */
function sourcesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => /\.(tsx?|css)$/.test(file))
    .map((file) => readFileSync(path.join(folder, file), 'utf8'));
}

/** @param {string} folder of a package @returns {string} */
function licenceText(folder) {
  if (!existsSync(folder)) return '';
  const files = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isFile());
  const texts = files.filter((entry) => /^(licen[cs]e|copying)/i.test(entry.name));
  return texts.map((entry) => readFileSync(path.join(folder, entry.name), 'utf8')).join('\n');
}
