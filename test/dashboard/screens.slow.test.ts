import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import type { Success } from '../../server/contract/envelope.js';
import type { Session } from '../../server/contract/sessions.js';
import { launchChromium, withPage } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { addAccount, assertAccessible, assertNoSidewaysScroll, assertQuiet, openSignedIn } from './dashboard-page.js';

describe('The screens of the dashboard', function () {
  this.timeout(90_000);
  let browser: Browser;
  let simulator: TestSimulator;
  let server: TestServer;

  before('start Chromium, a simulator and a server', async () => {
    browser = await launchChromium();
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
  });
  after('stop them', async () => {
    await server.stop();
    // A server that was started on the data of another leaves them.
    await rm(server.dataDir, { recursive: true, force: true });
    await simulator.stop();
    await browser.close();
  });
  afterEach('delete the accounts', async () => {
    const { data } = await callApi<Success<Session[]>>(server, 'GET', '/sessions');
    for (const { sessionId } of data) await callApi(server, 'DELETE', `/sessions/${sessionId}`);
  });

  /** Runs with a page of its own; a failure leaves a screenshot in test-results/. */
  const inPage: typeof withPage = (_browser, title, work, options) =>
    withPage(browser, `screens ${title}`, work, { reducedMotion: 'reduce', ...options });

  it('is signed out in every browser when that is asked for elsewhere', async () => {
    await inPage(browser, 'signed out elsewhere', async (page) => {
      await openSignedIn(page, server);
      await server.request.delete('/api/sign-in?everywhere=true').expect(204);
      await page.getByText('You were signed out. Sign in again.').waitFor();
    });
  });

  it('links an account by a code, and shows at once that the phone has unlinked it', async () => {
    await inPage(browser, 'link by code', async (page, log) => {
      await openSignedIn(page, server);
      await addAccount(page, { phoneNumber: '+49 151 23456789' });
      const shown = page.getByRole('status', { name: /^Code / });
      await shown.waitFor();
      assert.match(await shown.innerText(), /^[0-9A-Z]{4}-[0-9A-Z]{4}$/);
      await page.getByText(/^Valid for \d:\d\d$/).waitFor();
      await assertAccessible(page, 'code');
      await simulator.enterCode('4915123456789', await shown.innerText());
      await page.getByRole('heading', { name: 'Shop phone is connected' }).waitFor();

      await page.getByRole('link', { name: 'Back to accounts' }).click();
      const account = page.getByRole('article', { name: 'Shop phone' });
      await account.getByText('Connected', { exact: true }).waitFor();
      simulator.controls.linking.unlink('4915123456789');
      await account.getByText('Unlinked', { exact: true }).waitFor();
      await account.getByRole('link', { name: 'Link this account' }).click();
      await shown.waitFor();
      assertQuiet(log);
    });
  });

  it('goes over to a code when the phone cannot scan', async () => {
    await inPage(browser, 'switch to code', async (page, log) => {
      await openSignedIn(page, server);
      await addAccount(page);
      await page.getByRole('button', { name: 'The phone cannot scan? Use a code' }).click();
      const number = page.getByRole('textbox', { name: 'Phone number of the account' });
      await number.fill('12');
      await page.getByRole('button', { name: 'Get a code' }).click();
      await page.getByText('is too short').waitFor();
      await number.fill('+49 151 23456789');
      await page.getByRole('button', { name: 'Get a code' }).click();
      const shown = page.getByRole('status', { name: /^Code / });
      await shown.waitFor();
      await simulator.enterCode('4915123456789', await shown.innerText());
      await page.getByRole('heading', { name: 'Shop phone is connected' }).waitFor();
      assertQuiet(log);
    });
  });

  it('follows the list while others post, and shows views there too', async () => {
    await linkAccount(server, simulator);
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    await inPage(browser, 'list of posts', async (page, log) => {
      await openSignedIn(page, server);
      await page.getByRole('heading', { name: 'Nothing posted in the last 24 hours' }).waitFor();
      const body = { type: 'text', content: 'Posted elsewhere', targetNumbers: [contact.phoneNumber] };
      await callApi(server, 'POST', '/sessions/acc1/send-status', { body, expected: 202 });
      const row = page.getByRole('listitem').filter({ hasText: 'Posted elsewhere' });
      await row.getByText('Live', { exact: true }).waitFor();
      const story = await eventually(() => simulator.statuses(contact.phoneNumber)[0] ?? false);
      if (story !== false) simulator.view(contact.phoneNumber, story.id);
      await row.getByText('1 known views').waitFor();
      assertQuiet(log);
    });
  });

  it('fits a phone on every screen, in light and dark, and is accessible there', async () => {
    await linkAccount(server, simulator);
    const body = { type: 'text', content: `A long word: ${'wide'.repeat(60)}` };
    const sent = await callApi<Success<{ id: string }>>(server, 'POST', '/sessions/acc1/send-status', {
      body,
      expected: 202,
    });
    const screens = { '/': 'Posts', '/compose': 'New post', '/accounts': 'Accounts' };
    for (const colorScheme of ['light', 'dark'] as const) {
      const viewport = { width: 390, height: 844 };
      await inPage(
        browser,
        `phone ${colorScheme}`,
        async (page, log) => {
          await openSignedIn(page, server);
          for (const [path, heading] of Object.entries({ ...screens, [`/posts/acc1/${sent.data.id}`]: 'Post' })) {
            await page.goto(`${server.url}${path}`);
            await page.getByRole('heading', { name: heading, exact: true, level: 1 }).waitFor();
            await page.getByText('Live', { exact: true }).first().waitFor();
            await assertNoSidewaysScroll(page, path);
            await assertAccessible(page, `${path} (${colorScheme})`);
          }
          assertQuiet(log);
        },
        { viewport, colorScheme, hasTouch: true },
      );
    }
  });

  it('asks before it deletes an account, and takes it off the list', async () => {
    await linkAccount(server, simulator);
    await inPage(browser, 'delete account', async (page, log) => {
      await openSignedIn(page, server, '/accounts');
      await page.getByRole('button', { name: 'More for Shop' }).click();
      await page.getByRole('menuitem', { name: 'Delete…' }).click();
      await assertAccessible(page, 'confirmation');
      await page.getByRole('button', { name: 'Delete account' }).click();
      await page.getByRole('heading', { name: 'Link your first account' }).waitFor();
      assertQuiet(log);
    });
    const { body } = await server.request.get('/api/sessions').expect(200);
    assert.deepEqual((body as Success<Session[]>).data, []);
  });
});
