import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { z } from 'zod';
import { audiencePreviewSchema, type Member, type OptOut } from '../../server/contract/audiences.js';
import type { Success } from '../../server/contract/envelope.js';
import type { Pace } from '../../server/contract/pace.js';
import { launchChromium, withPage, type PageLog } from '../support/chromium.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { assertAccessible, assertNoSidewaysScroll, assertQuiet, openSignedIn } from './dashboard-page.js';

const phoneListIsMissing = { code: 'story_privacy_unknown', message: 'WhatsApp has not said it yet.' };

describe('The dashboard’s audiences', function () {
  this.timeout(90_000);
  let browser: Browser;
  let simulator: TestSimulator;
  let server: TestServer;
  let own: string;
  let people: string[];

  before('start Chromium, a simulator and a server with an account that knows three people', async () => {
    browser = await launchChromium();
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    own = (await linkAccount(server, simulator)).phoneNumber;
    people = simulator.addContacts(3).map(({ phoneNumber }) => phoneNumber);
    await simulator.ask('POST', `/admin/accounts/${own}/address-book`, { contacts: people });
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

  it('makes a list, posts to it without an exception, and says before who gets it', async () => {
    const [first = '', second = '', third = ''] = people;
    await inPage('audience list', async (page, log) => {
      await openSignedIn(page, server, '/people');
      await page.getByRole('button', { name: 'New list' }).click();
      await page.getByRole('textbox', { name: 'Name' }).fill('Regulars');
      await page.getByRole('button', { name: 'Make the list' }).click();
      await page.getByRole('heading', { name: 'Regulars' }).waitFor();
      await page.getByRole('button', { name: 'Add people' }).click();
      await page.getByRole('textbox', { name: 'Numbers' }).fill(people.map((number) => `+${number}`).join('\n'));
      await assertAccessible(page, 'adding people');
      await page.getByRole('button', { name: 'Add 3 people' }).click();
      const previews = (url: URL): boolean => url.pathname.endsWith('/audience-preview');
      await page.route(previews, async (route) => {
        const response = await route.fetch();
        const { data } = z.object({ data: audiencePreviewSchema }).parse(await response.json());
        await route.fulfill({ response, json: { success: true, data: { ...data, note: phoneListIsMissing } } });
      });
      await page.getByRole('button', { name: 'Write a post' }).click();

      await page.getByRole('textbox', { name: 'Text' }).fill('For regulars');
      await page.getByText('Goes to 3 people').waitFor();
      await page.getByText('not said yet from whom the phone hides statuses').waitFor();
      await page.unroute(previews);
      await page.getByRole('button', { name: 'Leave people out' }).click();
      await page.getByRole('textbox', { name: 'Not these numbers' }).fill(`+${third}`);
      await page.getByText('1 left out (your exceptions 1)').waitFor();
      await page.getByRole('button', { name: 'See who' }).click();
      await page.getByRole('region', { name: 'Left out' }).getByRole('listitem').first().waitFor();
      await assertAccessible(page, 'composer with its audience');
      await page.getByRole('button', { name: 'Post to 2 people' }).click();
      await page.getByText('WhatsApp has it').waitFor();
      await simulator.drain();
      const texts = [first, second, third].map((number) => simulator.statuses(number).map(({ text }) => text));
      assert.deepEqual(texts, [['For regulars'], ['For regulars'], []]);
      assertQuiet(log);
    });
  });

  it('refuses an audience with nobody in it in words, and finds somebody once an opt-out is taken back', async () => {
    const [first = ''] = people;
    await callApi(server, 'POST', '/opt-outs/add-people', { body: { numbers: [first] } });
    await inPage('audience nobody', async (page, log) => {
      await openSignedIn(page, server, '/compose');
      await page.getByRole('textbox', { name: 'Text' }).fill('Anybody there?');
      await page.getByRole('radio', { name: /^Numbers/ }).check({ force: true });
      await page.getByRole('textbox', { name: 'Numbers', exact: true }).fill(`+${first}`);
      await page.getByText('The one person in it is left out: opted out 1.').waitFor();
      assert.equal(await page.getByRole('button', { name: 'Post', exact: true }).isDisabled(), true);

      await page.getByRole('link', { name: 'People' }).first().click();
      await page.getByRole('tab', { name: 'Opt-outs' }).click();
      await page.getByRole('button', { name: /^Allow posts to/ }).click();
      await page.getByRole('button', { name: 'Undo' }).waitFor();
      const { data } = await callApi<Success<OptOut[]>>(server, 'GET', '/opt-outs');
      assert.deepEqual(data, []);
      await page.goBack();
      await page.getByRole('button', { name: 'Post to 1 person' }).waitFor();
      assertQuiet(log);
    });
  });

  it('imports a file with a report, puts back who was taken off, and exports', async () => {
    const { data: list } = await callApi<Success<{ id: string }>>(server, 'POST', '/audiences', {
      body: { name: 'Imported' },
      expected: 201,
    });
    const membersOf = async () =>
      (await callApi<Success<Member[]>>(server, 'GET', `/audiences/${list.id}/members`)).data.map(
        ({ phoneNumber, name, tags }) => ({ phoneNumber, name, tags }),
      );
    // As a Western Windows saves it: ë is one byte, which is not UTF-8.
    const csv = Buffer.from('Contact;Who;City\n+49 151 23456789;Zoë;Köln\n12;Nobody;\n', 'latin1');
    const zoe = { phoneNumber: '4915123456789', name: 'Zoë', tags: [] };
    await inPage('audience import', async (page, log) => {
      await openSignedIn(page, server, `/people/lists/${list.id}`);
      await page.getByRole('button', { name: 'Add people' }).click();
      await page.getByRole('tab', { name: 'From a file' }).click();
      await page.locator('input[type=file]').setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: csv });
      await page.getByText('1 person found').waitFor();
      await page.getByText('Line 3, Contact, “12”').waitFor();
      await page.getByLabel('Who').selectOption('name');
      await page.getByText('(Zoë)').waitFor();
      await page.getByLabel('City').getByText('Field {{city}}').waitFor({ state: 'attached' });
      await assertAccessible(page, 'import preview');
      assert.deepEqual(await membersOf(), []);
      await page.getByRole('button', { name: 'Import 1 person' }).click();
      await page.getByText('1 person added. The list has 1 person now.').waitFor();
      await page.getByText('Line 3, Contact, “12”').waitFor();
      await assertAccessible(page, 'import report');
      await page.getByRole('button', { name: 'Done' }).click();
      assert.deepEqual(await membersOf(), [zoe]);
      await page.getByRole('listitem').filter({ hasText: 'Zoë' }).getByText('· city: Köln').waitFor();

      await page.getByRole('button', { name: 'Take Zoë off the list' }).click();
      await page.getByText('Nobody is on this list yet.').waitFor();
      await page.getByRole('button', { name: 'Undo' }).click();
      await page.getByRole('button', { name: 'Take Zoë off the list' }).waitFor();
      assert.deepEqual(await membersOf(), [zoe]);

      await page.getByRole('button', { name: 'More for this list' }).click();
      const saving = page.waitForEvent('download');
      await page.getByRole('menuitem', { name: 'Export as CSV' }).click();
      const file = await saving;
      assert.equal(file.suggestedFilename(), 'Imported.csv');
      assert.match(
        await readFile(await file.path(), 'utf8'),
        /^"phoneNumber","name","tags","city"\n"4915123456789","Zoë",,"Köln"\n$/,
      );

      await page.getByRole('button', { name: 'More for this list' }).click();
      await page.getByRole('menuitem', { name: 'Delete…' }).click();
      await page.getByRole('button', { name: 'Delete the list' }).click();
      await page.getByText('“Imported” was deleted.').waitFor();
      await callApi(server, 'GET', `/audiences/${list.id}`, { expected: 404 });
      assertQuiet(log);
    });
  });

  it('sets the pace of an account, and fits a phone on every screen of people', async () => {
    await inPage(
      'audience phone',
      async (page, log) => {
        await openSignedIn(page, server, '/accounts/acc1/pace');
        await page.getByRole('textbox', { name: 'Posts an hour' }).fill('12');
        await page.getByRole('switch', { name: 'Quiet hours' }).check({ force: true });
        await page.getByRole('textbox', { name: 'From' }).fill('21:30');
        await assertNoSidewaysScroll(page, 'pace');
        await assertAccessible(page, 'pace');
        await page.getByRole('button', { name: 'Save the pace' }).click();
        await page.getByText('The pace is saved.').waitFor();
        const { data } = await callApi<Success<Pace>>(server, 'GET', '/sessions/acc1/pace');
        assert.deepEqual(
          [data.settings.ratePerHour, data.settings.quietHours],
          [12, { from: '21:30', to: '07:00', timeZone: 'Europe/Berlin' }],
        );
        await callApi(server, 'PATCH', '/sessions/acc1/pace', { body: { quietHours: null } });

        await page.goto(`${server.url}/people?tab=contacts`);
        await page.getByRole('checkbox').first().check();
        await page.getByText('1 person chosen').waitFor();
        for (const tab of ['Contacts', 'Lists', 'Tags', 'Opt-outs']) {
          await page.getByRole('tab', { name: tab }).click();
          await page.getByRole('tab', { name: tab, selected: true }).waitFor();
          await assertNoSidewaysScroll(page, tab);
          await assertAccessible(page, `people, ${tab}`);
        }
        assertQuiet(log);
      },
      { viewport: { width: 390, height: 844 }, hasTouch: true, timezoneId: 'Europe/Berlin' },
    );
  });

  it('says why posting is paused, as it happens, and resumes it', async () => {
    await inPage('paused account', async (page, log) => {
      await openSignedIn(page, server, '/accounts');
      await page.getByRole('article', { name: 'Shop' }).waitFor();
      simulator.controls.faults.add({ on: 'message', error: '429', onlyStatuses: true, times: 1 });
      await callApi(server, 'POST', '/sessions/acc1/send-status', {
        body: { type: 'text', content: 'Too much', audience: { kind: 'self' } },
        expected: 202,
      });
      await page.getByText('WhatsApp said that this account posts too much (429).').waitFor();
      await assertAccessible(page, 'a paused account');
      await page.getByRole('button', { name: 'Resume posting' }).click();
      await page.getByText('Posting is paused').waitFor({ state: 'detached' });
      const { data } = await callApi<Success<Pace>>(server, 'GET', '/sessions/acc1/pace');
      assert.equal(data.pause, null);
      assertQuiet(log);
    });
  });
});
