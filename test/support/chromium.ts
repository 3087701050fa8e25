import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type CDPSession,
  type Page,
} from 'playwright-core';
import { findChromium } from '../../scripts/lib/find-chromium.mjs';

/** Where screenshots and page logs of failed browser tests go. */
const resultsDir = 'test-results';

/**
 * Starts a headless Chromium: the one that CHROMIUM_PATH names, else one that is installed. The caller closes it.
 * Rejects with a sentence when there is none, so that a browser test fails instead of being left out.
 */
export async function launchChromium(): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    throw new Error('No Chromium or Chrome found. Install one, or set CHROMIUM_PATH to its program.');
  }
  const isRoot = process.getuid?.() === 0;
  return chromium.launch({
    executablePath,
    headless: true,
    timeout: 30_000,
    args: [
      ...(isRoot ? ['--no-sandbox'] : []),
      '--disable-gpu',
      '--disable-quic',
      '--disable-dev-shm-usage',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

export interface PageLog {
  /** Everything the page printed or threw, and every request that failed, in order. */
  lines: string[];
  /** Violations of the content security policy, as Chromium words them. */
  cspViolations: string[];
}

interface SharedContext {
  context: BrowserContext;
  /** To the stores of the context, through a page that stays open and empty. */
  devTools: CDPSession;
  empty: Page;
}

/**
 * Contexts that nobody uses, by browser and options. A new one would have to compile the dashboard again, which takes three
 * seconds of a processor.
 */
const unused = new WeakMap<Browser, Map<string, SharedContext[]>>();

/**
 * Opens a fresh page without cookies and stored data, lets `work` use it and closes it, with all that it opened. When
 * `work` fails, a screenshot and the page's log are kept in test-results/, named after `title`.
 */
export async function withPage<T>(
  browser: Browser,
  title: string,
  work: (page: Page, log: PageLog) => Promise<T>,
  options: BrowserContextOptions = {},
): Promise<T> {
  const contexts = unusedOf(browser, options);
  const shared = contexts.pop() ?? (await openContext(browser, options));
  const page = await shared.context.newPage();
  const log = listenTo(page);
  try {
    return await work(page, log);
  } catch (error) {
    await keepEvidence(page, title, log);
    throw error;
  } finally {
    await leaveNothing(shared);
    contexts.push(shared);
  }
}

function unusedOf(browser: Browser, options: BrowserContextOptions): SharedContext[] {
  const ofBrowser = unused.get(browser) ?? new Map<string, SharedContext[]>();
  unused.set(browser, ofBrowser);
  const name = JSON.stringify(options);
  const contexts = ofBrowser.get(name) ?? [];
  ofBrowser.set(name, contexts);
  return contexts;
}

async function openContext(browser: Browser, options: BrowserContextOptions): Promise<SharedContext> {
  const context = await browser.newContext({ locale: 'en-GB', ...options });
  const empty = await context.newPage();
  return { context, empty, devTools: await context.newCDPSession(empty) };
}

/** Closes the pages and empties what they stored. The compiled scripts stay. */
async function leaveNothing({ context, devTools, empty }: SharedContext): Promise<void> {
  const pages = context.pages().filter((page) => page !== empty);
  const origins = new Set(pages.map((page) => new URL(page.url()).origin));
  await Promise.all(pages.map((page) => page.close()));
  await Promise.all([context.clearCookies(), context.clearPermissions()]);
  origins.delete('null');
  for (const origin of origins) await devTools.send('Storage.clearDataForOrigin', { origin, storageTypes });
}

const storageTypes = 'file_systems,indexeddb,local_storage,service_workers,cache_storage';

function listenTo(page: Page): PageLog {
  const log: PageLog = { lines: [], cspViolations: [] };
  page.on('console', (message) => {
    const text = message.text();
    log.lines.push(`${message.type()}: ${text}`);
    if (text.includes('Content Security Policy')) log.cspViolations.push(text);
  });
  page.on('pageerror', (error) => log.lines.push(`error: ${error.stack ?? error.message}`));
  page.on('requestfailed', (request) => {
    log.lines.push(`request failed: ${request.method()} ${request.url()} ${request.failure()?.errorText ?? ''}`);
  });
  page.on('response', (response) => {
    if (response.status() < 500) return;
    const told = `${String(response.status())} ${response.request().method()} ${response.url()}`;
    response.text().then(
      (text) => log.lines.push(`answer ${told}: ${text}`),
      () => log.lines.push(`answer ${told}, without a body that could be read`),
    );
  });
  return log;
}

async function keepEvidence(page: Page, title: string, log: PageLog): Promise<void> {
  await mkdir(resultsDir, { recursive: true });
  const base = path.join(resultsDir, title.toLowerCase().replace(/[^a-z0-9]+/g, '-'));
  await writeFile(`${base}.log`, `${page.url()}\n${log.lines.join('\n')}\n`);
  // The page may be gone: the log is then all there is, and the test's own error matters more.
  await page.screenshot({ path: `${base}.png`, fullPage: true }).catch(() => undefined);
}
