import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import type { Success } from '../../server/contract/envelope.js';
import type { QrCode, Session } from '../../server/contract/sessions.js';
import { launchChromium, withPage } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi } from '../support/link-account.js';
import {
  addAccount,
  assertAccessible,
  assertNotReloaded,
  assertQuiet,
  markPage,
  openSignedIn,
} from './dashboard-page.js';

describe('The dashboard', function () {
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
    withPage(browser, `dashboard ${title}`, work, { reducedMotion: 'reduce', ...options });

  it('takes the key from the address and keeps it nowhere; all tabs are signed in, and signed out with one of them', async () => {
    await inPage(browser, 'key from the address', async (page, log) => {
      // Where an earlier version kept it.
      await page.goto(`${server.url}/healthz`);
      await page.evaluate('localStorage.setItem("statuscast.key", "an-old-key-0123456789")');
      await page.goto(`${server.url}/accounts#key=${server.apiKey}`);
      await page.getByRole('heading', { name: 'Link your first account' }).waitFor();
      assert.equal(new URL(page.url()).hash, '');
      const readable = await page.evaluate<string>('JSON.stringify([document.cookie, localStorage, sessionStorage])');
      assert.ok(!/key|statuscast-/.test(readable.replace('"statuscast.draft"', '')), readable);

      const other = await page.context().newPage();
      await other.goto(`${server.url}/accounts`);
      await other.getByText('Live', { exact: true }).first().waitFor();
      await other.getByRole('button', { name: 'Settings and sign out' }).click();
      await other.getByRole('menuitem', { name: 'Sign out', exact: true }).click();
      for (const tab of [other, page]) await tab.getByRole('heading', { name: 'Good to see you' }).waitFor();
      await page.reload();
      await page.getByRole('heading', { name: 'Good to see you' }).waitFor();
      assert.deepEqual(log.cspViolations, []);
    });
  });

  it('says that a wrong key is wrong, and lets the right one in', async () => {
    await inPage(browser, 'wrong key', async (page, log) => {
      await page.goto(server.url);
      const key = page.getByRole('textbox', { name: 'Key', exact: true });
      await key.fill('not-the-key');
      await page.keyboard.press('Enter');
      await page.getByText('This key is not valid.').waitFor();
      await assertAccessible(page, 'sign-in');
      await key.fill(server.apiKey);
      await page.getByRole('checkbox', { name: 'Remember on this device' }).check();
      await page.keyboard.press('Enter');
      await page.getByRole('heading', { name: 'Posts', exact: true }).waitFor();
      assert.deepEqual(log.cspViolations, []);
    });
  });

  it('links an account by QR, posts to its contacts and shows them view it one by one, without a reload', async () => {
    await inPage(browser, 'main journey', async (page, log) => {
      const contacts = simulator.addContacts(3);
      await openSignedIn(page, server);
      await markPage(page);

      await addAccount(page);
      const session = await onlySession();
      await page.getByAltText('QR code to scan with WhatsApp').waitFor();
      await assertAccessible(page, 'linking');
      const { data } = await callApi<Success<QrCode>>(server, 'GET', `/sessions/${session.sessionId}/qr`);
      await simulator.scanQr(data.qr, { name: 'Corner Café' });
      await page.getByRole('heading', { name: 'Shop phone is connected' }).waitFor();

      await page.getByRole('link', { name: 'Write your first post' }).click();
      await page.getByRole('textbox', { name: 'Text' }).fill('Fresh bread at nine');
      await page.getByRole('radio', { name: 'Sunflower' }).check({ force: true });
      await page.getByRole('radio', { name: 'Calistoga' }).check({ force: true });
      await page.getByRole('radio', { name: /^Numbers/ }).check({ force: true });
      await page
        .getByRole('textbox', { name: 'Numbers', exact: true })
        .fill(`${contacts.map(({ phoneNumber }) => `+${phoneNumber}`).join('\n')}\nnot a number`);
      await page.getByText('1 entry is left out').waitFor();
      await assertAccessible(page, 'composer');
      await page.getByRole('button', { name: 'Post to 3 people' }).click();

      await page.getByText('WhatsApp has it').waitFor();
      const [first, ...others] = contacts;
      assert.ok(first);
      const story = await eventually(
        () => {
          const found = simulator.statuses(first.phoneNumber)[0];
          assert.ok(found);
          return found;
        },
        { what: 'the contact to get the status' },
      );
      assert.equal(story.text, 'Fresh bread at nine');
      assert.equal(story.backgroundArgb, 0xfffacc15);

      const viewers = page.getByRole('region', { name: 'People' }).getByRole('listitem');
      assert.equal(await viewers.count(), 0);
      simulator.view(first.phoneNumber, story.id);
      await eventually(async () => assert.equal(await viewers.count(), 1), { what: 'the first viewer' });
      for (const { phoneNumber } of others) simulator.view(phoneNumber, story.id);
      await eventually(async () => assert.equal(await viewers.count(), 3), { what: 'all viewers' });
      await page.getByRole('region', { name: 'Reach' }).getByText('100%').nth(2).waitFor();
      await assertAccessible(page, 'post');

      const desk = page.viewportSize();
      assert.ok(desk);
      await page.setViewportSize({ width: 360, height: 740 });
      const choices = page.getByRole('radiogroup', { name: 'Who to show' });
      const cutOff = await choices.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
      assert.equal(cutOff, 0, 'on a phone a choice is cut off');
      await choices.getByText('Missed', { exact: true }).click();
      await page.getByText('Nobody: it reached everybody to whom it was sent.').waitFor();
      await page.setViewportSize(desk);

      await page.getByRole('link', { name: 'Posts', exact: true }).first().click();
      await page.getByRole('link', { name: /Fresh bread at nine.*3 known views/ }).waitFor();
      await assertNotReloaded(page);
      assertQuiet(log);
    });
  });

  it('says when the server is gone, and catches up when it is back', async () => {
    await inPage(browser, 'lost connection', async (page) => {
      await openSignedIn(page, server, '/accounts');
      await markPage(page);
      const { port } = new URL(server.url);
      await server.stop({ keepData: true });
      await page.getByText('The connection to the server was lost.').waitFor();
      server = await startTestServer({ simulator, dataDir: server.dataDir, env: { PORT: port } });
      const body = { sessionName: 'Made meanwhile', authMethod: 'qrcode', start: false };
      await callApi(server, 'POST', '/sessions', { body, expected: 201 });
      await page.getByText('The connection to the server was lost.').waitFor({ state: 'detached' });
      await page.getByRole('heading', { name: 'Made meanwhile' }).waitFor();
      await assertNotReloaded(page);
    });
  });

  async function onlySession(): Promise<Session> {
    return eventually(
      async () => {
        const { data } = await callApi<Success<Session[]>>(server, 'GET', '/sessions');
        const [session] = data;
        assert.ok(session);
        return session;
      },
      { what: 'the session to be there' },
    );
  }
});
