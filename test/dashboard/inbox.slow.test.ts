import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Browser } from 'playwright-core';
import type { Success } from '../../server/contract/envelope.js';
import type { OptOutRule } from '../../server/contract/inbox/replies.js';
import { launchChromium, withPage } from '../support/chromium.js';
import { callApi, linkAccount, postAndWait } from '../support/link-account.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import {
  assertAccessible,
  assertNoSidewaysScroll,
  assertNotReloaded,
  assertQuiet,
  markPage,
  openSignedIn,
} from './dashboard-page.js';

describe('The inbox', function () {
  this.timeout(90_000);
  let browser: Browser;
  let simulator: TestSimulator;
  let server: TestServer;

  before('start Chromium, a simulator and a server with an account', async () => {
    browser = await launchChromium();
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    await linkAccount(server, simulator);
  });
  after('stop them', async () => {
    await server.stop();
    await simulator.stop();
    await browser.close();
  });

  it('says that nobody answered, shows each answer as it comes, and which were read', async () => {
    const [contact] = simulator.addContacts({ contacts: [{ name: 'Greta Lind' }] });
    assert.ok(contact);
    const body = { type: 'text', content: 'Warm bread at noon', targetNumbers: [contact.phoneNumber] };
    const status = await postAndWait(server, body);
    await simulator.drain();
    await withPage(
      browser,
      'inbox',
      async (page, log) => {
        await openSignedIn(page, server, '/inbox');
        await page.getByText('Nobody has answered a post yet.', { exact: false }).waitFor();
        await assertAccessible(page, 'an empty inbox');
        await markPage(page);

        simulator.reply(contact.phoneNumber, status.messageId, 'Is there any left?');
        const replies = page.getByRole('region', { name: 'Replies' });
        await replies.getByText('Is there any left?').waitFor();
        await replies.getByRole('img', { name: 'Unread' }).waitFor();
        simulator.reply(contact.phoneNumber, status.messageId, 'One loaf, please.');
        await replies.getByText('One loaf, please.').waitFor();
        await page.getByRole('button', { name: 'Mark 2 as read' }).waitFor();
        await assertAccessible(page, 'the inbox');
        await assertNoSidewaysScroll(page, 'the inbox');

        await replies
          .getByRole('button', { name: / as read$/ })
          .first()
          .click();
        await page.getByRole('button', { name: 'Mark 1 as read' }).waitFor();
        await replies
          .getByRole('button', { name: / as unread$/ })
          .first()
          .waitFor();
        await page.getByText('Unread', { exact: true }).click();
        await replies.getByText('One loaf, please.').waitFor({ state: 'detached' });
        await replies.getByText('Is there any left?').waitFor();
        await page.getByRole('button', { name: 'Mark 1 as read' }).click();
        await replies.getByText('You have read everything.').waitFor();
        await page.getByText('All', { exact: true }).click();
        await page.getByRole('textbox', { name: 'Search words or names' }).fill('loaf');
        await replies.getByText('Is there any left?').waitFor({ state: 'detached' });
        await replies.getByText('One loaf, please.').waitFor();

        await replies.getByRole('link', { name: 'To your post: Warm bread at noon' }).click();
        await page.getByRole('region', { name: 'Reach' }).waitFor();
        await assertNotReloaded(page);
        assertQuiet(log);
      },
      { viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' },
    );
  });

  it('lets somebody answer from the keyboard, and shows of a very long text the beginning first', async () => {
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    const status = await postAndWait(server, { type: 'text', content: 'Rye', targetNumbers: [contact.phoneNumber] });
    await simulator.drain();
    const lines = Array.from({ length: 500 }, (_line, index) => `line ${String(index + 1)}`);
    simulator.reply(contact.phoneNumber, status.messageId, lines.join('\n'));
    await withPage(
      browser,
      'inbox keyboard',
      async (page, log) => {
        await openSignedIn(page, server, '/inbox');
        const reply = page.getByRole('region', { name: 'Replies' }).getByRole('listitem').filter({ hasText: 'line 1' });
        await reply.getByText('line 12').waitFor();
        assert.equal(await reply.getByText('line 13').count(), 0);
        await reply.getByRole('button', { name: 'Show all of it' }).click();
        await reply.getByText('line 500').waitFor();

        const answer = reply.getByRole('button', { name: 'Answer' });
        await answer.press('Enter');
        await page.keyboard.type('Never mind');
        assert.equal(await reply.getByRole('textbox').inputValue(), 'Never mind');
        await reply.getByRole('button', { name: 'Cancel' }).press('Enter');
        await page.keyboard.press('Enter');
        await reply.getByRole('textbox').fill('All of them');
        await reply.getByRole('button', { name: 'Send' }).press('Enter');
        await reply.getByRole('list', { name: 'Your answers' }).getByText('All of them').waitFor();
        assertQuiet(log);
      },
      { viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' },
    );
  });

  it('shows files as they come, without a reload, and has one that is missing fetched again', async () => {
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    const status = await postAndWait(server, { type: 'text', content: 'Rolls', targetNumbers: [contact.phoneNumber] });
    await simulator.drain();
    const base64 = Buffer.from('order').toString('base64');
    await withPage(
      browser,
      'inbox files',
      async (page, log) => {
        await openSignedIn(page, server, '/inbox');
        const replies = page.getByRole('region', { name: 'Replies' });
        await replies.getByText('One loaf, please.').waitFor();
        await markPage(page);
        await simulator.ask('POST', '/admin/media/faults', { on: 'download', status: 503, times: 1 });
        const file = { kind: 'document' as const, base64, filename: 'order.pdf' };
        await simulator.controls.replies.reply(contact.phoneNumber, { statusId: status.messageId, file });
        await replies.getByText('It is tried again by itself.', { exact: false }).waitFor();
        await assertAccessible(page, 'a file that is on its way');
        await replies.getByRole('button', { name: 'Fetch it again' }).click();
        await replies.getByRole('link', { name: 'Save the file “order.pdf”' }).waitFor();
        await assertNoSidewaysScroll(page, 'the inbox with a file');
        await assertNotReloaded(page);
        assertQuiet(log);
      },
      { viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' },
    );
  });

  it('saves what is shown, and shows and changes the words by which people opt out', async () => {
    await withPage(
      browser,
      'inbox menu',
      async (page, log) => {
        await openSignedIn(page, server, '/inbox');
        const more = page.getByRole('button', { name: 'More for the inbox' });
        await page.getByRole('textbox', { name: 'Search words or names' }).fill('loaf');
        await page.getByText('Is there any left?').waitFor({ state: 'detached' });
        await more.click();
        const saving = page.waitForEvent('download');
        await page.getByRole('menuitem', { name: 'Save what is shown as CSV' }).click();
        const saved = await saving;
        assert.equal(saved.suggestedFilename(), 'replies.csv');
        const text = await readFile(await saved.path(), 'utf8');
        assert.deepEqual([text.includes('"One loaf, please."'), text.includes('any left')], [true, false]);

        await more.click();
        await page.getByRole('menuitem', { name: 'Words to opt out…' }).click();
        const dialog = page.getByRole('dialog');
        const words = dialog.getByRole('textbox', { name: 'Words' });
        assert.match(await words.inputValue(), /^STOP$/m);
        await assertAccessible(page, 'the words to opt out');
        await dialog.getByRole('switch').click();
        await words.fill('Genug\n\n  Basta ');
        await dialog.getByRole('button', { name: 'Save' }).click();
        await dialog.waitFor({ state: 'detached' });
        const rule = await callApi<Success<OptOutRule>>(server, 'GET', '/replies/opt-out-rule');
        assert.deepEqual(rule.data, { isOn: true, words: ['Genug', 'Basta'] });
        assertQuiet(log);
      },
      { viewport: { width: 390, height: 844 }, reducedMotion: 'reduce' },
    );
  });

  it('tells beside its name how many are unread', async () => {
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    const status = await postAndWait(server, { type: 'text', content: 'Tea', targetNumbers: [contact.phoneNumber] });
    await simulator.drain();
    await withPage(
      browser,
      'inbox unread',
      async (page, log) => {
        await openSignedIn(page, server, '/');
        const link = page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: /^Inbox/ });
        await link.waitFor();
        const before = Number((await link.textContent())?.replace('Inbox', ''));
        simulator.reply(contact.phoneNumber, status.messageId, 'With milk?');
        await link.getByText(String(before + 1), { exact: true }).waitFor();
        await assertAccessible(page, 'the navigation with a count');
        assertQuiet(log);
      },
      { viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' },
    );
  });
});
