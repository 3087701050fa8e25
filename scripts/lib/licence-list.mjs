/**
 * The licences that what ships may be under: each can be part of one work under the GPL-3.0, which libsignal makes of the
 * program. SPDX identifiers.
 */
export const listedLicences = [
  ...[
    'MIT',
    'MIT-0',
    'ISC',
    '0BSD',
    'BSD-2-Clause',
    'BSD-3-Clause',
    'BlueOak-1.0.0',
    'Apache-2.0',
    'Unlicense',
    'CC0-1.0',
  ],
  ...['MPL-2.0', 'LGPL-3.0-only', 'LGPL-3.0-or-later', 'GPL-3.0-only', 'GPL-3.0-or-later', 'OFL-1.1'],
];

/** Of these it is enough that the package brings their text along; every other one is named in NOTICE, package by package. */
export const permissiveLicences = listedLicences.filter((id) => !/^(L?GPL|MPL|OFL)-/.test(id));

/**
 * Packages whose package.json says nothing, or less than what they carry; somebody read them. `says` is what it said then:
 * when it says something else, they are read again. `licence` is what NOTICE says of them. A name that ends in `*` stands
 * for all that begin so.
 *
 * @type {{ name: string, says: string | undefined, licence: string }[]}
 */
export const readByHand = [
  {
    // The JavaScript is MIT; the addon is FFmpeg, configured with --enable-gpl --enable-version3.
    name: '@seydx/node-av-*',
    says: 'MIT',
    licence: 'MIT AND GPL-3.0-or-later AND FDK-AAC',
  },
  {
    // Needed by tus-js-client, whose build for browsers, the one in the dashboard, does not contain it.
    name: 'combine-errors',
    says: undefined,
    licence: 'none stated',
  },
];
