import assert from 'node:assert/strict';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import type { Success } from '../../server/contract/envelope.js';
import type { Status } from '../../server/contract/statuses.js';
import { connectDatabase, type Database } from '../../server/db/database.js';
import { launchChromium, withPage } from '../support/chromium.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import {
  assertAccessible,
  assertNotReloaded,
  assertNoSidewaysScroll,
  assertQuiet,
  markPage,
  openSignedIn,
} from './dashboard-page.js';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const quarterMs = 15 * 60_000;

describe('The overview, and views over time', function () {
  this.timeout(90_000);
  let browser: Browser;
  let simulator: TestSimulator;
  let server: TestServer;
  let db: Database;

  before('start Chromium, a simulator and a server', async () => {
    browser = await launchChromium();
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    await linkAccount(server, simulator);
  });
  after('stop them', async () => {
    await db.destroy();
    await server.stop();
    await simulator.stop();
    await browser.close();
  });

  const inPage: typeof withPage = (_browser, title, work, options) =>
    withPage(browser, `overview ${title}`, work, { reducedMotion: 'reduce', ...options });

  async function post(contacts: { phoneNumber: string }[]): Promise<Status> {
    const targetNumbers = contacts.map(({ phoneNumber }) => phoneNumber);
    const body = { type: 'text', content: 'Warm bread', targetNumbers };
    const options = { body, expected: 202, headers: { prefer: 'wait=30' } };
    return (await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options)).data;
  }

  /** Posts of the last days, as the server would have kept them. */
  async function insertPast(days: number): Promise<void> {
    const owned = { organization_id: 'default', session_id: 'acc1' };
    for (let day = 1; day <= days; day += 1) {
      const sentAt = Math.floor(Date.now() / dayMs) * dayMs - day * dayMs + 8 * hourMs;
      const id = `past-${String(day)}`;
      const facts = { type: 'text', content: 'x', style: '{}', state: 'expired', created_by: 'test', message_id: id };
      const counts = { targeted: 60, included: 60, delivered: 52, viewed: 30 + (day % 9), reacted: 4, replied: 0 };
      const times = { created_at: sentAt, updated_at: sentAt, started_at: sentAt, sent_at: sentAt };
      await db('statuses').insert({ ...owned, ...facts, ...times, ...counts, id });
      for (const [hour, viewed] of [
        [0, 12],
        [4, 6 + (day % 9)],
        [11, 12],
      ] as const) {
        const quarter = (sentAt + hour * hourMs) / quarterMs;
        const sums = { delivered: hour === 0 ? 52 : 0, viewed, reacted: hour === 0 ? 4 : 0 };
        await db('status_activity').insert({ ...owned, ...sums, status_id: id, quarter });
      }
    }
  }

  it('says what is missing while there is nothing, and shows a view and a like as they come', async () => {
    await inPage(browser, 'live', async (page, log) => {
      await openSignedIn(page, server, '/overview');
      await page.getByRole('heading', { name: 'Nothing was posted in this time' }).waitFor();
      await assertAccessible(page, 'empty overview');
      await markPage(page);

      const contacts = simulator.addContacts(3);
      const status = await post(contacts);
      await page.getByRole('heading', { name: '1 post: people per post, on average' }).waitFor();
      await page.getByText(/^Not enough yet to tell the best times: 0 of 100 views/).waitFor();
      for (const { phoneNumber } of contacts.slice(0, 2)) simulator.view(phoneNumber, status.messageId);
      await page.getByText('2 in this time').waitFor();
      assert.match(await page.getByRole('region', { name: 'People per post' }).innerText(), /Known views\s+2\s+67%/);

      await page.goto(`${server.url}/posts/acc1/${status.id}`);
      const chart = page.getByRole('region', { name: 'Views over time' });
      await chart.getByRole('row', { name: /:00 2 0$/ }).waitFor({ state: 'attached' });
      await markPage(page);
      simulator.like(contacts[0]?.phoneNumber ?? '', status.messageId);
      await chart.getByRole('row', { name: /:00 2 1$/ }).waitFor({ state: 'attached' });
      await page.getByRole('region', { name: 'Reach' }).getByText('Likes').waitFor();
      await assertNotReloaded(page);
      await assertAccessible(page, 'views over time of a post');
      assertQuiet(log);
    });
  });

  it('shows a month on a desk and on a phone, names the best hour, and gives a file', async () => {
    await insertPast(40);
    for (const viewport of [
      { width: 1280, height: 900 },
      { width: 390, height: 844 },
    ]) {
      await inPage(
        browser,
        `month at ${String(viewport.width)}`,
        async (page, log) => {
          await openSignedIn(page, server, '/overview');
          await page.getByText(/^Most at .+, and on \w+day\.$/).waitFor();
          await page.getByText('Known views are a lower bound', { exact: false }).waitFor();
          const views = page.getByRole('region', { name: 'Views over time' });
          assert.equal(await views.locator('svg > g').count(), 30);
          await page.getByText('Year', { exact: true }).click();
          await views.locator('svg > g').nth(364).waitFor({ state: 'attached' });
          await assertNoSidewaysScroll(page, 'the overview');
          await assertAccessible(page, 'the overview');
          const saving = page.waitForEvent('download');
          await page.getByRole('button', { name: 'CSV' }).click();
          assert.equal((await saving).suggestedFilename(), 'views-over-time.csv');
          assertQuiet(log);
        },
        { viewport },
      );
    }
  });
});
