import assert from 'node:assert/strict';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { Broadcast, BroadcastSummary } from '../../server/contract/planning/broadcasts.js';
import type { Success } from '../../server/contract/envelope.js';
import type { PostingSlots } from '../../server/contract/planning/plans.js';
import type { Schedule } from '../../server/contract/planning/schedules.js';
import type { Status } from '../../server/contract/statuses.js';
import { launchChromium, withPage, type PageLog } from '../support/chromium.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { callApi, linkAccount } from '../support/link-account.js';
import { assertAccessible, assertNoSidewaysScroll, assertQuiet, openSignedIn } from './dashboard-page.js';

describe('Planning on the dashboard', function () {
  this.timeout(90_000);
  let browser: Browser;
  let simulator: TestSimulator;
  let server: TestServer;

  before('start Chromium, a simulator and a server with two accounts', async () => {
    browser = await launchChromium();
    simulator = await startTestSimulator();
    server = await startTestServer({ simulator });
    await linkAccount(server, simulator, 'mitte');
    await linkAccount(server, simulator, 'nord');
    await callApi(server, 'PATCH', '/sessions/nord', { body: { sessionName: 'Bakery Nord' } });
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
    return withPage(browser, title, work, { reducedMotion: 'reduce', timezoneId: 'Asia/Kolkata', ...options });
  }

  it('posts on all accounts, shows what became of it on each as it happens, and takes back what is to come', async () => {
    await inPage('planning broadcast', async (page, log) => {
      await openSignedIn(page, server, '/compose');
      await page.getByRole('button', { name: 'Post on several accounts' }).click();
      await page.getByRole('checkbox', { name: 'All accounts' }).check({ force: true });
      await page.getByRole('textbox', { name: 'Text' }).fill('On both');
      await page.getByRole('radio', { name: /^Only my own number/ }).check({ force: true });
      await assertAccessible(page, 'composer with several accounts');
      await page.getByRole('button', { name: 'Post on 2 accounts' }).click();
      await page.getByText('Posted on all 2 accounts.').waitFor();
      await page.getByRole('link', { name: /Bakery Nord.*Live/ }).waitFor();
      await assertAccessible(page, 'a post on several accounts');

      const body = { type: 'text', content: 'Tomorrow', all: true, scheduledAt: inDays(1), staggerSeconds: 60 };
      const { data } = await callApi<Success<Broadcast>>(server, 'POST', '/broadcasts', {
        body: { ...body, audience: { kind: 'self' } },
        expected: 202,
      });
      await page.goto(`${server.url}/broadcasts/${data.id}`);
      await page.getByText('2 planned').waitFor();
      await page.getByRole('button', { name: 'Cancel what has not gone out…' }).click();
      await page.getByRole('button', { name: 'Cancel these posts' }).click();
      await page.getByText('Posted on 0 of 2 accounts, 2 canceled.').waitFor();
      const list = await callApi<Success<BroadcastSummary[]>>(server, 'GET', '/broadcasts');
      assert.deepEqual(
        list.data.map(({ content }) => content),
        ['Tomorrow', 'On both'],
      );
      assertQuiet(log);
    });
  });

  it('repeats a post on chosen weekdays in words, pauses, changes and deletes it', async () => {
    await inPage('planning repeat', async (page, log) => {
      await openSignedIn(page, server, '/compose');
      await page.getByRole('textbox', { name: 'Text' }).fill('Menu of the day');
      await page.getByRole('radio', { name: /^Only my own number/ }).check({ force: true });
      await page.getByRole('radio', { name: /^Repeat/ }).check({ force: true });
      await page.getByRole('combobox', { name: 'Repeat' }).click();
      await page.getByRole('option', { name: /^Every weekday/ }).click();
      await page.getByLabel('Time', { exact: true }).fill('11:30');
      await page.getByText('Every weekday at 11:30').waitFor();
      assert.equal(await page.getByText('The next three times:').locator('xpath=following-sibling::ol/li').count(), 3);
      await assertAccessible(page, 'composer with a repetition');
      await page.getByRole('button', { name: 'Start repeating' }).click();
      await page.getByRole('heading', { name: 'Repeating posts' }).waitFor();
      await page.getByRole('listitem').filter({ hasText: 'Every weekday at 11:30' }).waitFor();
      const [made] = await schedules();
      assert.ok(made);
      assert.deepEqual(
        { rule: made.rule, timeZone: made.timeZone, time: made.startsAt.slice(11) },
        { rule: 'FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR', timeZone: 'Asia/Calcutta', time: '11:30' },
      );

      await more(page, 'Pause');
      await page.getByText('Paused', { exact: true }).waitFor();
      await more(page, 'Change…');
      await page.getByRole('textbox', { name: 'Text' }).fill('Soup of the day');
      await page.getByLabel('Time', { exact: true }).fill('12:00');
      await assertAccessible(page, 'changing a repeating post');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Every weekday at 12:00').waitFor();
      await more(page, 'Delete…');
      await page.getByRole('button', { name: 'Delete it' }).click();
      await page.getByText('Nothing repeats yet').waitFor();
      assert.deepEqual(await schedules(), []);
      assertQuiet(log);
    });
  });

  it('keeps the posting slots of an account, and posts in the next free one', async () => {
    await inPage('planning slots', async (page, log) => {
      await openSignedIn(page, server, '/calendar/slots');
      await page.getByText('No times yet').waitFor();
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByRole('button', { name: 'Remove Friday 09:00' }).click();
      await page.getByRole('button', { name: 'Remove Friday 09:00' }).waitFor({ state: 'detached' });
      await assertAccessible(page, 'posting slots');
      const path = '/sessions/mitte/posting-slots';
      const { data } = await eventually(async () => {
        const slots = await callApi<Success<PostingSlots>>(server, 'GET', path);
        assert.equal(slots.data.slots.length, 4);
        return slots;
      });
      await page.goto(`${server.url}/compose?account=mitte`);
      await page.getByRole('textbox', { name: 'Text' }).fill('In a slot');
      await page.getByRole('radio', { name: /^Only my own number/ }).check({ force: true });
      await page.getByRole('radio', { name: /^Next free slot/ }).check({ force: true });
      await page.getByText('It goes out').waitFor();
      await page.getByRole('button', { name: 'Schedule' }).click();
      await page.getByText('It goes out by itself, ').waitFor();
      const planned = await callApi<Success<Status[]>>(server, 'GET', '/statuses?state=scheduled');
      assert.deepEqual(
        planned.data.map(({ scheduledAt }) => scheduledAt),
        [data.nextFreeAt],
      );
      assertQuiet(log);
    });
  });

  it('puts a post aside as a draft, goes on with it, and forgets it once it is posted', async () => {
    await inPage('planning drafts', async (page, log) => {
      await openSignedIn(page, server, '/compose');
      await page.getByRole('textbox', { name: 'Text' }).fill('Half a thought');
      await page.getByRole('radio', { name: /^Only my own number/ }).check({ force: true });
      await page.getByRole('radio', { name: /^Later/ }).check({ force: true });
      await page.getByLabel('Date and time').fill(`${inDays(2).slice(0, 10)}T09:00`);
      await page.getByRole('button', { name: 'Save as draft' }).click();
      await page.getByRole('link', { name: 'Go on with Half a thought' }).waitFor();
      await assertAccessible(page, 'drafts');
      // Another person, in another browser.
      await inPage('planning drafts elsewhere', async (other) => {
        await openSignedIn(other, server, '/calendar/drafts');
        await other.getByRole('link', { name: 'Go on with Half a thought' }).click();
        assert.equal(await other.getByLabel('Date and time').inputValue(), `${inDays(2).slice(0, 10)}T09:00`);
        await other.getByRole('textbox', { name: 'Text' }).fill('A whole thought');
        await other.getByRole('button', { name: 'Schedule' }).click();
        await other.getByText('It goes out by itself, ').waitFor();
      });
      await page.getByText('No drafts').waitFor();
      assertQuiet(log);
    });
  });

  it('shows on the calendar what was posted and is planned; posts are moved and left out there, live', async () => {
    await callApi(server, 'POST', '/sessions/nord/schedules', {
      body: {
        status: { type: 'text', content: 'Good morning', audience: { kind: 'self' } },
        timeZone: 'Asia/Kolkata',
        startsAt: `${inDays(1).slice(0, 10)}T08:00`,
        rule: 'FREQ=DAILY;COUNT=3',
      },
      expected: 201,
    });
    await inPage('planning calendar', async (page, log) => {
      await openSignedIn(page, server, `/calendar?view=month&day=${inDays(7).slice(0, 10)}`);
      const plan = { type: 'text', content: 'A week from now', audience: { kind: 'self' } };
      const scheduledAt = `${inDays(7).slice(0, 10)}T10:00`;
      await callApi(server, 'POST', '/sessions/mitte/send-status', {
        body: { ...plan, scheduledAt, timeZone: 'Asia/Kolkata' },
        expected: 202,
      });
      const chip = page.getByRole('button', { name: /^10:00.*A week from now.*Shop.*Scheduled/ });
      await chip.waitFor();
      await assertAccessible(page, 'calendar, a month');
      const target = inDays(7).slice(0, 10);
      await chip.click();
      await page.getByLabel('Move to').fill(`${target}T15:30`);
      await assertAccessible(page, 'a post of the calendar');
      await page.getByRole('button', { name: 'Move', exact: true }).click();
      await page.getByRole('button', { name: /^15:30.*A week from now/ }).waitFor();
      const { data } = await callApi<Success<Status[]>>(server, 'GET', '/statuses?state=scheduled');
      const moved = data.find(({ content }) => content === 'A week from now');
      assert.equal(moved?.scheduledAt, `${target}T10:00:00.000Z`);

      await page.goto(`${server.url}/calendar?view=week&day=${inDays(2).slice(0, 10)}`);
      const morning = page.getByRole('listitem', { name: dayName(2) }).getByRole('button', { name: /Good morning/ });
      await morning.click();
      await page.getByRole('button', { name: 'Leave this time out…' }).click();
      await page.getByRole('button', { name: 'Leave it out' }).click();
      await morning.waitFor({ state: 'detached' });
      await assertAccessible(page, 'calendar, a week');
      assertQuiet(log);
    });
  });

  it('shows every screen in UTC, and says so, in a browser that does not know its time zone', async () => {
    await inPage('planning without a zone', async (page, log) => {
      await page.addInitScript(`{
        const options = Intl.DateTimeFormat.prototype.resolvedOptions;
        Intl.DateTimeFormat.prototype.resolvedOptions = function () {
          return { ...options.call(this), timeZone: 'Etc/Unknown' };
        };
      }`);
      await openSignedIn(page, server, '/calendar');
      await page.getByRole('heading', { name: 'Calendar' }).waitFor();
      await page.getByText('so times are those of UTC').waitFor();
      await page.goto(`${server.url}/calendar/slots?account=nord`);
      await page.getByRole('combobox', { name: 'Account' }).click();
      await page.getByRole('option', { name: 'Bakery Nord' }).click();
      await page.getByText('so times are those of UTC. Choose yours.').waitFor();
      await page.getByRole('button', { name: 'Add', exact: true }).click();
      await page.getByRole('button', { name: 'Remove Monday 09:00' }).waitFor();
      assertQuiet(log);
    });
    const { data } = await callApi<Success<PostingSlots>>(server, 'GET', '/sessions/nord/posting-slots');
    assert.equal(data.timeZone, 'UTC');
  });

  it('has room on a phone, where the screens beyond the bar are under More', async () => {
    await inPage(
      'planning on a phone',
      async (page, log) => {
        await openSignedIn(page, server, '/calendar/repeating');
        for (const path of ['/calendar', '/calendar/repeating', '/calendar/drafts', '/calendar/slots', '/compose']) {
          await page.goto(`${server.url}${path}`);
          await page.getByRole('heading', { level: 1 }).waitFor();
          await assertNoSidewaysScroll(page, path);
          await assertAccessible(page, path);
        }
        assertQuiet(log);
      },
      { viewport: { width: 390, height: 844 }, hasTouch: true },
    );
  });

  async function schedules(): Promise<Schedule[]> {
    return (await callApi<Success<Schedule[]>>(server, 'GET', '/schedules')).data;
  }
});

/** Chooses from the menu of the only repeating post. */
async function more(page: Page, item: string): Promise<void> {
  await page.getByRole('button', { name: /^More for/ }).click();
  await page.getByRole('menuitem', { name: item }).click();
}

/** As the calendar names a day. */
function dayName(daysFromNow: number): string {
  const format = new Intl.DateTimeFormat('en-GB', { weekday: 'long', day: 'numeric', month: 'long', timeZone: 'UTC' });
  return format.format(Date.now() + daysFromNow * 86_400_000);
}

function inDays(count: number): string {
  return new Date(Date.now() + count * 86_400_000).toISOString();
}
