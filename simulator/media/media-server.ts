import { createHash, randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Transform, type Duplex, type TransformCallback } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { MediaStore, type StoredFile } from './media-store.js';
import { parseRange } from './byte-range.js';
import { createTlsIdentity } from './tls-identity.js';

const uploadPath = /^\/mms\/(image|video|audio|document)\/([A-Za-z0-9_-]{43})$/;
const maxUploadBytes = 100 * 1024 * 1024;
const defaultStoreBytes = 1024 * 1024 * 1024;
const authTtlSeconds = 21_600;
const maxAuths = 10_000;
/** At least one AES block and the MAC. */
const minFileBytes = 26;
const macLength = 10;

export interface MediaServerOptions {
  /** 0 or nothing takes a free one. */
  port?: number;
  host?: string;
  storeLimitBytes?: number;
  authTtlSeconds?: number;
  /** Told about everything that is refused, in words. */
  onRefusal?: (rule: string, reason: string) => void;
  now?: () => number;
}

/** Something that the host should get wrong on purpose. */
export interface MediaFault {
  on: 'upload' | 'download';
  /** HTTP status of the answer. */
  status: number;
  times: number;
  /** Of a download: half of the file comes, and then nothing more. */
  stalls?: boolean | undefined;
}

interface Refusal {
  status: number;
  rule: string;
  reason: string;
}

/** The host that clients upload encrypted media to and download it from, over TLS with a certificate of its own CA. */
export class MediaServer {
  readonly hostname: string;
  /** The CA's certificate in PEM, for `NODE_EXTRA_CA_CERTS` and the like. */
  readonly caFile: string;
  readonly ca: string;
  private readonly auths = new Map<string, number>();
  private faults: MediaFault[] = [];

  private constructor(
    private readonly options: MediaServerOptions,
    private readonly server: Server,
    private readonly store: MediaStore,
    files: { ca: string; caFile: string },
  ) {
    const { port } = server.address() as AddressInfo;
    this.hostname = `${options.host ?? '127.0.0.1'}:${port}`;
    this.ca = files.ca;
    this.caFile = files.caFile;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => void this.answer(request, response));
  }

  /** Listens on loopback unless told otherwise. Rejects when the port is taken. */
  static async start(options: MediaServerOptions = {}): Promise<MediaServer> {
    const { host = '127.0.0.1', port = 0, storeLimitBytes = defaultStoreBytes } = options;
    const identity = await createTlsIdentity(host);
    const server = createServer({ key: identity.key, cert: identity.certificate });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, host, resolve);
    });
    const store = await MediaStore.open(storeLimitBytes);
    const caFile = join(store.folder, 'media-ca.pem');
    await writeFile(caFile, identity.ca);
    return new MediaServer(options, server, store, { ca: identity.ca, caFile });
  }

  /** Hands over WebSockets that clients open here, under the same certificate. */
  onUpgrade(take: (request: IncomingMessage, socket: Duplex, head: Buffer) => void): void {
    this.server.on('upgrade', take);
  }

  /** A token for uploads, as `media_conn` hands it out. */
  issueAuth(): { auth: string; ttlSeconds: number } {
    const ttlSeconds = this.options.authTtlSeconds ?? authTtlSeconds;
    const auth = randomBytes(32).toString('base64url');
    this.auths.set(auth, this.now() + ttlSeconds * 1000);
    const [oldest] = this.auths.keys();
    if (this.auths.size > maxAuths && oldest !== undefined) this.auths.delete(oldest);
    return { auth, ttlSeconds };
  }

  /** Makes every token that was handed out so far worthless. */
  expireAuths(): void {
    this.auths.clear();
  }

  /** Lets the next uploads or downloads fail. */
  addFault(fault: MediaFault): void {
    this.faults.push({ ...fault });
  }

  /** Puts an encrypted file of a phone's own here. Returns its direct path. */
  async put(file: Buffer): Promise<string> {
    const upload = this.store.newUploadFile();
    await writeFile(upload, file);
    return (await this.store.keep(upload, file.length)).directPath;
  }

  find(directPath: string): StoredFile | undefined {
    return this.store.find(directPath);
  }

  /** Forgets a file: downloads of it get 404 from now on. */
  forget(directPath: string): Promise<void> {
    return this.store.remove(directPath);
  }

  /** Closes all connections and deletes what was stored. */
  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
    await this.store.close();
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', `https://${this.hostname}`);
      const isDownload = request.method === 'GET' || request.method === 'HEAD';
      if (isDownload) await this.download(request, response, `${url.pathname}${url.search}`);
      else if (request.method === 'POST') await this.upload(request, response, url);
      else
        this.refuse(response, { status: 405, rule: 'media-method', reason: `${request.method ?? ''} is not served` });
    } catch {
      // The client went away in the middle of a file; there is nobody to answer.
      response.destroy();
    }
  }

  private async upload(request: IncomingMessage, response: ServerResponse, url: URL): Promise<void> {
    const early = this.takeFault('upload') ?? this.judgeUploadRequest(url, request);
    if (early) {
      request.resume();
      return this.refuse(response, early);
    }
    const file = this.store.newUploadFile();
    const measure = new Measure(maxUploadBytes);
    try {
      await pipeline(request, measure, createWriteStream(file));
      const refusal = this.judgeUploadedFile(url, measure);
      if (refusal) return this.refuse(response, refusal);
      const stored = await this.store.keep(file, measure.sizeBytes);
      const body = { url: `https://${this.hostname}${stored.directPath}`, direct_path: stored.directPath };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    } finally {
      await rm(file, { force: true });
    }
  }

  private judgeUploadRequest(url: URL, request: IncomingMessage): Refusal | undefined {
    const path = uploadPath.exec(url.pathname);
    if (!path) return { status: 404, rule: 'media-path', reason: `nothing can be uploaded to ${url.pathname}` };
    const expiresAt = this.auths.get(url.searchParams.get('auth') ?? '');
    if (expiresAt === undefined || expiresAt < this.now()) {
      return { status: 401, rule: 'media-auth', reason: 'the upload carries no valid auth token' };
    }
    if (url.searchParams.get('token') !== path[2]) {
      return { status: 400, rule: 'media-token', reason: 'the token in the path differs from the one in the query' };
    }
    if (Number(request.headers['content-length'] ?? 0) > maxUploadBytes) {
      return { status: 413, rule: 'media-size', reason: `an upload of more than ${maxUploadBytes} bytes` };
    }
    return undefined;
  }

  private judgeUploadedFile(url: URL, measure: Measure): Refusal | undefined {
    const refuse = (rule: string, reason: string, status = 400): Refusal => ({ status, rule, reason });
    if (measure.isTooBig) return refuse('media-size', `an upload of more than ${maxUploadBytes} bytes`, 413);
    if (measure.sizeBytes < minFileBytes || (measure.sizeBytes - macLength) % 16 !== 0) {
      return refuse('media-size', `${measure.sizeBytes} bytes are no encrypted file: blocks of 16 and a MAC of 10`);
    }
    if (measure.token() !== uploadPath.exec(url.pathname)?.[2]) {
      return refuse('media-token', 'the token is not the hash of the uploaded file');
    }
    return undefined;
  }

  private async download(request: IncomingMessage, response: ServerResponse, directPath: string): Promise<void> {
    const fault = this.takeFault('download');
    if (fault && fault.stalls !== true) return this.refuse(response, fault);
    const stored = this.store.find(directPath);
    if (!stored) return this.refuse(response, { status: 404, rule: 'media-download', reason: 'there is no such file' });
    const range = parseRange(request.headers.range, stored.sizeBytes);
    if (range === 'unsatisfiable') {
      response.writeHead(416, { 'content-range': `bytes */${stored.sizeBytes}` }).end();
      return;
    }
    const { start, end } = range ?? { start: 0, end: stored.sizeBytes - 1 };
    response.writeHead(range ? 206 : 200, {
      'content-type': 'application/octet-stream',
      'accept-ranges': 'bytes',
      'content-length': end - start + 1,
      ...(range ? { 'content-range': `bytes ${start}-${end}/${stored.sizeBytes}` } : {}),
    });
    if (request.method === 'HEAD') response.end();
    else if (fault)
      await pipeline(this.store.read(stored, { start, end: (start + end) >> 1 }), response, { end: false });
    else await pipeline(this.store.read(stored, { start, end }), response);
  }

  private takeFault(on: MediaFault['on']): (Refusal & Pick<MediaFault, 'stalls'>) | undefined {
    const fault = this.faults.find((candidate) => candidate.on === on);
    if (!fault) return undefined;
    fault.times -= 1;
    if (fault.times < 1) this.faults = this.faults.filter((candidate) => candidate !== fault);
    const { status, stalls } = fault;
    return { status, stalls, rule: 'media-fault', reason: 'a failure that was asked for' };
  }

  private refuse(response: ServerResponse, { status, rule, reason }: Refusal): void {
    this.options.onRefusal?.(rule, reason);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ error: reason }));
  }

  private now(): number {
    return this.options.now?.() ?? Date.now();
  }
}

/** Counts and hashes what passes through. What is too big is swallowed, so that the client can still be told. */
class Measure extends Transform {
  private readonly hash = createHash('sha256');
  sizeBytes = 0;

  constructor(private readonly limitBytes: number) {
    super();
  }

  get isTooBig(): boolean {
    return this.sizeBytes > this.limitBytes;
  }

  /** URL-safe base64 of the SHA-256, as clients name uploads. */
  token(): string {
    return this.hash.digest('base64url');
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    this.sizeBytes += chunk.length;
    if (this.isTooBig) return callback();
    this.hash.update(chunk);
    callback(null, chunk);
  }
}
