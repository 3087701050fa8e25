import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, withPage, type PageLog } from '../support/chromium.js';
import { linkAccount } from '../statuses/link-account.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { choose, dropFile } from './composer-page.js';
import { assertAccessible, assertQuiet, openSignedIn } from './dashboard-page.js';

describe('Uploading in the dashboard', function () {
  this.timeout(90_000);
  let browser: Browser;
  let simulator: TestSimulator;
  let server: TestServer;

  before('start Chromium, a simulator and a server with an account', async () => {
    browser = await launchChromium();
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, env: { MAX_UPLOAD_MB: '20' } });
    await linkAccount(server, simulator);
  });
  after('stop them', async () => {
    await server.stop();
    await simulator.stop();
    await browser.close();
  });

  function inPage(title: string, work: (page: Page, log: PageLog) => Promise<void>) {
    return withPage(browser, title, work, { reducedMotion: 'reduce' });
  }

  it('says how large a file may be, and refuses a larger one before it is sent', async () => {
    await inPage('upload too large', async (page, log) => {
      const sent: string[] = [];
      page.on('request', (request) => {
        if (request.method() === 'POST' && request.url().includes('upload')) sent.push(request.url());
      });
      await openSignedIn(page, server, '/compose');
      await choose(page, 'Video');
      await page.getByText('MP4, MOV, WebM, MKV, 3GP, AVI, TS or MPEG, at most 20 MB.').waitFor();
      await dropFile(page, 'film.mov', 'video/quicktime', Buffer.alloc(21 * 1024 * 1024));
      await page.getByText('“film.mov” has 21 MB; at most 20 MB are taken here.').waitFor();
      await assertAccessible(page, 'a refused file');
      assert.deepEqual(sent, []);
      assertQuiet(log);
    });
  });
});
