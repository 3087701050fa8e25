import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { Agent } from 'node:https';
import {
  generateMessageIDV2,
  type AnyMessageContent,
  type MiscMessageGenerationOptions,
} from '@whiskeysockets/baileys';
import type { Browser, Page } from 'playwright-core';
import QRCode from 'qrcode';
import { linkByQr, PlainClient } from '../simulator/plain-client.js';
import { jpeg, mp4, voiceNote } from '../simulator-media/sample-files.js';
import { launchChromium, withPage, type PageLog } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';

describe("the simulator's face", function () {
  this.timeout(90_000);
  let browser: Browser;
  let simulator: TestSimulator;
  let closing: (() => Promise<void> | void)[];

  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());

  beforeEach(async () => {
    closing = [];
    simulator = await startTestSimulator({ seed: 7 });
  });
  afterEach(async () => {
    for (const close of closing.reverse()) await close();
    await simulator.stop();
  });

  async function linkedClient(): Promise<PlainClient> {
    const agent = new Agent({ ca: await readFile(simulator.mediaCaFile) });
    const client = await linkByQr(simulator, { name: 'Ada' }, { fetchAgent: agent });
    closing.push(
      () => agent.destroy(),
      () => client.close(),
    );
    return client;
  }

  async function post(
    client: PlainClient,
    content: AnyMessageContent,
    to: { jid: string },
    look: MiscMessageGenerationOptions = {},
  ): Promise<string> {
    const messageId = generateMessageIDV2(client.socket.user?.id);
    await client.socket.sendMessage('status@broadcast', content, { ...look, statusJidList: [to.jid], messageId });
    return messageId;
  }

  function assertQuiet(log: PageLog): void {
    assert.deepEqual(log.cspViolations, []);
    const errors = log.lines.filter((line) => line.startsWith('error') || line.startsWith('request failed'));
    // Chromium cancels the rest of a video that it has enough of.
    assert.deepEqual(
      errors.filter((line) => !line.includes('net::ERR_ABORTED')),
      [],
    );
  }

  function styleOf(page: Page, selector: string, property: string): Promise<string> {
    return page.evaluate<string>(`getComputedStyle(document.querySelector('${selector}')).${property}`);
  }

  /** Polled from here: the page's policy forbids it to evaluate strings itself. */
  function holds(page: Page, expression: string): Promise<void> {
    return eventually(async () => assert.equal(await page.evaluate<boolean>(expression), true), { what: expression });
  }

  async function open(page: Page, phoneNumber?: string): Promise<void> {
    await page.goto(`${simulator.control}/${phoneNumber === undefined ? '' : `#${phoneNumber}`}`);
    await page.locator('#live.on').waitFor();
  }

  it('shows a text story the moment it arrives, as WhatsApp shows it, and reports the view, the like and the reply', async () => {
    const client = await linkedClient();
    const [contact] = simulator.addContacts({ contacts: [{ name: 'Grace Okafor' }] });
    assert.ok(contact);
    await withPage(browser, 'Face text story', async (page, log) => {
      await open(page, contact.phoneNumber);
      await page.getByText('No stories yet.').waitFor();
      const id = await post(client, { text: 'Fresh figs today' }, contact, { backgroundColor: '#FFB45309', font: 8 });
      await page.locator('.author').click();
      const story = page.locator(`[data-story="${id}"]`);
      await story.getByText('Fresh figs today').waitFor();
      assert.equal(await styleOf(page, '.story', 'backgroundColor'), 'rgb(180, 83, 9)');
      assert.match(await styleOf(page, '.story .words', 'fontFamily'), /Calistoga/);
      await eventually(() => {
        const read = client
          .happened('message-receipt.update')
          .flat()
          .find(({ receipt }) => receipt.readTimestamp);
        assert.equal(read?.key.id, id);
      });
      await page.getByRole('button', { name: 'Like' }).click();
      await page.getByRole('button', { name: 'Take the like back' }).waitFor();
      await eventually(() => assert.equal(client.happened('messages.reaction').flat()[0]?.reaction.text, '💚'));
      await page.getByLabel('Reply').fill('Two boxes please');
      await page.getByLabel('Reply').press('Enter');
      await eventually(() => {
        const texts = client
          .happened('messages.upsert')
          .flatMap(({ messages }) => messages)
          .map(({ message }) => message?.extendedTextMessage?.text);
        assert.ok(texts.includes('Two boxes please'));
      });
      assertQuiet(log);
    });
  });

  it('shows pictures and videos with their caption and what the file really is', async () => {
    const client = await linkedClient();
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    await post(client, { image: await jpeg(540, 960), caption: 'New in the shop', width: 540, height: 960 }, contact);
    await post(client, { video: await mp4(2), caption: 'How it is made', seconds: 2 }, contact);
    await simulator.drain();
    await withPage(browser, 'Face media', async (page, log) => {
      await open(page, contact.phoneNumber);
      await page.locator('.author').click();
      await page.getByText('New in the shop').waitFor();
      await holds(page, "document.querySelector('.story img')?.naturalWidth === 540");
      await page.getByText('540 × 960').waitFor();
      await page.keyboard.press('ArrowRight');
      await page.getByText('How it is made').waitFor();
      await holds(page, "document.querySelector('.story video')?.duration > 1");
      await page.getByText('avc + aac').waitFor();
      assertQuiet(log);
    });
  });

  it('plays a video by itself, stops it at a touch, and lets it play on when the story is liked', async () => {
    const client = await linkedClient();
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    await post(client, { video: await mp4(20), caption: 'Slow food', seconds: 20 }, contact);
    await simulator.drain();
    await withPage(browser, 'Face video', async (page, log) => {
      await open(page, contact.phoneNumber);
      await page.locator('.author').click();
      await holds(page, "document.querySelector('.story video')?.currentTime > 0.2");
      await page.getByRole('button', { name: 'Like' }).click();
      await page.getByRole('button', { name: 'Take the like back' }).waitFor();
      assert.equal(await page.evaluate("document.querySelector('.story video').currentTime > 0.2"), true);
      await page.getByRole('button', { name: 'Pause the video' }).click();
      await page.getByRole('button', { name: 'Play the video' }).waitFor();
      assert.equal(await page.evaluate("document.querySelector('.story video').paused"), true);
      assertQuiet(log);
    });
  });

  it('shows a voice note with its background, waveform and length, and plays it', async () => {
    const client = await linkedClient();
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    const waveform = Uint8Array.from({ length: 64 }, (_, at) => (at % 2 === 0 ? 100 : 10));
    const note = { audio: await voiceNote(7), ptt: true, mimetype: 'audio/ogg; codecs=opus', seconds: 7, waveform };
    await post(client, note, contact, { backgroundColor: '#FF0F766E' });
    await simulator.drain();
    await withPage(browser, 'Face voice note', async (page, log) => {
      await open(page, contact.phoneNumber);
      await page.locator('.author').click();
      await page.locator('.voice-time', { hasText: '0:07' }).waitFor();
      assert.equal(await styleOf(page, '.story', 'backgroundColor'), 'rgb(15, 118, 110)');
      const heights = await page
        .locator('.waveform i')
        .evaluateAll((bars) => bars.map((bar) => Math.round(bar.getBoundingClientRect().height)));
      assert.equal(heights.length, 64);
      assert.ok((heights[0] ?? 0) > 3 * (heights[1] ?? 0), String(heights));
      await page.getByRole('button', { name: 'Play the voice note' }).click();
      await holds(page, "document.querySelector('.story audio').currentTime > 0.3");
      await page.getByRole('button', { name: 'Pause the voice note' }).click();
      assert.equal(await page.evaluate("document.querySelector('.story audio').paused"), true);
      await page.getByLabel('Position in the voice note').fill('900');
      await page.locator('.voice-time', { hasText: '0:06' }).waitFor();
      assert.ok((await page.locator('.waveform .heard').count()) > 50);
      assertQuiet(log);
    });
  });

  it('links a phone on which the code is typed by hand', async () => {
    const client = new PlainClient(simulator);
    closing.push(() => client.close());
    await client.qr();
    const code = await client.socket.requestPairingCode('4915112345678');
    await withPage(browser, 'Face types a code', async (page, log) => {
      await open(page);
      await page.getByRole('button', { name: 'Link a device' }).click();
      await page.getByLabel('Phone number').pressSequentially('+49 1511 2345678');
      await page.getByLabel('Code', { exact: true }).pressSequentially(code.toLowerCase());
      assert.equal(await page.getByLabel('Code', { exact: true }).inputValue(), `${code.slice(0, 4)}-${code.slice(4)}`);
      await page.getByRole('button', { name: 'Link with code' }).click();
      await page.getByText('Linked to +4915112345678').waitFor();
      await page.locator('.person', { hasText: 'linked devices online' }).waitFor();
      assertQuiet(log);
    });
    assert.equal((await client.ended()).code, 515);
  });

  it('takes a story away when its author deletes it', async () => {
    const client = await linkedClient();
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    const id = await post(client, { text: 'Oops' }, contact);
    await simulator.drain();
    await withPage(browser, 'Face deleted story', async (page, log) => {
      await open(page, contact.phoneNumber);
      await page.locator('.author').click();
      await page.getByText('Oops').waitFor();
      const key = { remoteJid: 'status@broadcast', fromMe: true, id };
      await client.socket.sendMessage('status@broadcast', { delete: key }, { statusJidList: [contact.jid] });
      await page.getByText('1 deleted by the author').waitFor();
      assertQuiet(log);
    });
  });

  it('links a phone that scans a pasted QR, and one that scans a picture of it', async () => {
    for (const as of ['text', 'picture'] as const) {
      const client = new PlainClient(simulator);
      closing.push(() => client.close());
      const qr = await client.qr();
      await withPage(browser, `Face scans ${as}`, async (page, log) => {
        await open(page);
        await page.getByRole('button', { name: 'Link a device' }).click();
        if (as === 'text') await page.locator('#qr-text').fill(qr);
        else {
          const buffer = await QRCode.toBuffer(qr, { width: 420 });
          await page.locator('#qr-picture').setInputFiles({ name: 'shot.png', mimeType: 'image/png', buffer });
          await holds(page, "document.querySelector('#qr-text').value !== ''");
        }
        await page.getByRole('button', { name: 'Scan' }).click();
        await page.getByText('Linked to +').waitFor();
        assertQuiet(log);
      });
      assert.equal((await client.ended()).code, 515);
    }
    assert.equal(simulator.controls.linking.accounts().length, 2);
  });

  it('says in words why a QR or a code does not work', async () => {
    await withPage(browser, 'Face refuses', async (page) => {
      await open(page);
      await page.getByRole('button', { name: 'Link a device' }).click();
      await page.locator('#qr-text').fill('not a qr');
      await page.getByRole('button', { name: 'Scan' }).click();
      await eventually(async () => assert.notEqual(await page.locator('.problem').textContent(), ''));
      const buffer = await jpeg();
      await page.locator('#qr-picture').setInputFiles({ name: 'no-qr.jpg', mimeType: 'image/jpeg', buffer });
      await page.getByText('there is no QR code to be seen').waitFor();
    });
  });

  it('finds a phone among thousands, and fits on a narrow screen', async () => {
    simulator.addContacts({ count: 3000, namePrefix: 'Customer' });
    const size = { width: 390, height: 800 };
    await withPage(
      browser,
      'Face search',
      async (page, log) => {
        await open(page);
        await page.getByText('2940 more; search to find them').waitFor();
        await page.getByPlaceholder('Find by name or number').fill('Customer 2999');
        await page.locator('.person', { hasText: 'Customer 2999' }).click();
        await page.locator('.updates').getByText('Customer 2999').waitFor();
        assert.equal(await page.evaluate('document.documentElement.scrollWidth'), size.width);
        assertQuiet(log);
      },
      { viewport: size },
    );
  });
});
