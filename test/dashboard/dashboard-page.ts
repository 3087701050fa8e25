import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import type { PageLog } from '../support/chromium.js';

const axeFile = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface AxeViolation {
  id: string;
  impact: string | null;
  nodes: { html: string }[];
}

/** Signs the browser of this page in, as the sign-in screen does, without waiting for that screen. */
export async function signIn(page: Page, { url, apiKey }: { url: string; apiKey: string }): Promise<void> {
  const answer = await fetch(`${url}/api/sign-in`, {
    method: 'POST',
    headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
    body: '{}',
  });
  const [, name = '', value = ''] = /^([^=]+)=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '') ?? [];
  const path = /path=([^;]+)/i.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '/';
  const { hostname: domain } = new URL(url);
  await page.context().addCookies([{ name, value, domain, path, httpOnly: true, sameSite: 'Strict' }]);
}

/** Opens a screen signed in. */
export async function openSignedIn(page: Page, server: { url: string; apiKey: string }, path = '/'): Promise<void> {
  await signIn(page, server);
  await page.goto(`${server.url}${path}`);
  await page.getByText('Live', { exact: true }).first().waitFor();
}

/** Adds an account called “Shop phone” through the dialog; by QR code unless there is a number to ask a pairing code for. */
export async function addAccount(page: Page, by: { phoneNumber?: string } = {}): Promise<void> {
  await page.getByRole('link', { name: 'Link an account' }).click();
  await page.getByRole('button', { name: 'Add account' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('Shop phone');
  if (by.phoneNumber !== undefined) {
    await page.getByRole('radio', { name: /^Enter a code/ }).check({ force: true });
    await page.getByRole('textbox', { name: 'Phone number of the account' }).fill(by.phoneNumber);
  }
  await assertAccessible(page, 'add account');
  await page.getByRole('button', { name: 'Continue' }).click();
}

/** Fails with the rule and the element for everything that axe-core calls serious or critical. */
export async function assertAccessible(page: Page, where: string): Promise<void> {
  // Half-faded elements have half their contrast.
  await page.evaluate('Promise.all(document.getAnimations().map((each) => each.finished.catch(() => undefined)))');
  await page.evaluate(await readFile(axeFile, 'utf8'));
  const violations = await page.evaluate<AxeViolation[]>('axe.run().then((result) => result.violations)');
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${where}: ${id}: ${nodes.map(({ html }) => html).join(' ')}`);
  assert.deepEqual(serious, []);
}

export async function assertNoSidewaysScroll(page: Page, where: string): Promise<void> {
  const width = await page.evaluate<[number, number]>(
    '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
  );
  assert.ok(width[0] <= width[1], `${where} is ${String(width[0])} px wide in a window of ${String(width[1])} px`);
}

/** Nothing broke the content security policy, and nothing went wrong in the page. */
export function assertQuiet(log: PageLog): void {
  assert.deepEqual(log.cspViolations, []);
  assert.deepEqual(
    log.lines.filter((line) => line.startsWith('error:')),
    [],
  );
}

/** Marks the page; a reload would wipe the mark. */
export async function markPage(page: Page): Promise<void> {
  await page.evaluate('void (window.notReloaded = true)');
}

export async function assertNotReloaded(page: Page): Promise<void> {
  assert.equal(await page.evaluate('window.notReloaded'), true, 'the page was reloaded');
}
