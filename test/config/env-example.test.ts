import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { parseEnv } from 'node:util';
import { loadConfig } from '../../server/config.js';
import { settings } from '../../server/config/settings.js';
import { envExample } from '../../server/env-example.js';
import { projectRoot } from '../../server/lib/project-root.js';

describe('.env.example', () => {
  let text: string;
  before(async () => {
    text = await readFile(path.join(projectRoot(), '.env.example'), 'utf8');
  });

  it('lists exactly the settings, in their order', () => {
    const listed = text.split('\n').flatMap((line) => /^([A-Z_]+)=/.exec(line)?.[1] ?? []);
    assert.deepEqual(listed, Object.keys(settings.shape));
  });

  it('shows the defaults: copied as it is, it changes nothing', () => {
    const key = { API_KEY: 'a-key-long-enough-to-be-one' };
    assert.deepEqual(loadConfig({ ...parseEnv(text), ...key }), loadConfig(key));
  });

  it('explains each one in a comment above it', () => {
    const lines = text.split('\n');
    for (const name of Object.keys(settings.shape)) {
      const at = lines.findIndex((line) => line.startsWith(`${name}=`));
      assert.match(lines[at - 1] ?? '', /^# ./, name);
    }
  });

  it('is current; `npm run generate` writes it', () => {
    assert.equal(text, envExample());
  });
});
