import type { Agent } from 'node:https';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { Logger } from '../../lib/logger.js';
import { encryptedMedia, type MediaKind, type MediaSeal } from './media-cipher.js';
import type { MediaHosts } from './media-hosts.js';

export interface MediaUploadParts {
  hosts: MediaHosts;
  agent: Agent;
  /** Aborted when the socket is at its end. */
  ended: AbortSignal;
  logger: Logger;
  /** For one attempt at one host, besides a second for every 50 kB. */
  timeoutMs: number;
}

/** `reason` is for the log; `connectionLost`: because the connection to WhatsApp ended. */
export type MediaUpload =
  | { result: 'uploaded'; url: string; directPath: string }
  | { result: 'failed'; reason: string; connectionLost: boolean };

type Attempt =
  | { result: 'uploaded'; url: string; directPath: string }
  | { result: 'failed'; reason: string; isCutOff?: boolean }
  | { result: 'unauthorized' };

const paths: Readonly<Record<MediaKind, string>> = { image: '/mms/image', video: '/mms/video', voice: '/mms/audio' };
const slowestBytesPerMs = 50;
const maxAnswerBytes = 64 * 1024;
const maxRedirects = 3;

/**
 * Brings encrypted files to WhatsApp's media hosts, over one connection. In place of Baileys' own way, which has no deadline and
 * forgets why a host refused.
 */
export class MediaUploader {
  constructor(private readonly parts: MediaUploadParts) {}

  /** Tries the hosts in WhatsApp's order, and once more with a new token when ours is not taken. Outcomes are data. */
  async upload(path: string, kind: MediaKind, seal: MediaSeal): Promise<MediaUpload> {
    const reasons: string[] = [];
    for (let round = 0; round < 2; round += 1) {
      const before = this.parts.hosts.known;
      const hosts = await this.parts.hosts.ask({ afresh: round > 0 });
      if (typeof hosts === 'string') return this.failure(hosts);
      let isRefused = false;
      for (const host of hosts.names) {
        const attempt = await this.attempt(host, hosts.auth, path, kind, seal);
        if (attempt.result === 'uploaded') return attempt;
        if (this.parts.ended.aborted) return this.failure('the connection was lost');
        if (attempt.result === 'unauthorized') {
          isRefused = true;
          break;
        }
        // A host that does not take an old token may hang up before its answer can be read.
        if (attempt.isCutOff === true && hosts === before) isRefused = true;
        reasons.push(`${host}: ${attempt.reason}`);
        this.parts.logger.info({ host, reason: attempt.reason }, 'a media host did not take a file');
      }
      if (!isRefused) break;
      reasons.push('the upload token was refused');
    }
    // Whatever is wrong, the next upload asks anew.
    this.parts.hosts.forget();
    return this.failure(reasons.join('; '));
  }

  private failure(reason: string): MediaUpload {
    return { result: 'failed', reason, connectionLost: this.parts.ended.aborted };
  }

  private async attempt(host: string, auth: string, path: string, kind: MediaKind, seal: MediaSeal): Promise<Attempt> {
    const token = seal.fileEncSha256.toString('base64url');
    const query = `auth=${encodeURIComponent(auth)}&token=${token}`;
    const timeoutMs = this.parts.timeoutMs + Math.ceil(seal.encryptedBytes / slowestBytesPerMs);
    const signal = AbortSignal.any([this.parts.ended, AbortSignal.timeout(timeoutMs)]);
    let url = new URL(`https://${host}${paths[kind]}/${token}?${query}`);
    try {
      for (let redirects = 0; redirects <= maxRedirects; redirects += 1) {
        const answer = await this.post(url, path, kind, seal, signal);
        if (answer.location === undefined) return attemptOf(answer);
        url = new URL(answer.location, url);
        if (url.protocol !== 'https:') return { result: 'failed', reason: 'it sends us to a place without encryption' };
      }
      return { result: 'failed', reason: 'it sends us from place to place' };
    } catch (error) {
      if (signal.aborted) return { result: 'failed', reason: 'no answer in time' };
      return { result: 'failed', reason: reasonOf(error), isCutOff: isCutOff(error) };
    }
  }

  private post(
    url: URL,
    path: string,
    kind: MediaKind,
    seal: MediaSeal,
    signal: AbortSignal,
  ): Promise<{ status: number; body: string; location: string | undefined }> {
    return new Promise((resolve, reject) => {
      const request = httpsRequest(
        url,
        {
          method: 'POST',
          agent: this.parts.agent,
          signal,
          headers: {
            'content-type': 'application/octet-stream',
            'content-length': seal.encryptedBytes,
            origin: 'https://web.whatsapp.com',
          },
        },
        (response) => {
          const chunks: Buffer[] = [];
          let sizeBytes = 0;
          response.on('data', (chunk: Buffer) => {
            sizeBytes += chunk.length;
            if (sizeBytes > maxAnswerBytes) request.destroy(new Error('its answer is too long'));
            else chunks.push(chunk);
          });
          response.on('error', reject);
          response.on('end', () => {
            const status = response.statusCode ?? 0;
            const location = status >= 300 && status < 400 ? response.headers.location : undefined;
            resolve({ status, body: Buffer.concat(chunks).toString(), location });
          });
        },
      );
      const content = encryptedMedia(path, kind, seal.mediaKey);
      // The pipeline aborts the request then, which says no more than that the connection is gone.
      let fileError: Error | undefined;
      content.once('error', (error) => {
        if (isFileError(error)) fileError = error;
      });
      request.on('error', (error) => reject(fileError ?? error));
      // A host that refuses answers before it has everything; the answer then counts, not the broken pipe.
      pipeline(content, request).catch(() => undefined);
    });
  }
}

/** The body decides: WhatsApp's hosts say `url` and `direct_path` where they took it. */
function attemptOf({ status, body }: { status: number; body: string }): Attempt {
  if (status === 401 || status === 403) return { result: 'unauthorized' };
  try {
    const answer: unknown = JSON.parse(body);
    if (typeof answer === 'object' && answer !== null && 'direct_path' in answer && 'url' in answer) {
      return { result: 'uploaded', url: String(answer.url), directPath: String(answer.direct_path) };
    }
  } catch {
    // Below: an answer without sense, such as the page of a proxy.
  }
  return { result: 'failed', reason: `it answered ${String(status)}` };
}

function isCutOff(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EPIPE' || error.code === 'ECONNRESET');
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return (
    error instanceof Error &&
    'syscall' in error &&
    (error.syscall === 'open' || error.syscall === 'read') &&
    'path' in error
  );
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : `closed with ${String(error)}`;
}
