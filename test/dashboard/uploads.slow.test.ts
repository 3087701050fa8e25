import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser, Page, Route } from 'playwright-core';
import type { Success } from '../../server/contract/envelope.js';
import type { ResumableUpload } from '../../server/contract/resumable-uploads.js';
import { pictureOf } from '../media/tus-requests.js';
import { launchChromium, withPage, type PageLog } from '../support/chromium.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { eventually } from '../support/eventually.js';
import { startLine } from '../support/line.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { choose, dropFile } from './composer-page.js';
import { assertAccessible, assertQuiet, openSignedIn } from './dashboard-page.js';

const megabyte = 1024 * 1024;
const addresses = '**/api/uploads/resumable/*';

describe('Uploading in the dashboard', function () {
  this.timeout(120_000);
  let browser: Browser;
  let simulator: TestSimulator;
  let server: TestServer;
  let line: Awaited<ReturnType<typeof startLine>>;

  before('start Chromium, a simulator and a server with an account', async () => {
    browser = await launchChromium();
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, env: { MAX_UPLOAD_MB: '20', UNFINISHED_UPLOADS_MB: '20' } });
    await linkAccount(server, simulator);
    line = await startLine(Number(new URL(server.url).port));
  });
  after('stop them', async () => {
    line.close();
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

  it('goes on where it was when the line breaks in the middle of a large file', async () => {
    await inPage('upload over a broken line', async (page, log) => {
      const offsets = offsetsOf(page);
      const near = { url: `http://127.0.0.1:${String(line.port)}`, apiKey: server.apiKey };
      await openSignedIn(page, near, '/compose');
      await choose(page, 'Picture');
      line.cutAfter(line.carried + 5 * megabyte);
      await take(page, await file('sea.jpg', 12));
      await page.getByAltText('The file of this post').waitFor({ timeout: 80_000 });
      const [first, second = 0, ...others] = offsets;
      assert.deepEqual([first, others], [0, []], String(offsets));
      assert.ok(second > 3 * megabyte && second < 6 * megabyte, String(offsets));
      assert.deepEqual(log.cspViolations, []);
    });
  });

  it('goes on after a reload with the same file, says why another one is refused, and cancels at the server', async () => {
    await inPage('upload and a reload', async (page, log) => {
      const offsets = offsetsOf(page);
      const sea = await file('sea.jpg', 12);
      const isHeld = hold(page);
      await openSignedIn(page, server, '/compose');
      await choose(page, 'Picture');
      await take(page, sea);
      await isHeld;
      await page.reload();
      await page.unroute(addresses);
      await choose(page, 'Picture');
      await take(page, await file('beach.jpg', 11));
      await page
        .getByText(/Your uploads that are on their way or in preparation have 12 MB\. With 11 MB more/)
        .waitFor();
      await assertAccessible(page, 'a refused upload');

      // What stands in front of the server answers for it, which is no reason to begin anew.
      let badGateways = 1;
      await page.route(addresses, async (route) => {
        if (route.request().method() === 'HEAD' && badGateways-- > 0) await route.fulfill({ status: 502 });
        else await route.continue();
      });
      await take(page, sea);
      await page.getByAltText('The file of this post').waitFor({ timeout: 80_000 });
      assert.deepEqual(offsets, [0, 8 * megabyte, 8 * megabyte]);
      assert.deepEqual(await unfinished(), []);

      await page.unroute(addresses);
      const isHeldAgain = hold(page);
      await take(page, await file('dunes.jpg', 10));
      await isHeldAgain;
      assert.equal((await unfinished()).length, 1);
      await page.getByRole('button', { name: 'Cancel' }).click();
      await eventually(async () => assert.deepEqual(await unfinished(), []), { what: 'the upload to be removed' });
      assert.deepEqual(log.cspViolations, []);
    });
  });

  it('says that a file was moved while it was sent', async () => {
    await inPage('upload of a moved file', async (page) => {
      await openSignedIn(page, server, '/compose');
      await choose(page, 'Picture');
      const moved = await file('moved.jpg', 9);
      await page.route(addresses, async (route) => {
        if (route.request().method() !== 'PATCH') return route.continue();
        await rm(moved, { force: true });
        return route.abort();
      });
      await take(page, moved);
      await page.getByText('“moved.jpg” was moved or changed meanwhile. Choose it again.').waitFor();
      await eventually(async () => assert.deepEqual(await unfinished(), []), { what: 'the upload to be removed' });
    });
  });

  async function file(name: string, sizeMb: number): Promise<string> {
    const where = path.join(server.dataDir, name);
    await writeFile(where, await pictureOf(sizeMb * megabyte));
    return where;
  }

  async function unfinished(): Promise<ResumableUpload[]> {
    const { data } = await callApi<Success<ResumableUpload[]>>(server, 'GET', '/uploads/resumable');
    return data.filter(({ state }) => state === 'receiving');
  }
});

async function take(page: Page, where: string): Promise<void> {
  await page.locator('input[type=file]').setInputFiles(where);
}

/** From which byte on the parts that leave the page go, in their order. */
function offsetsOf(page: Page): number[] {
  const offsets: number[] = [];
  page.on('request', (request) => {
    if (request.method() === 'PATCH') offsets.push(Number(request.headers()['upload-offset']));
  });
  return offsets;
}

/** Keeps back every part but the first of a file; resolves when there is one. */
async function hold(page: Page): Promise<void> {
  let held: () => void = () => undefined;
  const isHeld = new Promise<void>((resolve) => {
    held = resolve;
  });
  await page.route(addresses, (route: Route) => {
    const request = route.request();
    const offset = Number(request.headers()['upload-offset'] ?? 0);
    if (request.method() !== 'PATCH' || offset === 0) return route.continue();
    held();
    return undefined;
  });
  return isHeld;
}
