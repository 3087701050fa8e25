import assert from 'node:assert/strict';
import { access, rm } from 'node:fs/promises';
import { launchChromium, withPage } from '../support/chromium.js';

describe('Chromium for the tests', () => {
  it('opens a page and keeps a screenshot and the page’s log when something fails', async () => {
    const browser = await launchChromium();
    try {
      const failing = withPage(browser, 'Evidence of a failure', async (page) => {
        await page.setContent('<title>hello</title><script>console.log("from the page")</script>');
        throw new Error(await page.title());
      });
      await assert.rejects(failing, /^Error: hello$/);
      for (const kind of ['png', 'log']) {
        await access(`test-results/evidence-of-a-failure.${kind}`);
        await rm(`test-results/evidence-of-a-failure.${kind}`);
      }
    } finally {
      await browser.close();
    }
  }).timeout(60_000);
});
