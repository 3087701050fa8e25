import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { launchChromium, withPage } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { linkAccount } from '../support/link-account.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { iphone } from '../clicks/open-clicks.js';
import { assertAccessible, assertNoSidewaysScroll, assertQuiet, markPage, openSignedIn } from './dashboard-page.js';

describe('Clicks in the dashboard', function () {
  this.timeout(90_000);
  let browser: Browser;
  let simulator: TestSimulator;
  let server: TestServer;

  before('start Chromium, a simulator and a server with an account', async () => {
    browser = await launchChromium();
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, env: { PUBLIC_URL: 'http://cast.example' } });
    await linkAccount(server, simulator);
  });
  after('stop them', async () => {
    await server.stop();
    await simulator.stop();
    await browser.close();
  });

  it('are counted when the post says so, and show as they come, on a phone too', async () => {
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    const device = { viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' as const };
    await withPage(
      browser,
      'clicks',
      async (page, log) => {
        await openSignedIn(page, server, '/compose');
        await page.getByRole('textbox', { name: 'Text' }).fill('Fresh bread: https://bread.example/offer');
        await page.getByRole('switch', { name: 'Count clicks' }).check({ force: true });
        await page.getByRole('textbox', { name: 'Campaign' }).fill('easter {{weekday}}');
        await assertAccessible(page, 'composer with UTM fields');
        await assertNoSidewaysScroll(page, 'composer with UTM fields');
        await page.getByRole('radio', { name: /^Numbers/ }).check({ force: true });
        await page.getByRole('textbox', { name: 'Numbers', exact: true }).fill(`+${contact.phoneNumber}`);
        await page.getByRole('button', { name: 'Post to 1 person' }).click();
        await page.getByText('WhatsApp has it').waitFor();

        const links = page.getByRole('region', { name: 'Links' });
        await links.getByText('0 clicks by 0 people').waitFor();
        await links
          .getByRole('link', { name: /^https:\/\/bread\.example\/offer\?utm_campaign=easter%20\w+day$/ })
          .waitFor();
        await markPage(page);
        const [story] = simulator.statuses(contact.phoneNumber);
        const [shown = ''] = /http:\/\/cast\.example\/l\/\w+/.exec(story?.text ?? '') ?? [];
        const answer = await fetch(shown.replace('http://cast.example', server.url), {
          redirect: 'manual',
          headers: { 'user-agent': iphone },
        });
        assert.equal(answer.status, 302);
        await links.getByText('1 click by 1 person').waitFor();
        await page.getByRole('region', { name: 'Reach' }).getByText('Clicked').waitFor();
        await eventually(async () => {
          assert.match((await page.getByRole('region', { name: 'Reach' }).textContent()) ?? '', /Clicked1100%/);
        });
        assert.equal(await page.evaluate('window.notReloaded'), true);
        await assertAccessible(page, 'post with clicks');
        await assertNoSidewaysScroll(page, 'post with clicks');
        assertQuiet(log);
      },
      device,
    );
  });
});
