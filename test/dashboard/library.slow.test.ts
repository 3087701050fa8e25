import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import sharp from 'sharp';
import type { Success } from '../../server/contract/envelope.js';
import type { Upload } from '../../server/contract/media.js';
import type { Template } from '../../server/contract/planning/templates.js';
import { upload } from '../support/media-journey.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { launchChromium, withPage, type PageLog } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { choose } from './composer-page.js';
import { assertAccessible, assertNoSidewaysScroll, assertQuiet, openSignedIn } from './dashboard-page.js';

describe('The library of the dashboard', function () {
  this.timeout(90_000);
  let browser: Browser;
  let simulator: TestSimulator;
  let server: TestServer;
  let contact: string;
  let bread: Upload;

  before('start Chromium, a simulator and a server with an account and pictures', async () => {
    browser = await launchChromium();
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    await linkAccount(server, simulator);
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
    bread = await upload(server, 'image', await picture('#B45309'), {}, 'bread.jpg');
    await upload(server, 'image', await picture('#1D4ED8'), {}, 'window.jpg');
  });
  after('stop them', async () => {
    await server.stop();
    await simulator.stop();
    await browser.close();
  });

  function inPage(
    title: string,
    work: (page: Page, log: PageLog) => Promise<void>,
    options: BrowserContextOptions = {},
  ) {
    return withPage(browser, title, work, { reducedMotion: 'reduce', ...options });
  }

  it('finds, renames, tags and deletes files', async () => {
    await inPage('library', async (page, log) => {
      await openSignedIn(page, server, '/library');
      await page.getByRole('button', { name: 'Open window.jpg' }).click();
      await page.getByText('Nowhere. Nothing needs it now.').waitFor();
      await page.getByRole('textbox', { name: 'Name', exact: true }).fill('Shop window');
      await page.getByRole('combobox', { name: 'Tags' }).fill('street,');
      await assertAccessible(page, 'a file');
      await page.getByRole('button', { name: 'Save name and tags' }).click();
      await page.getByText('“Shop window” was saved.').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
      await page.getByRole('textbox', { name: 'Search names and tags' }).fill('street');
      await page.getByRole('button', { name: 'Open bread.jpg' }).waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Open Shop window' }).click();
      await page.getByRole('button', { name: 'Delete…' }).click();
      await page.getByRole('button', { name: 'Delete', exact: true }).click();
      await page.getByText('No file has “street” in its name or tags.').waitFor();
      const { data } = await callApi<Success<Upload[]>>(server, 'GET', '/uploads');
      assert.deepEqual(
        data.map(({ name }) => name),
        ['bread.jpg'],
      );
      assertQuiet(log);
    });
  });

  it('says where a file is used, and keeps what is needed', async () => {
    const status = { type: 'image', content: bread.filename, caption: 'Bread is out' };
    const { data } = await callApi<Success<Template>>(server, 'POST', '/templates', {
      body: { name: 'Bread', status },
      expected: 201,
    });
    await callApi(server, 'POST', '/sessions/acc1/send-status', {
      body: status,
      expected: 202,
      headers: { prefer: 'wait=20' },
    });
    await inPage('library, in use', async (page, log) => {
      await openSignedIn(page, server, '/library');
      await page.getByRole('button', { name: 'Open bread.jpg' }).click();
      const uses = page.getByRole('region', { name: 'Where it is used' });
      await uses.getByRole('link', { name: 'Bread is out' }).waitFor();
      await uses.getByRole('link', { name: 'Bread', exact: true }).waitFor();
      await page.getByRole('button', { name: 'Delete…' }).click();
      await page.getByText('It is still needed.').waitFor();
      assert.equal(await page.getByRole('button', { name: 'Delete', exact: true }).count(), 0);
      await assertAccessible(page, 'a file that is needed');

      await callApi(server, 'PATCH', `/templates/${data.id}`, {
        body: { status: { type: 'text', content: 'Bread is out' } },
      });
      await page.goto(`${server.url}/library`);
      await page.getByRole('button', { name: 'Open bread.jpg' }).click();
      await page.getByRole('button', { name: 'Delete…' }).click();
      await page.getByText('A past post shows it.').waitFor();
      await page.getByRole('button', { name: 'Keep it' }).click();
      assertQuiet(log);
    });
  });

  it('gives a post a file that is there already', async () => {
    await inPage('library, chosen for a post', async (page, log) => {
      await openSignedIn(page, server, '/compose');
      await choose(page, 'Picture');
      await page.getByRole('button', { name: 'Choose from library' }).click();
      await page.getByRole('button', { name: 'Use bread.jpg' }).waitFor();
      await assertAccessible(page, 'the library in the composer');
      await page.getByRole('button', { name: 'Use bread.jpg' }).click();
      await page.getByAltText('The file of this post').waitFor();
      await page.getByRole('textbox', { name: 'Caption' }).fill('From the library');
      await toOneNumber(page);
      await page.getByRole('button', { name: 'Post to 1 person' }).click();
      await page.getByText('WhatsApp has it').waitFor();
      await eventually(() => {
        const texts = simulator.statuses(contact).map(({ text }) => text);
        assert.deepEqual(texts, ['From the library']);
      });
      assertQuiet(log);
    });
  });

  it('fits a phone', async () => {
    await inPage(
      'library on a phone',
      async (page, log) => {
        await openSignedIn(page, server, '/library');
        await page.getByRole('button', { name: 'Open bread.jpg' }).waitFor();
        await assertNoSidewaysScroll(page, 'library');
        await assertAccessible(page, 'library');
        await page.getByRole('link', { name: 'Templates' }).click();
        await page.getByRole('link', { name: 'Use Bread' }).waitFor();
        await assertNoSidewaysScroll(page, 'templates');
        await assertAccessible(page, 'templates');
        assertQuiet(log);
      },
      { viewport: { width: 390, height: 844 }, hasTouch: true },
    );
  });

  async function toOneNumber(page: Page): Promise<void> {
    await page.getByRole('radio', { name: /^Numbers/ }).check({ force: true });
    await page.getByRole('textbox', { name: 'Numbers', exact: true }).fill(`+${contact}`);
  }
});

function picture(background: string): Promise<Buffer> {
  return sharp({ create: { width: 600, height: 800, channels: 3, background } })
    .jpeg()
    .toBuffer();
}
