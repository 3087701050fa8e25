import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import {
  licenceFaults,
  licenceFaultsOf,
  packagesImportedBy,
  shippedPackages,
  statedLicence,
  type ShippedPackage,
} from '../../scripts/lib/licences.mjs';

/** What the check says of one package. */
function faultsOf(shipped: Partial<ShippedPackage>, notice = '') {
  return licenceFaults([{ name: 'some-package', version: '1.0.0', says: 'MIT', text: '', ...shipped }], notice);
}

describe('the licences of what ships', () => {
  it('are on the list, and named in NOTICE where they ask for more than their text', () => {
    assert.deepEqual(licenceFaultsOf('.'), []);
  });

  it('are the terms that package.json and README state', () => {
    const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as { license: string };
    assert.equal(manifest.license, 'MIT AND GPL-3.0-only');
    assert.match(readFileSync('README.md', 'utf8'), /MIT licence.*GPL-3\.0/s);
  });

  for (const says of [
    'AGPL-3.0-only',
    'GPL-2.0-only',
    'SSPL-1.0',
    'UNLICENSED',
    'SEE LICENSE IN eula.txt',
    'MIT AND BUSL-1.1',
  ]) {
    it(`fail on a package under ${says}`, () => {
      assert.deepEqual(faultsOf({ says }, 'some-package'), [
        `some-package 1.0.0: "${says}" is not on the list of licences that may ship (scripts/lib/licence-list.mjs).`,
      ]);
    });
  }

  it('take one of a choice', () => {
    assert.deepEqual(faultsOf({ says: '(AGPL-3.0-only OR ISC)' }), []);
  });

  it('fail on a package that says nothing, whatever lies beside it', () => {
    assert.match(faultsOf({ says: undefined, text: 'The MIT License' }).join(), /names no licence/);
  });

  it('fail on a package that says MIT and brings the GPL', () => {
    assert.match(
      faultsOf({ text: 'GNU General Public License\nVersion 3' }).join(),
      /beside it is a General Public License/,
    );
  });

  it('fail on one under the GPL, LGPL, MPL or OFL that NOTICE does not name', () => {
    for (const says of ['GPL-3.0', 'LGPL-3.0-or-later', 'MPL-2.0', 'OFL-1.1']) {
      assert.match(faultsOf({ says }, 'some-package-of-another-name').join(), /NOTICE does not name it/, says);
      assert.deepEqual(faultsOf({ says }, 'Here is some-package, and more.'), []);
      assert.deepEqual(faultsOf({ says }, 'some-* are all alike'), []);
    }
  });

  it('fail on one that was read by hand and says something else now', () => {
    const addon = { name: '@seydx/node-av-linux-x64', text: '' };
    assert.deepEqual(faultsOf({ ...addon, says: 'MIT' }, '@seydx/node-av-*'), []);
    assert.match(faultsOf({ ...addon, says: 'MIT' }).join(), /GPL-3\.0-or-later.*NOTICE does not name it/);
    assert.match(faultsOf({ ...addon, says: 'LGPL-3.0' }, '@seydx/node-av-*').join(), /Read it again/);
  });

  it('are read in every form that a package.json has had for them', () => {
    assert.equal(statedLicence({ license: 'ISC' }), 'ISC');
    assert.equal(statedLicence({ license: { type: 'MIT', url: 'x' } }), 'MIT');
    assert.equal(statedLicence({ licenses: [{ type: 'MIT' }, { type: 'GPL-3.0' }] }), '(MIT OR GPL-3.0)');
    assert.equal(statedLicence({ license: '' }), undefined);
    assert.equal(statedLicence({}), undefined);
  });

  it('are those of production packages, and of what the dashboard is built from, with all that they need', () => {
    const lock = {
      packages: {
        '': {},
        'node_modules/server-part': {},
        'node_modules/for-windows': { version: '7.0.0', license: 'BUSL-1.1' },
        'node_modules/test-tool': { dev: true },
        'node_modules/widget': { dev: true, dependencies: { inner: '2', shared: '1' } },
        'node_modules/widget/node_modules/inner': { dev: true, peerDependencies: { shared: '1' } },
        'node_modules/inner': { dev: true },
        'node_modules/shared': { dev: true },
      },
    };
    const manifests: Record<string, object> = {
      'node_modules/server-part': { name: 'server-part', version: '1.0.0' },
      'node_modules/widget/node_modules/inner': { name: 'inner', version: '2.0.0', license: 'MIT' },
    };
    const shipped = shippedPackages(
      lock,
      ['widget'],
      (where) => manifests[where],
      () => '',
    );
    assert.deepEqual(
      shipped.map(({ name, version, says }) => [name, version, says]),
      [
        ['for-windows', '7.0.0', 'BUSL-1.1'],
        ['server-part', '1.0.0', undefined],
        ['shared', '', undefined],
        ['widget', '', undefined],
        ['inner', '2.0.0', 'MIT'],
      ],
    );
  });

  it('are those of packages that modules and style sheets import', () => {
    const source = `import { a } from '@scope/name/deep';\nimport 'font/400.css';\nimport type { B } from "./near";\nconst c = import('late');`;
    assert.deepEqual(packagesImportedBy(source), ['@scope/name', 'font', 'late']);
    assert.deepEqual(packagesImportedBy("@import 'styles/all.css';"), ['styles']);
  });
});
