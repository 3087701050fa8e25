import assert from 'node:assert/strict';
import { access, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Page } from 'playwright-core';
import { launchChromium, withPage } from '../support/chromium.js';

describe('Chromium for the tests', () => {
  it('opens pages that find nothing of those before them', async () => {
    const server = createServer((_request, response) => {
      response.setHeader('set-cookie', 'from=server');
      response.setHeader('content-type', 'text/html');
      response.end('<title>page</title>');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    assert.ok(address !== null && typeof address === 'object');
    const url = `http://127.0.0.1:${String(address.port)}/`;
    const browser = await launchChromium();
    const stored = (page: Page) =>
      page.evaluate<string>('JSON.stringify([localStorage.length, sessionStorage.length])');
    try {
      await withPage(browser, 'first', async (page) => {
        await page.goto(url);
        await page.evaluate('localStorage.setItem("a", "1"); sessionStorage.setItem("b", "2");');
        const other = await page.context().newPage();
        await other.goto(url);
        assert.equal(await other.evaluate('localStorage.getItem("a")'), '1');
        assert.equal(await other.evaluate('document.cookie'), 'from=server');
      });
      await withPage(browser, 'second', async (page) => {
        assert.deepEqual(await page.context().cookies(), []);
        await page.goto(url);
        assert.equal(await stored(page), '[0,0]');
        assert.equal(
          page
            .context()
            .pages()
            .filter((each) => each.url() !== 'about:blank').length,
          1,
        );
      });
    } finally {
      await browser.close();
      server.close();
    }
  }).timeout(60_000);

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
