import assert from 'node:assert/strict';
import { startTestSimulator } from '../support/simulator.js';

describe("the files of the simulator's face", () => {
  it('serves nothing but its own files, with a strict content security policy', async () => {
    const simulator = await startTestSimulator();
    const page = await fetch(`${simulator.control}/`);
    const policy = page.headers.get('content-security-policy') ?? '';
    assert.match(policy, /default-src 'none'/);
    assert.doesNotMatch(policy, /unsafe|https?:|\*/);
    assert.doesNotMatch(await page.text(), /https?:\/\//);
    for (const path of [
      '/face/../package.json',
      '/face/page/main.js',
      '/face/__proto__',
      '/face/people/4900000/stories/x/file',
    ]) {
      assert.equal((await fetch(`${simulator.control}${path}`)).status, 404, path);
    }
    assert.equal((await fetch(`${simulator.control}/face/people`, { method: 'PUT' })).status, 405);
    await simulator.stop();
  });
});
