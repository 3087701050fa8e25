import { open, rm } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { CookieJar } from 'tough-cookie';
import { Agent, request, type Dispatcher } from 'undici';
import { AppError } from '../lib/app-error.js';
import { decodedText } from '../lib/decoded-text.js';
import { type TurnLimits, WaitingTurns } from '../lib/running/waiting-turns.js';
import { acceptedEncodings, decodedBody, limitedTo } from './decoded-body.js';
import { FetchDeadlines } from './fetch-deadlines.js';
import { FetchRefusal, refusedBy, type Refused } from './fetch-refusal.js';
import { guardedConnector, resolveByDns, type ResolveName } from './guarded-connector.js';
import { PrivateHosts } from './public-address.js';
import { decodeText } from './read-charset.js';

export interface FetchLimits {
  /** In whose name it is fetched: each has a few places, and what is slow takes only its own. */
  organizationId: string;
  /** After decompression. */
  maxBytes: number;
  /** From the first connection to the last byte, redirects included. */
  timeoutMs: number;
  /** Media types that are wanted, such as `text/html` or `image/`; an answer of another type is refused, one without a type is not. */
  accept?: readonly string[];
  /** Whoever asks looks at the bytes: `accept` is a wish, and what comes under another type is read as well. */
  anyType?: boolean;
  /** What is longer than `maxBytes` is read up to there instead of refused. */
  cut?: boolean;
  signal?: AbortSignal;
}

/** Where something finally was, and what its server called it: the type is a claim, not a fact. */
export interface FetchedFrom {
  result: 'fetched';
  url: string;
  contentType: string;
}

export interface OutboundFetcherOptions {
  /** Hosts on private networks that may be reached all the same; see {@link PrivateHosts}. */
  allowPrivate: readonly string[];
  userAgent: string;
  connectTimeoutMs?: number;
  /** From the request to the end of the headers, for each hop. */
  headersTimeoutMs?: number;
  maxRedirects?: number;
  /** Who may fetch how much at a time. Whoever finds no place, or waits for one for too long, is refused as `busy`. */
  turns?: Partial<TurnLimits>;
  /** How names are looked up. */
  resolve?: ResolveName;
}

const defaultTurns: TurnLimits = {
  atOnce: 20,
  longAtOnce: 20,
  ofOneAtOnce: 4,
  waiting: 200,
  waitingOfOne: 40,
  longestWaitMs: 15_000,
  busy: 'Too many addresses are being read just now.',
  retryAfterSeconds: 30,
};
/** They mean that another time it may be another answer. */
const passingStatuses = new Set([408, 425, 429]);
const redirectStatuses = new Set([301, 302, 303, 307, 308]);
/** Pages with long lists of what they may load have answer headers of 20 kB and more. */
const maxHeaderBytes = 64 * 1024;
const ignore = (): void => undefined;

/**
 * Reads addresses that people gave us, without being led into a private network: http and https only, every hop of a
 * redirect checked anew, every connection to a checked address, time and size limited. Failures are results.
 */
export class OutboundFetcher {
  private readonly privateHosts: PrivateHosts;
  private readonly stopping = new AbortController();
  private readonly turns: WaitingTurns;

  constructor(private readonly options: OutboundFetcherOptions) {
    this.turns = new WaitingTurns({ ...defaultTurns, ...options.turns });
    this.privateHosts = new PrivateHosts(options.allowPrivate);
  }

  /** The text at an address. */
  fetchText(url: string, limits: FetchLimits): Promise<(FetchedFrom & { text: string }) | Refused> {
    return this.guarded(url, limits, acceptedEncodings, async (from, body) => {
      const pieces: Buffer[] = [];
      for await (const piece of limitedTo(body, limits)) pieces.push(piece);
      return { ...from, text: decodeText(Buffer.concat(pieces), from.contentType) };
    });
  }

  /** The bytes at an address, for what is small enough to be held in memory. */
  fetchBytes(url: string, limits: FetchLimits): Promise<(FetchedFrom & { bytes: Buffer }) | Refused> {
    return this.guarded(url, limits, 'identity', async (from, body) => {
      const pieces: Buffer[] = [];
      for await (const piece of limitedTo(body, limits)) pieces.push(piece);
      return { ...from, bytes: Buffer.concat(pieces) };
    });
  }

  /**
   * Writes what is at an address into `file`, which must not exist yet and does not when the fetch was refused. Throws what
   * the disk says when it cannot be written, and what `count` says, which is told before bytes are written.
   */
  fetchToFile(
    url: string,
    limits: FetchLimits & { file: string; count?: (bytes: number) => Promise<void> | undefined },
  ): Promise<(FetchedFrom & { sizeBytes: number }) | Refused> {
    return this.guarded(url, limits, 'identity', async (from, body) => {
      const handle = await onDisk(open(limits.file, 'wx'));
      let sizeBytes = 0;
      try {
        for await (const piece of limitedTo(body, limits)) {
          await onDisk(Promise.resolve(limits.count?.(piece.length)));
          await onDisk(handle.writeFile(piece));
          sizeBytes += piece.length;
        }
      } catch (error) {
        await handle.close();
        await rm(limits.file, { force: true });
        throw error;
      }
      await onDisk(handle.close());
      return { ...from, sizeBytes };
    });
  }

  /** Ends what runs; whatever is asked for later is refused. */
  stop(): void {
    this.stopping.abort(new FetchRefusal('busy'));
  }

  private async guarded<T>(
    url: string,
    limits: FetchLimits,
    encodings: string,
    read: (from: FetchedFrom, body: Readable) => Promise<T>,
  ): Promise<T | Refused> {
    const leaving = AbortSignal.any([this.stopping.signal, ...(limits.signal ? [limits.signal] : [])]);
    try {
      return await this.turns.run(limits.organizationId, false, leaving, () =>
        this.fetch(url, limits, encodings, read),
      );
    } catch (error) {
      if (leaving.aborted) return refusedBy(leaving.reason);
      if (error instanceof AppError && error.code === 'unavailable') return refusedBy(new FetchRefusal('busy'));
      throw error;
    }
  }

  private async fetch<T>(
    url: string,
    limits: FetchLimits,
    encodings: string,
    read: (from: FetchedFrom, body: Readable) => Promise<T>,
  ): Promise<T | Refused> {
    const { headersTimeoutMs = 5_000 } = this.options;
    const deadlines = new FetchDeadlines(limits.timeoutMs, headersTimeoutMs, [this.stopping.signal, limits.signal]);
    const agent = this.newAgent();
    try {
      deadlines.signal.throwIfAborted();
      const { from, answer } = await this.follow({ url, limits, encodings, agent, deadlines });
      return await read(from, decodedBody(answer.body.on('error', ignore), headerOf(answer, 'content-encoding')));
    } catch (error) {
      if (error instanceof OwnDiskFailure) throw error.cause;
      return refusedBy(deadlines.signal.aborted ? deadlines.signal.reason : error);
    } finally {
      deadlines.stop();
      // One agent per fetch: nothing stays open, and no connection is shared between addresses of different people.
      await agent.destroy();
    }
  }

  private async follow({ url, limits, encodings, agent, deadlines }: Journey) {
    let next = fetchableUrl(url);
    // Some pages give a cookie first, and show themselves only to whoever brings it along.
    const cookies = new CookieJar();
    for (let hops = 0; hops <= (this.options.maxRedirects ?? 5); hops += 1) {
      deadlines.headersExpected();
      const answer = await request(next, {
        dispatcher: agent,
        signal: deadlines.signal,
        headers: {
          accept: limits.accept?.map((type) => (type.endsWith('/') ? `${type}*` : type)).join(', ') ?? '*/*',
          'accept-encoding': encodings,
          'user-agent': this.options.userAgent,
          ...(await cookieHeader(cookies, next)),
        },
      });
      deadlines.headersArrived();
      const location = headerOf(answer, 'location');
      if (!redirectStatuses.has(answer.statusCode) || location === '') {
        return { answer, from: acceptedAnswer(answer, next, limits) };
      }
      answer.body.on('error', ignore).destroy();
      await keepCookies(cookies, answer, next);
      // Headers come as single bytes; many servers write UTF-8 into this one.
      next = fetchableUrl(decodedText(Buffer.from(location, 'latin1')), next);
    }
    throw new FetchRefusal('too_many_redirects');
  }

  private newAgent(): Agent {
    const { connectTimeoutMs = 5_000, resolve = resolveByDns } = this.options;
    return new Agent({
      connect: guardedConnector({ connectTimeoutMs, resolve, privateHosts: this.privateHosts }),
      connections: 1,
      maxHeaderSize: maxHeaderBytes,
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  }
}

interface Journey {
  url: string;
  limits: FetchLimits;
  encodings: string;
  agent: Agent;
  deadlines: FetchDeadlines;
}

/** The file, not the other side, is what failed. */
class OwnDiskFailure extends Error {
  override readonly name = 'OwnDiskFailure';
}

async function onDisk<T>(step: Promise<T>): Promise<T> {
  try {
    return await step;
  } catch (error) {
    throw new OwnDiskFailure('The file could not be written.', { cause: error });
  }
}

function fetchableUrl(text: string, base?: URL): URL {
  if (!URL.canParse(text, base?.href)) throw new FetchRefusal('bad_address');
  const url = new URL(text, base);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new FetchRefusal('bad_address');
  if (url.username !== '' || url.password !== '') throw new FetchRefusal('bad_address');
  return url;
}

async function cookieHeader(cookies: CookieJar, url: URL): Promise<{ cookie?: string }> {
  const cookie = await cookies.getCookieString(url.href);
  return cookie === '' ? {} : { cookie };
}

/** Those of a wrong form, or for other places, are left out. */
async function keepCookies(cookies: CookieJar, answer: Dispatcher.ResponseData, url: URL): Promise<void> {
  for (const cookie of [answer.headers['set-cookie'] ?? []].flat()) {
    await cookies.setCookie(cookie, url.href, { ignoreError: true });
  }
}

function headerOf(answer: Dispatcher.ResponseData, name: string): string {
  const value = answer.headers[name];
  return (Array.isArray(value) ? value.join(', ') : value) ?? '';
}

function acceptedAnswer(
  answer: Dispatcher.ResponseData,
  url: URL,
  { accept, anyType, cut, maxBytes }: FetchLimits,
): FetchedFrom {
  if (answer.statusCode >= 500 || passingStatuses.has(answer.statusCode)) throw new FetchRefusal('not_now');
  if (answer.statusCode < 200 || answer.statusCode > 299) throw new FetchRefusal('not_served');
  const contentType = headerOf(answer, 'content-type').toLowerCase();
  const isWanted =
    anyType === true || contentType === '' || (accept ?? ['']).some((type) => contentType.startsWith(type));
  if (!isWanted) throw new FetchRefusal('wrong_type', contentType);
  const isWhole = cut !== true && headerOf(answer, 'content-encoding') === '';
  if (isWhole && Number(headerOf(answer, 'content-length')) > maxBytes) throw new FetchRefusal('too_large');
  return { result: 'fetched', url: url.href, contentType };
}
