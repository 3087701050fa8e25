import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import type { MediaReport } from '../../simulator/control/story-media-routes.js';
import { launchChromium, withPage, type PageLog } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { linkAccount } from '../support/link-account.js';
import { choose, dropFile } from './composer-page.js';
import { assertAccessible, assertQuiet, openSignedIn } from './dashboard-page.js';

describe('The composer', function () {
  this.timeout(90_000);
  let browser: Browser;
  let simulator: TestSimulator;
  let server: TestServer;
  let contact: { phoneNumber: string };

  before('start Chromium, a simulator and a server with an account', async () => {
    browser = await launchChromium();
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    await linkAccount(server, simulator);
    const [first] = simulator.addContacts(1);
    assert.ok(first);
    contact = first;
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

  it('posts a picture that was dropped: uploads it, shows it on the phone, and a contact gets it', async () => {
    await inPage('composer picture', async (page, log) => {
      await openSignedIn(page, server, '/compose');
      await choose(page, 'Picture');
      await dropFile(page, 'notes.jpg', 'image/jpeg', Buffer.from('not a picture'));
      await page.getByText('The file was not taken').waitFor();
      await dropFile(page, 'bread.jpg', 'image/jpeg', await picture());
      await page.getByText('bread.jpg').waitFor();
      await page.getByAltText('The file of this post').waitFor();
      await page.getByRole('textbox', { name: 'Caption' }).fill('Fresh bread');
      await page.getByRole('radio', { name: /^Numbers/ }).check({ force: true });
      await page.getByRole('textbox', { name: 'Numbers', exact: true }).fill(`+${contact.phoneNumber}`);
      await assertAccessible(page, 'composer with a picture');
      await page.getByRole('button', { name: 'Post to 1 person' }).click();
      await page.getByText('WhatsApp has it').waitFor();
      const story = await eventually(() => {
        const found = simulator.statuses(contact.phoneNumber).find(({ text }) => text === 'Fresh bread');
        assert.ok(found);
        return found;
      });
      const reportPath = `/admin/contacts/${contact.phoneNumber}/statuses/${story.id}/media`;
      const { facts, problems } = await simulator.ask<MediaReport>('GET', reportPath);
      assert.deepEqual({ mimetype: facts.mimetype, problems }, { mimetype: 'image/jpeg', problems: [] });
      await page.getByAltText('The file of this post').waitFor();
      await assertAccessible(page, 'post with a picture');

      await page.getByRole('button', { name: 'Delete for everyone…' }).click();
      await page.getByRole('button', { name: 'Delete for everyone', exact: true }).click();
      await page.getByText('It was taken back').waitFor();
      // Chromium reports the refusal that was wanted as an error.
      assertQuiet({ ...log, lines: log.lines.filter((line) => !line.includes('415 (')) });
    });
  });
});

function picture(): Promise<Buffer> {
  return sharp({ create: { width: 600, height: 800, channels: 3, background: '#B45309' } })
    .jpeg()
    .toBuffer();
}
