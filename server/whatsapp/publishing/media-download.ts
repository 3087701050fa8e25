import { createDecipheriv, createHash, createHmac } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { type Agent, get } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { isDiskFull } from '../../lib/disk-full.js';
import type { Logger } from '../../lib/logger.js';
import type { FileOutcome, FileTarget, ReplyFile } from '../gateway.js';
import { mediaAddress } from '../wire/media-address.js';
import { macLength, mediaKeys } from './media-cipher.js';
import type { MediaHosts } from './media-hosts.js';

export interface MediaDownloadParts {
  hosts: Pick<MediaHosts, 'ask' | 'forget'>;
  agent: Agent;
  /** Aborted when the socket is at its end. */
  ended: AbortSignal;
  logger: Logger;
  /** For one attempt at one host, besides a second for every 50 kB; and the longest silence of it. */
  timeoutMs: number;
}

type NotFetched = Extract<FileOutcome, { result: 'not_fetched' }>;

/** Ciphers fill their last block, with one to sixteen bytes. */
const paddingBytes = 16;
const slowestBytesPerMs = 50;
const mostHosts = 4;
/** How the hosts say that they have a file no longer, or that its address has ended. */
const goneStatuses: readonly (number | undefined)[] = [403, 404, 410];

/** What a host gave is of no use. */
class UnusableError extends Error {
  constructor(
    readonly because: 'gone' | 'damaged' | 'too_large',
    message: string,
  ) {
    super(message);
  }
}

/**
 * Fetches files that people sent from WhatsApp's media hosts, over one connection. The sender of a message says which file and with
 * which key, and never from which machine: only the hosts that WhatsApp names are asked, and none of them can send us elsewhere.
 */
export class MediaDownloader {
  constructor(private readonly parts: MediaDownloadParts) {}

  /** Tries the hosts in WhatsApp's order. Outcomes are data; it rejects when the file cannot be written. */
  async fetch(file: ReplyFile, target: FileTarget): Promise<FileOutcome> {
    const hosts = await this.parts.hosts.ask();
    if (typeof hosts === 'string') return this.failure('unreachable', hosts, target);
    const failures: NotFetched[] = [];
    for (const host of hosts.names.slice(0, mostHosts)) {
      const attempt = await this.attempt(host, file, target);
      if (attempt.result === 'fetched') return attempt;
      failures.push(attempt);
      if (attempt.connectionLost || attempt.because === 'too_large') return attempt;
      this.parts.logger.debug({ host, reason: attempt.reason }, 'a media host did not give a file');
    }
    // As long as one of them may still have it, nobody can say that it is gone.
    const worst = (['unreachable', 'damaged', 'gone'] as const).find((one) =>
      failures.some(({ because }) => because === one),
    );
    if (worst === 'unreachable') this.parts.hosts.forget();
    return this.failure(worst ?? 'unreachable', failures.map(({ reason }) => reason).join('; '), target);
  }

  private failure(because: NotFetched['because'], reason: string, { signal }: FileTarget): NotFetched {
    return { result: 'not_fetched', because, reason, connectionLost: this.parts.ended.aborted || signal.aborted };
  }

  private async attempt(host: string, file: ReplyFile, target: FileTarget): Promise<FileOutcome> {
    const url = mediaAddress(host, file.directPath);
    if (!url) return this.failure('gone', 'it has no path', target);
    const longestBytes = Math.min(file.sizeBytes ?? target.maxBytes, target.maxBytes);
    const timeoutMs = this.parts.timeoutMs + Math.ceil(longestBytes / slowestBytesPerMs);
    const signal = AbortSignal.any([this.parts.ended, target.signal, AbortSignal.timeout(timeoutMs)]);
    try {
      const response = await this.ask(url, signal);
      const sizeBytes = await receive(response, file, target, signal);
      return { result: 'fetched', sizeBytes };
    } catch (error) {
      if (error instanceof UnusableError) return this.failure(error.because, `${host}: ${error.message}`, target);
      if (isWriteError(error)) throw error;
      const words = error instanceof Error ? error.message : String(error);
      return this.failure('unreachable', `${host}: ${signal.aborted ? 'not all of it came in time' : words}`, target);
    }
  }

  private ask(url: URL, signal: AbortSignal): Promise<IncomingMessage> {
    const { agent, timeoutMs: timeout } = this.parts;
    return new Promise((resolve, reject) => {
      const headers = { origin: 'https://web.whatsapp.com' };
      const request = get(url, { agent, headers, signal, timeout }, resolve);
      request.on('timeout', () => request.destroy(new Error('it fell silent')));
      request.on('error', reject);
    });
  }
}

/** Writes what is in the file and answers how much that is; deletes nothing when it fails. */
async function receive(
  response: IncomingMessage,
  file: ReplyFile,
  { path, maxBytes }: FileTarget,
  signal: AbortSignal,
): Promise<number> {
  const { statusCode } = response;
  try {
    if (goneStatuses.includes(statusCode)) throw new UnusableError('gone', `it answered ${String(statusCode)}`);
    if (statusCode !== 200) throw new Error(`it answered ${String(statusCode)}`);
    const announced = Number(response.headers['content-length'] ?? 0);
    if (announced > maxBytes + paddingBytes + macLength) throw new UnusableError('too_large', 'it is too large');
    let sizeBytes = 0;
    const opened = async function* (): AsyncGenerator<Buffer> {
      for await (const chunk of open(response, file, maxBytes)) {
        sizeBytes += chunk.length;
        if (sizeBytes > maxBytes) throw new UnusableError('too_large', 'it is too large');
        yield chunk;
      }
    };
    // What another host began is written over.
    await pipeline(opened, createWriteStream(path, { mode: 0o600 }), { signal });
    return sizeBytes;
  } finally {
    response.destroy();
  }
}

/** Decrypts as it comes. What was given out is only good once all of it was: at the end it is proved. */
async function* open(encrypted: AsyncIterable<Buffer>, file: ReplyFile, maxBytes: number): AsyncGenerator<Buffer> {
  const { iv, cipherKey, macKey } = mediaKeys(file.mediaKey, file.keysOf);
  const decipher = createDecipheriv('aes-256-cbc', cipherKey, iv);
  const mac = createHmac('sha256', macKey).update(iv);
  const encryptedHash = createHash('sha256');
  const plainHash = createHash('sha256');
  const most = maxBytes + paddingBytes + macLength;
  let encryptedBytes = 0;
  /** The MAC, if nothing comes after it. */
  let tail = Buffer.alloc(0);
  for await (const chunk of encrypted) {
    encryptedBytes += chunk.length;
    if (encryptedBytes > most) throw new UnusableError('too_large', 'it is too large');
    encryptedHash.update(chunk);
    const known = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    const cut = Math.max(0, known.length - macLength);
    const sealed = known.subarray(0, cut);
    tail = Buffer.from(known.subarray(cut));
    if (sealed.length === 0) continue;
    mac.update(sealed);
    const part = decipher.update(sealed);
    plainHash.update(part);
    yield part;
  }
  const { fileEncSha256, fileSha256 } = file;
  if (fileEncSha256 !== null && !encryptedHash.digest().equals(fileEncSha256)) {
    throw new UnusableError('damaged', 'it is another file than the message names');
  }
  if (!mac.digest().subarray(0, macLength).equals(tail)) throw new UnusableError('damaged', 'its seal is broken');
  const last = finish(decipher);
  if (!plainHash.update(last).digest().equals(fileSha256)) {
    throw new UnusableError('damaged', 'what is in it is something else than the message says');
  }
  yield last;
}

function finish(decipher: ReturnType<typeof createDecipheriv>): Buffer {
  try {
    return decipher.final();
  } catch {
    throw new UnusableError('damaged', 'its last block is none');
  }
}

/** Those of networks have other codes, and name no file. */
function isWriteError(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  return 'path' in error || isDiskFull(error) || error.code === 'EIO' || error.code === 'EROFS';
}
