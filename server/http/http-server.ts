import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { networkOf } from '../lib/client-address.js';
import { Places } from '../lib/running/places.js';
import { readListenError } from './listen-error.js';
import { refuseUnreadable } from './refuse-unreadable.js';
import { closeUnlessBodyCame, continueWhenRead } from './unread-body.js';

/** How long open requests may go on after the stop began. */
const defaultGraceMs = 2_000;

const shortestBodyTimeoutMs = 300_000;
/** A mobile line on a bad day: 0.5 Mbit/s. */
const slowestBytesPerMs = 64;

/** Open connections: a browser opens six. */
const maxConnections = { ofOne: 1_000, inAll: 5_000 };

/** The listening socket. Limits keep slow or silent clients from holding it; an answer may take as long as it needs. */
export class HttpServer {
  readonly node: Server;
  private address = '';
  private readonly places: Places;
  private readonly sockets = new Set<Socket>();
  private closed: Promise<unknown> | undefined;

  constructor(
    listener: RequestListener,
    private readonly listenOn: {
      host: string;
      port: number;
      largestBodyBytes: number;
      publicPath: string;
      /** Whether others than the callers themselves connect. */
      isBehindProxy: boolean;
    },
    limits = maxConnections,
    private readonly graceMs = defaultGraceMs,
  ) {
    // A proxy is one network for everybody.
    this.places = new Places(listenOn.isBehindProxy ? { ...limits, ofOne: limits.inAll } : limits);
    // Node counts until the request is there, not until it is answered.
    const requestTimeout = Math.max(shortestBodyTimeoutMs, Math.ceil(listenOn.largestBodyBytes / slowestBytesPerMs));
    const times = { requestTimeout, headersTimeout: 20_000, keepAliveTimeout: 5_000 };
    // Node refuses a request without a host by itself, without a word; the handler of the requests does it in an envelope.
    this.node = createServer({ ...times, requireHostHeader: false }, (request, response) => {
      closeUnlessBodyCame(request, response);
      listener(request, response);
    });
    this.node.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      continueWhenRead(request, response);
      this.node.emit('request', request, response);
    });
    refuseUnreadable(this.node);
    this.node.on('connection', (socket: Socket) => this.takePlace(socket));
    this.node.maxRequestsPerSocket = 10_000;
  }

  private takePlace(socket: Socket): void {
    const network = networkOf(socket.remoteAddress ?? '');
    if (this.places.isFull(network)) {
      socket.destroy();
      return;
    }
    const leave = this.places.enter(network);
    this.sockets.add(socket);
    socket.once('close', () => {
      leave();
      this.sockets.delete(socket);
    });
  }

  /** `http://host:port`, once it listens. */
  get url(): string {
    return this.address;
  }

  /** Rejects with a `ListenError` when HOST and PORT cannot be listened on. */
  async start(): Promise<void> {
    const { host, port, publicPath } = this.listenOn;
    // Before all others, also those who were added since: a proxy may pass the path on or take it away.
    for (const event of ['request', 'upgrade', 'checkContinue'] as const) {
      this.node.prependListener(event, (request: IncomingMessage) => {
        request.url = withoutPath(request.url ?? '/', publicPath);
      });
    }
    this.node.listen(port, host);
    try {
      await once(this.node, 'listening');
    } catch (error) {
      throw readListenError(error, this.listenOn);
    }
    this.closed = once(this.node, 'close');
    const bound = this.node.address();
    const boundPort = bound !== null && typeof bound === 'object' ? bound.port : port;
    this.address = `http://${hostForUrl(host)}:${String(boundPort)}`;
  }

  /**
   * Takes no new requests, lets open ones finish for a moment, then closes what is left, live connections too. Also when
   * somebody else has told the socket to listen no more: whoever is connected then would be served by parts that have stopped.
   */
  async stop(): Promise<void> {
    if (this.closed === undefined) return;
    if (this.node.listening) this.node.close();
    this.node.closeIdleConnections();
    const timer = setTimeout(() => {
      for (const socket of this.sockets) socket.destroy();
    }, this.graceMs);
    await this.closed;
    clearTimeout(timer);
  }
}

/** The address below `publicPath`; one that does not lie there is left alone. */
function withoutPath(address: string, publicPath: string): string {
  if (publicPath === '' || !address.startsWith(publicPath)) return address;
  const rest = address.slice(publicPath.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : address;
}

/** An address that a browser can open: "every address" is not one. */
function hostForUrl(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost';
  return host.includes(':') ? `[${host}]` : host;
}
