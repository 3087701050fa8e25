import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import path from 'node:path';
import { makeTempDir } from '../support/temp-dir.js';

interface Manifest {
  name: string;
  version: string;
  allowScripts: Record<string, boolean>;
  scarfSettings?: object;
}
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as {
  packages: Record<string, { version: string; hasInstallScript?: true }>;
};
const telemetry = '@scarf/scarf';
const telemetryParent = 'swagger-ui-dist';

describe('the install scripts of packages', () => {
  it('are each allowed or not, for an npm that asks', () => {
    const withScript = Object.entries(packages)
      .filter(([, { hasInstallScript }]) => hasInstallScript)
      .map(([where]) => where.replace(/^.*node_modules\//, ''));
    assert.ok(withScript.includes('sqlite3'), 'packages with a script are found');
    assert.deepEqual(
      withScript.filter((name) => manifest.allowScripts[name] === undefined),
      [],
    );
  });

  it('report nothing to anybody, where an npm runs them unasked', async () => {
    assert.equal(manifest.allowScripts[telemetry], false);
    assert.deepEqual(await reportsOf(manifest), []);
    const { scarfSettings: _off, ...withoutSetting } = manifest;
    assert.deepEqual(await reportsOf(withoutSetting), ['POST /package-event/install'], 'the test would notice');
  });
});

/** Runs the telemetry's install script as npm does, in a project with this package.json. Answers what it asked of its server. */
async function reportsOf(root: object): Promise<string[]> {
  const { dir, remove } = await makeTempDir();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`);
    response.end('{}');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  // The script asks npm for the tree of packages and gives it three seconds, which a busy machine does not keep.
  const leaf = { name: telemetry, version: '1.0.0', path: path.resolve('node_modules', telemetry) };
  const parent = { name: telemetryParent, version: '1.0.0', dependencies: { [telemetry]: leaf } };
  await writeFile(
    path.join(dir, 'tree.json'),
    JSON.stringify({ ...root, dependencies: { [telemetryParent]: parent } }),
  );
  await writeFile(path.join(dir, 'package.json'), JSON.stringify(root));
  await writeFile(path.join(dir, 'npm'), `#!/bin/sh\ncat '${dir}/tree.json'\n`, { mode: 0o755 });
  const { port } = server.address() as { port: number };
  const script = spawn(process.execPath, [path.resolve('node_modules', telemetry, 'report.js')], {
    env: {
      PATH: `${dir}${path.delimiter}${process.env['PATH'] ?? ''}`,
      HOME: dir,
      TMPDIR: dir,
      INIT_CWD: dir,
      SCARF_LOCAL_PORT: String(port),
    },
    stdio: 'ignore',
  });
  await once(script, 'exit');
  server.closeAllConnections();
  server.close();
  await remove();
  return asked;
}
