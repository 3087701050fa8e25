import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { iphone } from '../clicks/open-clicks.js';
import { launchChromium, withPage } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { linkAccount, postAndWait } from '../support/link-account.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { assertNotReloaded, assertQuiet, markPage, openSignedIn } from './dashboard-page.js';

const publicUrl = 'http://cast.example';

describe('What people do with a post, on the screen as they do it', function () {
  this.timeout(90_000);
  let browser: Browser;
  let simulator: TestSimulator;
  let server: TestServer;

  before('start Chromium, a simulator and a server with an account', async () => {
    browser = await launchChromium();
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, env: { PUBLIC_URL: publicUrl } });
    await linkAccount(server, simulator);
  });
  after('stop them', async () => {
    await server.stop();
    await simulator.stop();
    await browser.close();
  });

  /** The steps of the funnel as they are shown, such as `Likes 1`. */
  const shows = (page: Page, step: string, count: number) =>
    eventually(
      async () => {
        const words = await page.getByRole('region', { name: 'Reach' }).innerText();
        assert.match(words.replaceAll(/\s+/g, ' '), new RegExp(`${step} ${String(count)}\\b`));
      },
      { timeoutMs: 20_000, what: `${step}: ${String(count)}` },
    );

  it('views, likes, clicks and answers appear without a reload, and an answer from here reaches the phone', async () => {
    const [greta, ivo, mona] = simulator.addContacts({
      contacts: [{ name: 'Greta Lind' }, { name: 'Ivo Marsh' }, { name: 'Mona Quist' }],
    });
    assert.ok(greta && ivo && mona);
    const status = await postAndWait(server, {
      type: 'text',
      content: 'Warm bread: https://bread.example/offer',
      trackLinks: true,
      targetNumbers: [greta, ivo, mona].map(({ phoneNumber }) => phoneNumber),
    });
    await simulator.drain();
    await withPage(
      browser,
      'knowledge',
      async (page, log) => {
        await openSignedIn(page, server, `/posts/acc1/${status.id}`);
        await shows(page, 'Targeted', 3);
        await markPage(page);

        simulator.view(greta.phoneNumber, status.messageId);
        await shows(page, 'Known views', 1);
        simulator.view(ivo.phoneNumber, status.messageId);
        await shows(page, 'Known views', 2);
        simulator.like(ivo.phoneNumber, status.messageId);
        await shows(page, 'Likes', 1);
        const [story] = simulator.statuses(greta.phoneNumber);
        const [address = ''] = /http:\/\/cast\.example\/l\/\w+/.exec(story?.text ?? '') ?? [];
        const tapped = await fetch(address.replace(publicUrl, server.url), {
          redirect: 'manual',
          headers: { 'user-agent': iphone },
        });
        assert.equal(tapped.headers.get('location'), 'https://bread.example/offer');
        await shows(page, 'Clicked', 1);
        simulator.reply(mona.phoneNumber, status.messageId, 'Do you deliver?');
        await shows(page, 'Answered', 1);
        await shows(page, 'Known views', 3);

        await page.getByRole('link', { name: /^Inbox/ }).click();
        const replies = page.getByRole('region', { name: 'Replies' });
        await replies.getByText('Do you deliver?').waitFor();
        await replies.getByRole('button', { name: 'Answer' }).click();
        await replies.getByRole('textbox', { name: 'Your answer to Mona Quist' }).fill('Yes, until six.');
        await replies.getByRole('button', { name: 'Send' }).click();
        const answers = replies.getByRole('list', { name: 'Your answers' });
        await answers.getByText('Yes, until six.').waitFor();
        await answers.getByText(/ · delivered$/).waitFor();
        const [letter] = simulator.controls.chats.messages(mona.phoneNumber);
        assert.deepEqual([letter?.text, letter?.quotedText], ['Yes, until six.', 'Do you deliver?']);
        simulator.controls.chats.read(mona.phoneNumber, letter?.id ?? '');
        await answers.getByText(/ · read$/).waitFor();
        await assertNotReloaded(page);
        assertQuiet(log);
      },
      { viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' },
    );
  });
});
