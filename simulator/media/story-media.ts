import { Agent, get } from 'node:https';
import sharp from 'sharp';
import type { MediaClaim } from '../contact/story-content.js';
import { inspectMedia, type MediaFacts } from './inspect.js';
import { judgeMedia } from './judge-media.js';
import { decryptMedia, type MediaType } from './media-crypto.js';

const maxFileBytes = 100 * 1024 * 1024;
const cacheLimitBytes = 128 * 1024 * 1024;
const maxCached = 500;
const downloadTimeoutMs = 30_000;

/** A story's file after a person's phone fetched and decrypted it. */
export type OpenedMedia =
  | {
      ok: true;
      bytes: Buffer;
      facts: MediaFacts;
      /** Size of the preview inside the message; null when there is none or it is no image. */
      thumbnail: { width: number; height: number } | null;
      /** What a viewer would notice, in words. Empty when all is well. */
      problems: string[];
    }
  | { ok: false; reason: string };

export interface MediaSource {
  /** `host:port` that serves direct paths. */
  hostname: string;
  /** PEM of the CA to trust. */
  ca: string;
}

/**
 * Fetches the files of stories from the media host as phones do: over TLS, by direct path, decrypted, everything
 * checked. One fetch serves all who have the same story; the most recent 128 MB are kept.
 */
export class StoryMedia {
  private readonly agent: Agent;
  private readonly opened = new Map<string, Promise<OpenedMedia>>();
  private readonly sizes = new Map<string, number>();

  constructor(private readonly source: MediaSource) {
    this.agent = new Agent({ ca: source.ca, keepAlive: true });
  }

  /** Failures are values with words and are tried again next time. */
  open(claim: MediaClaim): Promise<OpenedMedia> {
    const key = `${claim.directPath} ${claim.mediaKey.toString('base64')}`;
    const known = this.opened.get(key);
    if (known) return known;
    const opening = this.fetchAndCheck(claim).then((opened) => {
      if (opened.ok) this.remember(key, opened.bytes.length);
      else this.opened.delete(key);
      return opened;
    });
    this.opened.set(key, opening);
    return opening;
  }

  /** Closes idle connections. */
  stop(): void {
    this.agent.destroy();
    this.opened.clear();
    this.sizes.clear();
  }

  private remember(key: string, sizeBytes: number): void {
    this.sizes.set(key, sizeBytes);
    let total = [...this.sizes.values()].reduce((sum, size) => sum + size, 0);
    for (const [oldest, size] of this.sizes) {
      if ((total <= cacheLimitBytes && this.sizes.size <= maxCached) || oldest === key) return;
      this.sizes.delete(oldest);
      this.opened.delete(oldest);
      total -= size;
    }
  }

  private async fetchAndCheck(claim: MediaClaim): Promise<OpenedMedia> {
    const downloaded = await this.download(claim.directPath);
    if (!downloaded.ok) return downloaded;
    const type: MediaType = claim.kind === 'voice' ? 'audio' : claim.kind;
    const decrypted = await decryptMedia(downloaded.file, { ...claim, type });
    if (!decrypted.ok) return decrypted;
    const facts = await inspectMedia(decrypted.plain);
    const problems = judgeMedia(claim, facts);
    const thumbnail = claim.thumbnail ? await measureImage(claim.thumbnail) : null;
    if (claim.thumbnail && !thumbnail) problems.push('the thumbnail is no image');
    return { ok: true, bytes: decrypted.plain, facts, thumbnail, problems };
  }

  private download(directPath: string): Promise<{ ok: true; file: Buffer } | { ok: false; reason: string }> {
    return new Promise((resolve) => {
      const fail = (reason: string): void => resolve({ ok: false, reason });
      const options = {
        agent: this.agent,
        headers: { origin: 'https://web.whatsapp.com' },
        timeout: downloadTimeoutMs,
      };
      let url: URL;
      try {
        url = new URL(directPath, `https://${this.source.hostname}`);
      } catch {
        return fail('the direct path is no path');
      }
      if (url.host !== this.source.hostname)
        return fail(`the file lies on ${url.host}, which phones cannot reach here`);
      const request = get(url, options, (response) => {
        const chunks: Buffer[] = [];
        let sizeBytes = 0;
        response.on('data', (chunk: Buffer) => {
          sizeBytes += chunk.length;
          if (sizeBytes > maxFileBytes) request.destroy(new Error('the file is too big'));
          else chunks.push(chunk);
        });
        response.on('error', (error) => fail(`the download broke off: ${error.message}`));
        response.on('end', () => {
          if (response.statusCode === 200) resolve({ ok: true, file: Buffer.concat(chunks) });
          else fail(`the media host answered ${response.statusCode ?? 0}`);
        });
      });
      request.on('timeout', () => request.destroy(new Error('the media host does not answer')));
      request.on('error', (error) => fail(`the download failed: ${error.message}`));
    });
  }
}

async function measureImage(bytes: Buffer): Promise<{ width: number; height: number } | null> {
  try {
    const { width, height } = await sharp(bytes).metadata();
    return { width, height };
  } catch {
    return null;
  }
}
