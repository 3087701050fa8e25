import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import type { Success } from '../../server/contract/envelope.js';
import type { Upload } from '../../server/contract/media.js';
import type { Status } from '../../server/contract/statuses.js';
import { opened } from '../support/media-journey.js';
import { makeFilm, makeSong } from '../support/media-files.js';
import { HostileServer } from '../support/hostile-server.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { launchChromium, withPage, type PageLog } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { choose, dropFile } from './composer-page.js';
import { assertAccessible, assertQuiet, openSignedIn } from './dashboard-page.js';

describe('The composer, for every kind of post', function () {
  this.timeout(90_000);
  const web = new HostileServer();
  let browser: Browser;
  let simulator: TestSimulator;
  let server: TestServer;
  let contact: string;
  let site: string;

  before('start Chromium, a simulator, a web page and a server with an account', async () => {
    await web.start();
    site = `http://127.0.0.1:${String(web.port)}`;
    browser = await launchChromium();
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator, env: { OUTBOUND_ALLOW_PRIVATE: `127.0.0.1:${String(web.port)}` } });
    await linkAccount(server, simulator);
    contact = simulator.addContacts(1)[0]?.phoneNumber ?? '';
  });
  after('stop them', async () => {
    await server.stop();
    await simulator.stop();
    await web.stop();
    await browser.close();
  });

  function inPage(title: string, work: (page: Page, log: PageLog) => Promise<void>) {
    return withPage(browser, title, work, { reducedMotion: 'reduce' });
  }

  it('shows the progress of a video, lets go of it, and posts it', async () => {
    // Long enough that its conversion can be seen and stopped.
    const long = await makeFilm(28, { size: '1280x720', rate: 30, hasSound: false });
    const short = await makeFilm(2, { size: '360x640', hasSound: false });
    await inPage('composer video', async (page, log) => {
      await openSignedIn(page, server, '/compose');
      await choose(page, 'Video');
      await dropFile(page, 'long.mp4', 'video/mp4', long);
      await page.getByRole('progressbar', { name: 'Getting it ready for WhatsApp' }).waitFor();
      await eventually(async () => {
        const shown = await page.getByText(/Getting it ready for WhatsApp · \d+%/).innerText();
        assert.notEqual(/· (\d+)%/.exec(shown)?.[1], '0');
      });
      await page.getByRole('button', { name: 'Cancel', exact: true }).click();
      await page.getByRole('button', { name: 'Choose a video' }).waitFor();
      await dropFile(page, 'short.mp4', 'video/mp4', short);
      await page.getByText('short.mp4').waitFor();
      await page.getByLabel('The video').waitFor();
      await page.getByRole('textbox', { name: 'Caption' }).fill('Look at this');
      await assertAccessible(page, 'composer with a video');
      const { report } = await postAndOpen(page);
      assert.deepEqual([report.facts.mimetype, report.problems], ['video/mp4', []]);
      assert.ok(Math.abs((report.facts.seconds ?? 0) - 2) < 1);
      // Chromium reports the request that was let go of.
      assertQuiet(log);
    });
    const { data } = await callApi<Success<Upload[]>>(server, 'GET', '/uploads');
    assert.deepEqual(
      data.map(({ name }) => name),
      ['short.mp4'],
      'nothing is kept of what was let go of',
    );
  });

  it('posts a recording as a voice note that can be listened to before', async () => {
    const sound = await makeSong(3);
    await inPage('composer voice', async (page, log) => {
      await openSignedIn(page, server, '/compose');
      await choose(page, 'Voice');
      await dropFile(page, 'hum.mp3', 'audio/mpeg', sound);
      await page.getByText('hum.mp3').waitFor();
      await page.getByLabel('The voice note').waitFor();
      await assertAccessible(page, 'composer with a recording');
      const { report } = await postAndOpen(page);
      assert.deepEqual([report.facts.mimetype, report.problems], ['audio/ogg; codecs=opus', []]);
      assertQuiet(log);
    });
  });

  it('shows the page behind a link as WhatsApp will, and posts it', async () => {
    const picture = await sharp({ create: { width: 400, height: 400, channels: 3, background: '#1F6F5C' } })
      .png()
      .toBuffer();
    web.on('/sun.png', (_request, response) => response.setHeader('content-type', 'image/png').end(picture));
    web.on('/offer', (_request, response) => {
      const facts = '<meta property=og:title content="Sun at seven"><meta property=og:image content=/sun.png>';
      response.setHeader('content-type', 'text/html').end(facts);
    });
    await inPage('composer link', async (page, log) => {
      await openSignedIn(page, server, '/compose');
      await choose(page, 'Link');
      await page.getByRole('textbox', { name: 'Link', exact: true }).fill(`${site}/nothing`);
      await page.getByText('The link is posted without a preview.').waitFor();
      await page.getByRole('textbox', { name: 'Link', exact: true }).fill(`${site}/offer`);
      const phone = page.getByRole('complementary', { name: 'Preview' });
      await phone.getByText('Sun at seven').waitFor();
      const shown = await phone.locator('img').boundingBox();
      assert.ok((shown?.height ?? 0) > 20, 'the picture of the page is shown');
      await page.getByRole('textbox', { name: 'Text above the link' }).fill('Every day');
      await assertAccessible(page, 'composer with a link');
      const story = await post(page);
      assert.equal(story.text, `Every day\n${site}/offer`);
      assert.deepEqual([story.link?.title, story.link?.hasThumbnail], ['Sun at seven', true]);
      assertQuiet(log);
    });
  });

  it('starts from a template, asks for what is open, and posts the same again', async () => {
    await inPage('composer template', async (page, log) => {
      await openSignedIn(page, server, '/compose');
      await page.getByRole('textbox', { name: 'Text' }).fill('{{dish}} today at {{account}}');
      await page.getByRole('button', { name: 'Save as template' }).click();
      await page.getByRole('textbox', { name: 'Name of the template' }).fill('Dish of the day');
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText('is in your library').waitFor();

      await page.goto(`${server.url}/library/templates`);
      await page.getByText('Asks for dish').waitFor();
      await page.getByRole('link', { name: 'Use Dish of the day' }).click();
      await page.getByText('Fill in “dish”.').waitFor();
      await page.getByRole('textbox', { name: 'dish' }).fill('Soup');
      await page.getByRole('complementary', { name: 'Preview' }).getByText('Soup today at Shop').waitFor();
      await assertAccessible(page, 'composer with words to fill in');
      assert.equal((await post(page)).text, 'Soup today at Shop');

      const first = page.url();
      await page.getByRole('button', { name: 'Post it again…' }).click();
      await page.getByRole('button', { name: 'Post again', exact: true }).click();
      await page.waitForURL((url) => url.href !== first);
      await page.getByText('Repeats an earlier post').waitFor();
      await page.getByText('WhatsApp has it').waitFor();
      await eventually(() => {
        assert.equal(simulator.statuses(contact).filter(({ text }) => text === 'Soup today at Shop').length, 2);
      });

      await page.goto(`${server.url}/library/templates`);
      await page.getByRole('button', { name: 'More for Dish of the day' }).click();
      await page.getByRole('menuitem', { name: 'Edit' }).click();
      await page.getByRole('textbox', { name: 'Name of the template' }).fill('Soup of the day');
      await page.getByRole('button', { name: 'Save template' }).click();
      await page.getByRole('button', { name: 'More for Soup of the day' }).click();
      await page.getByRole('menuitem', { name: 'Delete…' }).click();
      await page.getByRole('button', { name: 'Delete template' }).click();
      await page.getByText('No templates yet').waitFor();
      assertQuiet(log);
    });
  });

  it('offers to post a text that is too long in parts, which come in their order', async () => {
    const sentences = Array.from(
      { length: 30 },
      (_, index) => `Reason ${String(index + 1)} to come by: it is warm here.`,
    );
    await inPage('composer long text', async (page, log) => {
      await openSignedIn(page, server, '/compose');
      await choose(page, 'Text');
      await page.getByRole('textbox', { name: 'Text' }).fill(sentences.join(' '));
      await page.getByText('At most 700 characters fit in one status.').waitFor();
      await page.getByRole('switch', { name: 'Post it as 2 statuses, one after the other' }).check({ force: true });
      const parts = page.getByRole('region', { name: 'Post it in parts' });
      await parts.getByText('2 of 2').waitFor();
      await assertAccessible(page, 'composer with a text in parts');
      await toTheContact(page);
      await page.getByRole('button', { name: 'Post to 1 person' }).click();
      await page.getByText('Part 1 of 2').waitFor();
      await page.getByRole('region', { name: 'The whole series' }).getByText('Live').nth(1).waitFor();
      await assertAccessible(page, 'a post in parts');
      const { data } = await callApi<Success<Status[]>>(server, 'GET', '/sessions/acc1/statuses?limit=2');
      await simulator.drain();
      const stories = simulator.statuses(contact);
      const texts = data.map(({ messageId }) => stories.find(({ id }) => id === messageId)?.text ?? '');
      assert.equal(texts.reverse().join(' '), sentences.join(' '));
      assertQuiet(log);
    });
  });

  async function toTheContact(page: Page): Promise<void> {
    await page.getByRole('radio', { name: /^Numbers/ }).check({ force: true });
    await page.getByRole('textbox', { name: 'Numbers', exact: true }).fill(`+${contact}`);
  }

  /** Posts what is written to the one contact, and answers what its phone shows. */
  async function post(page: Page) {
    await toTheContact(page);
    await page.getByRole('button', { name: 'Post to 1 person' }).click();
    await page.getByText('WhatsApp has it').waitFor();
    const { data } = await callApi<Success<Status[]>>(server, 'GET', '/sessions/acc1/statuses?limit=1');
    await simulator.drain();
    const story = simulator.statuses(contact).find(({ id }) => id === data[0]?.messageId);
    assert.ok(story);
    return story;
  }

  async function postAndOpen(page: Page) {
    return opened(simulator, contact, (await post(page)).id);
  }
});
