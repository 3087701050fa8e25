import type { Clock } from '../../lib/clock.js';
import { withDeadline } from '../../lib/deadline.js';
import type { Logger } from '../../lib/logger.js';
import type { WebVersion, WebVersionStore } from './web-version-store.js';

/** Finds out the current version. Undefined when the answer does not tell. */
export type FetchWebVersion = (signal: AbortSignal) => Promise<WebVersion | undefined>;

export interface WebVersionsParts {
  /** What Baileys was built against. */
  packaged: WebVersion;
  store: WebVersionStore;
  /** Null asks nobody, as with a simulator. */
  fetch: FetchWebVersion | null;
  clock: Clock;
  logger: Logger;
}

const fetchTimeoutMs = 5_000;
/** One question at most in this time, however many accounts are refused. */
const askAgainAfterMs = 60 * 60_000;

/**
 * The version that connections introduce themselves with: the packaged one, or a newer one that was found out after
 * WhatsApp refused it. Kept in the database, so that a restart does not begin with refusals.
 */
export class WebVersions {
  private known: Promise<WebVersion> | undefined;
  private asking: Promise<void> | undefined;
  private askedAtMs: number | undefined;

  constructor(private readonly parts: WebVersionsParts) {}

  current(): Promise<WebVersion> {
    this.known ??= this.load();
    return this.known;
  }

  /** After WhatsApp refused `refused`: whether there is another version to try now. Asks for it at most once an hour. */
  async replaceRefused(refused: WebVersion): Promise<boolean> {
    if (isNewer(await this.current(), refused)) return true;
    const nowMs = this.parts.clock.now().getTime();
    // A clock that was put right by more than that is no reason to ask nothing for long.
    const mayAsk = this.askedAtMs === undefined || Math.abs(nowMs - this.askedAtMs) >= askAgainAfterMs;
    if (this.asking === undefined && mayAsk) {
      this.askedAtMs = nowMs;
      this.asking = this.ask().finally(() => (this.asking = undefined));
    }
    await this.asking;
    return isNewer(await this.current(), refused);
  }

  private async load(): Promise<WebVersion> {
    const { store, packaged } = this.parts;
    const stored = await store.find();
    return stored !== undefined && isNewer(stored, packaged) ? stored : packaged;
  }

  private async ask(): Promise<void> {
    const { fetch, logger, store } = this.parts;
    if (fetch === null) return;
    try {
      const asked = fetch(AbortSignal.timeout(fetchTimeoutMs));
      const version = await withDeadline(asked, fetchTimeoutMs, 'Finding out the version of WhatsApp Web');
      if (version === undefined || !isNewer(version, await this.current())) {
        logger.warn('WhatsApp refuses the client version, and no newer one is known');
        return;
      }
      this.known = Promise.resolve(version);
      logger.info({ version: version.join('.') }, 'a newer version of WhatsApp Web is used from now on');
      await store.save(version);
    } catch (error) {
      logger.warn({ err: error }, 'the version of WhatsApp Web could not be found out');
    }
  }
}

function isNewer(one: WebVersion, other: WebVersion): boolean {
  const index = one.findIndex((part, position) => part !== other[position]);
  return index >= 0 && (one[index] ?? 0) > (other[index] ?? 0);
}

/** The script that tells which revision of WhatsApp Web is served. */
const serviceWorkerUrl = 'https://web.whatsapp.com/sw.js';
const longestScript = 8 * 1024 * 1024;

/** Asks web.whatsapp.com. Undefined when its answer names no revision. */
export async function fetchWebVersion(signal: AbortSignal, url = serviceWorkerUrl): Promise<WebVersion | undefined> {
  // Without these it answers with a page for browsers that it does not know.
  const headers = {
    'sec-fetch-site': 'none',
    'user-agent': 'Mozilla/5.0 (X11; Linux x64) Chrome/131.0.0.0 Safari/537.36',
  };
  const response = await fetch(url, { signal, headers });
  if (!response.ok) return undefined;
  let text = '';
  const decoder = new TextDecoder();
  for await (const chunk of response.body ?? []) {
    text += decoder.decode(chunk as Uint8Array, { stream: true });
    if (text.length > longestScript) break;
  }
  return readWebVersion(text);
}

/** The revision in the text of WhatsApp Web's service worker. */
export function readWebVersion(script: string): WebVersion | undefined {
  const revision = /\\?"client_revision\\?":\s*(\d{6,12})\b/.exec(script)?.[1];
  return revision === undefined ? undefined : [2, 3000, Number(revision)];
}
