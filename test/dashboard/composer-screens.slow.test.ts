import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import { launchChromium, withPage, type PageLog } from '../support/chromium.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { choose } from './composer-page.js';
import { assertAccessible, assertNoSidewaysScroll, assertQuiet, openSignedIn } from './dashboard-page.js';

describe('The composer, in another time zone and on a phone', function () {
  this.timeout(90_000);
  let browser: Browser;
  let simulator: TestSimulator;
  let server: TestServer;

  before('start Chromium, a simulator and a server with an account', async () => {
    browser = await launchChromium();
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    await linkAccount(server, simulator);
  });
  after('stop them', async () => {
    await server.stop();
    await simulator.stop();
    await browser.close();
  });

  /** Without movement: axe waits until nothing moves any more. */
  function inPage(
    title: string,
    work: (page: Page, log: PageLog) => Promise<void>,
    options: BrowserContextOptions = {},
  ) {
    return withPage(browser, title, work, { reducedMotion: 'reduce', ...options });
  }

  it('plans a post for later in the time zone of the browser, and cancels it', async () => {
    await inPage(
      'composer later',
      async (page, log) => {
        await openSignedIn(page, server, '/compose');
        await choose(page, 'Text');
        await page.getByRole('textbox', { name: 'Text' }).fill('Tomorrow at nine');
        await page.getByRole('radio', { name: /^Only my own number/ }).check({ force: true });
        await page.getByRole('radio', { name: /^Later/ }).check({ force: true });
        await page.getByText('Choose a date and a time.').waitFor();
        const day = new Date(Date.now() + 3 * 24 * 60 * 60_000).toISOString().slice(0, 10);
        await page.getByLabel('Date and time').fill(`${day}T09:00`);
        await assertAccessible(page, 'composer with a time');
        await page.getByRole('button', { name: 'Schedule' }).click();
        await page.getByText('It goes out by itself, ').waitFor();
        const { data } = await callApi<Success<Status[]>>(server, 'GET', '/statuses?state=scheduled');
        assert.deepEqual(
          data.map(({ content, scheduledAt }) => ({ content, scheduledAt })),
          [{ content: 'Tomorrow at nine', scheduledAt: `${day}T03:30:00.000Z` }],
        );
        await page.getByRole('link', { name: 'Posts', exact: true }).first().click();
        await page.getByRole('link', { name: /Tomorrow at nine.*goes out/ }).click();
        await page.getByRole('button', { name: 'Cancel this post' }).click();
        await page.getByText('It was canceled before it went out.').waitFor();
        assertQuiet(log);
      },
      { timezoneId: 'Asia/Kolkata' },
    );
  });

  it('has room for every kind of post on a phone, and is accessible there', async () => {
    await inPage(
      'composer on a phone',
      async (page, log) => {
        await openSignedIn(page, server, '/compose');
        for (const kind of ['Picture', 'Video', 'Voice', 'Link', 'Text']) {
          await choose(page, kind);
          await assertNoSidewaysScroll(page, kind);
          await assertAccessible(page, `composer, ${kind}`);
        }
        assertQuiet(log);
      },
      { viewport: { width: 390, height: 844 }, hasTouch: true },
    );
  });
});
