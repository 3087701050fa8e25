import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Browser } from 'playwright-core';
import type { Erasure } from '../../server/contract/erasures.js';
import type { PersonExport } from '../../server/contract/person-exports.js';
import { connectDatabase } from '../../server/db/database.js';
import { launchChromium, withPage } from '../support/chromium.js';
import { callApi } from '../support/link-account.js';
import { insertSession } from '../support/sample-rows.js';
import { startTestServer, type TestServer } from '../support/test-server.js';
import { assertAccessible, assertNoSidewaysScroll, assertQuiet, openSignedIn } from './dashboard-page.js';

describe('The dashboard’s menu of a person', function () {
  this.timeout(90_000);
  let browser: Browser;
  let server: TestServer;

  before('start Chromium, and a server whose account knows two people', async () => {
    browser = await launchChromium();
    server = await startTestServer();
    const db = await connectDatabase({ file: path.join(server.dataDir, 'data', 'statuscast.sqlite') });
    try {
      await insertSession(db, { sessionId: 'acc1' });
      const of = { session_id: 'acc1', organization_id: 'default' };
      for (const [id, name, names] of [
        ['ana', 'Ana', { phone_number: '491700000001' }],
        ['ben', 'Ben', { lid: '12345678901234' }],
      ] as const) {
        await db('people').insert({ ...of, ...names, id, name, created_at: 1, updated_at: 1 });
        const contact = { person_id: id, is_saved: 1, in_chat: 0, sort_name: id, search_text: id, updated_at: 1 };
        await db('contacts').insert({ ...of, ...contact });
      }
    } finally {
      await db.destroy();
    }
  });
  after('stop them', async () => {
    await server.stop();
    await browser.close();
  });

  it('exports what is known, and erases everywhere after a question, with a receipt', async () => {
    const options = { reducedMotion: 'reduce', viewport: { width: 390, height: 800 } } as const;
    await withPage(
      browser,
      'erasing a person',
      async (page, log) => {
        await openSignedIn(page, server, '/people?tab=contacts');
        const more = page.getByRole('button', { name: 'More about Ana' });
        await more.click();
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.getByRole('menuitem', { name: 'Export what is known' }).click(),
        ]);
        assert.equal(download.suggestedFilename(), 'person-491700000001.json');
        const kept = JSON.parse(await readFile(await download.path(), 'utf8')) as PersonExport;
        assert.deepEqual(
          kept.accounts.map(({ savedName }) => savedName),
          ['Ana'],
        );

        await more.click();
        await page.getByRole('menuitem', { name: 'Erase everywhere' }).click();
        const question = page.getByRole('dialog', { name: 'Erase Ana everywhere?' });
        await question.getByText('This cannot be undone.').waitFor();
        await question.getByRole('checkbox', { name: 'Opt the number out' }).check();
        await assertAccessible(page, 'the question');
        await assertNoSidewaysScroll(page, 'the question');
        await question.getByRole('button', { name: 'Erase everywhere' }).click();
        const receipt = page.getByRole('dialog', { name: 'Ana was erased' });
        await receipt.getByText('The number is opted out.').waitFor();
        await assertAccessible(page, 'the receipt');
        const { data } = await callApi<{ data: Erasure[] }>(server, 'GET', '/erasures');
        assert.equal(data[0]?.isOptedOut, true);
        await receipt.getByText(data[0].id).waitFor();
        assert.deepEqual(await receipt.getByRole('definition').allTextContents(), ['1', '1']);
        await receipt.getByRole('button', { name: 'Done' }).click();
        await more.waitFor({ state: 'detached' });

        await page.getByRole('button', { name: 'More about Ben' }).click();
        await page.getByRole('menuitem', { name: 'Erase everywhere' }).click();
        const another = page.getByRole('dialog', { name: 'Erase Ben everywhere?' });
        assert.equal(await another.getByRole('checkbox').count(), 1, 'no number that could be opted out');
        await another.getByRole('button', { name: 'Erase everywhere' }).click();
        await page.getByRole('dialog', { name: 'Ben was erased' }).waitFor();
        assertQuiet(log);
      },
      options,
    );
  });
});
