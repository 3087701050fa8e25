import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { launchChromium, withPage } from '../support/chromium.js';
import { freePort } from '../support/free-port.js';
import { hasNginx, startNginx } from '../support/nginx.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { linkAccount } from '../support/link-account.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { choose } from './composer-page.js';
import { openSignedIn } from './dashboard-page.js';

describe('The dashboard behind nginx', function () {
  this.timeout(120_000);
  let browser: Browser;
  let simulator: TestSimulator;
  let plain: TestServer;
  let below: TestServer;
  let nginx: { stop: () => Promise<void> };
  /** Names of what stands in front, and where. */
  const at = { plain: '', withoutUpgrade: '', pathTaken: '', pathKept: '' };

  before('start nginx in front of two servers', async function () {
    if (!hasNginx) {
      process.stdout.write('    nginx is not installed (/usr/sbin/nginx), so the dashboard is not tried behind it.\n');
      this.skip();
    }
    const ports = [await freePort(), await freePort(), await freePort(), await freePort()] as const;
    Object.assign(at, {
      plain: `http://127.0.0.1:${String(ports[0])}`,
      withoutUpgrade: `http://127.0.0.1:${String(ports[1])}`,
      pathTaken: `http://127.0.0.1:${String(ports[2])}/statuscast`,
      pathKept: `http://127.0.0.1:${String(ports[3])}/statuscast`,
    });
    simulator = await startTestSimulator();
    plain = await startTestServer({ simulator });
    await linkAccount(plain, simulator);
    below = await startTestServer({ simulator, env: { PUBLIC_URL: at.pathTaken } });
    const upgrade =
      'proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";';
    nginx = await startNginx([
      // nginx names the server as the Host, and takes bodies up to 1 MB, unless it is told otherwise.
      { port: ports[0], inside: `location / { proxy_pass ${plain.url}; ${upgrade} }` },
      { port: ports[1], inside: `location / { proxy_pass ${plain.url}; }` },
      { port: ports[2], inside: `location /statuscast/ { proxy_pass ${below.url}/; ${upgrade} }` },
      { port: ports[3], inside: `location /statuscast/ { proxy_pass ${below.url}; ${upgrade} }` },
    ]);
    browser = await launchChromium();
  });
  after('stop them', async () => {
    if (!hasNginx) return;
    await browser.close();
    await nginx.stop();
    await plain.stop();
    await below.stop();
    await simulator.stop();
  });

  /** From a link with the key to the screens of accounts and of posts, and back after a reload. */
  async function journey(page: Page, url: string, apiKey: string): Promise<void> {
    await openSignedIn(page, { url, apiKey }, '/accounts');
    await page.getByRole('heading', { name: 'Accounts' }).first().waitFor();
    await page.getByRole('link', { name: 'Library' }).first().click();
    await page.waitForURL(`${url}/library`);
    await page.reload();
    await page.getByText('Live', { exact: true }).first().waitFor();
  }

  const inPage = (title: string, work: (page: Page) => Promise<void>): Promise<void> =>
    withPage(browser, `behind nginx ${title}`, work, { reducedMotion: 'reduce' });

  it('goes live where the Host is changed', () => inPage('host', (page) => journey(page, at.plain, plain.apiKey)));
  it('goes live where no WebSocket comes through', () =>
    inPage('no upgrade', (page) => journey(page, at.withoutUpgrade, plain.apiKey)));
  it('works below a path that nginx takes away', () =>
    inPage('path taken', (page) => journey(page, at.pathTaken, below.apiKey)));
  it('works below a path that nginx passes on', () =>
    inPage('path kept', (page) => journey(page, at.pathKept, below.apiKey)));

  it('says that nginx refuses a file of more than 1 MB, and what to change', () =>
    inPage('large file', async (page) => {
      await openSignedIn(page, { url: at.plain, apiKey: plain.apiKey }, '/compose');
      await choose(page, 'Picture');
      const buffer = Buffer.alloc(1_200_000, 1);
      await page
        .locator('input[type=file]')
        .first()
        .setInputFiles({ name: 'bread.jpg', mimeType: 'image/jpeg', buffer });
      await page
        .getByText(/refuses files as large as this one.*client_max_body_size/)
        .first()
        .waitFor();
    }));

  it('shows the API below the path, and says where what was made lies', async () => {
    const page = await fetch(`${at.pathTaken}/docs/`);
    assert.match(await page.text(), /<base href="\/statuscast\/docs\/" \/>/);
    const made = await fetch(`${at.pathTaken}/api/sessions`, {
      method: 'POST',
      headers: { 'x-api-key': below.apiKey, 'content-type': 'application/json' },
      body: JSON.stringify({ sessionId: 'shop', authMethod: 'qrcode', start: false }),
    });
    assert.equal(made.headers.get('location'), '/statuscast/api/sessions/shop');
    const begun = await fetch(`${at.pathTaken}/api/uploads/resumable`, {
      method: 'POST',
      headers: {
        'x-api-key': below.apiKey,
        'tus-resumable': '1.0.0',
        'upload-length': '1000',
        'upload-metadata': `kind ${Buffer.from('image').toString('base64')}`,
      },
    });
    assert.match(begun.headers.get('location') ?? '', /^\/statuscast\/api\/uploads\/resumable\/\w+$/);
  });
});
