import { setTimeout as pause } from 'node:timers/promises';
import type { IncomingMessage, Server as NodeServer, ServerResponse } from 'node:http';
import { Server, type ExtendedError } from 'socket.io';
import type { Callers } from '../access/callers.js';
import { isOwnOrigin } from '../access/own-page.js';
import type { AppEvent, EventListeners, EventName } from '../contract/events.js';
import type { ErrorCode } from '../contract/errors.js';
import { quoted } from '../contract/values/quoted.js';
import type { EventBus } from '../events/event-bus.js';
import { AppError } from '../lib/app-error.js';
import { inTheNameOf } from '../lib/caller-scope.js';
import { troubleBehind } from '../lib/database-trouble.js';
import { clientAddressOf, networkOf } from '../lib/client-address.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import { Places } from '../lib/running/places.js';
import { Admission } from './admission.js';
import { FailedAttempts } from './failed-attempts.js';
import type { LiveServer, LiveSocket } from './live-socket.js';
import { keyIdsOf, keyRoom, organizationRoom, roomsFor, sessionRoom, signInIdsOf, signInRoom } from './rooms.js';
import { Coalescer } from './coalescer.js';
import { ViewersCoalescer } from './viewers-coalescer.js';

export interface RealtimeOptions {
  callers: Callers;
  bus: EventBus;
  clock: Clock;
  logger: Logger;
  /** Web origins that may connect besides the server's own. */
  corsOrigins: readonly string[];
  /** The origin of PUBLIC_URL, where it is set. */
  publicOrigin: string | undefined;
  /** How many reverse proxies stand in front. */
  trustProxy: number;
  /** Attempts with credentials that do not work, per client address and window. */
  failureLimit: { max: number; windowMs: number };
  /** Of the keys and people of one organization, and of everybody. */
  maxConnections: { ofOne: number; inAll: number };
}

/** Connections that have not said who they are. A client says it with its first word. */
const maxUnknown = { ofOne: 100, inAll: 1_000 };
const unknownForMs = 3_000;
/** Whoever asks on and on, one refusal after the other, would have the process do nothing else. */
const refusedAfterMs = 1_000;
/** Clients only listen; whoever sends much is broken or worse. */
const maxClientPacketBytes = 16 * 1024;
const maxClientPackets = 100;

/** Live events over Socket.IO: each client gets those that its key may see. */
export class RealtimeServer {
  private readonly io: LiveServer;
  private readonly admission: Admission;
  private readonly failures: FailedAttempts;
  private readonly viewers: ViewersCoalescer;
  private readonly clicks: Coalescer<Extract<AppEvent, { name: 'status-clicks-update' }>>;
  private readonly unknown = new Places(maxUnknown);
  /** What to call when it is known who a connection is. */
  private readonly leaveUnknown = new WeakMap<LiveSocket['conn'], () => void>();
  private unsubscribe: (() => void) | undefined;

  constructor(
    server: NodeServer,
    private readonly options: RealtimeOptions,
  ) {
    this.admission = new Admission(options);
    this.failures = new FailedAttempts(options.failureLimit);
    this.viewers = new ViewersCoalescer((event) => this.emit(event));
    this.clicks = new Coalescer(
      (event) => this.emit(event),
      (_earlier, later) => later,
    );
    this.io = new Server(server, {
      serveClient: false,
      maxHttpBufferSize: maxClientPacketBytes,
      connectTimeout: unknownForMs,
      cors: { origin: [...options.corsOrigins], methods: ['GET', 'POST'] },
      allowRequest: (request, decide) => {
        this.refusalOf(request).then(
          (refusal) => decide(refusal, refusal === null),
          (error: unknown) => {
            options.logger.error({ err: error }, 'a handshake could not be looked at');
            decide('Something went wrong here.', false);
          },
        );
      },
    });
    this.io.engine.on('connection', (connection: LiveSocket['conn']) => {
      const leave = this.unknown.enter(this.networkOf(connection.request));
      this.leaveUnknown.set(connection, leave);
      connection.once('close', leave);
    });
    this.io.engine.use((request: IncomingMessage, response: ServerResponse, next: () => void) => {
      if (!isChangeOfTransport(request) || this.foreignOriginOf(request) === null) next();
      else response.end();
    });
    this.io.use((socket, next) => {
      this.admit(socket).then(
        () => next(),
        (error: unknown) => {
          next(this.refusal(error));
          // Left open, the connection could try one key after the other. The refusal itself leaves in the next tick.
          setImmediate(() => socket.conn.close());
        },
      );
    });
    this.io.on('connection', (socket) => {
      this.leaveUnknown.get(socket.conn)?.();
      limitPackets(socket);
      this.admission.watch(socket);
    });
  }

  start(): void {
    this.unsubscribe = this.options.bus.subscribe((event) => this.deliver(event));
  }

  /** Ends every connection. One that comes meanwhile is closed with the web server. */
  stop(): void {
    this.unsubscribe?.();
    this.viewers.flush();
    this.clicks.flush();
    this.io.disconnectSockets(true);
    // It settles when the web server has closed, which is the next part to stop.
    void this.io.close();
  }

  /** Ends the connections made with a key that is no longer valid. */
  dropKey(keyId: string): void {
    this.io.in(keyRoom(keyId)).disconnectSockets(true);
  }

  /** Ends the connections of a sign-in that has ended. */
  dropSignIn(signInId: string): void {
    this.io.in(signInRoom(signInId)).disconnectSockets(true);
  }

  /** Checks the connections made with a key again, after its end was changed. */
  reviewKey(keyId: string): void {
    for (const socket of this.io.of('/').sockets.values()) {
      if (socket.rooms.has(keyRoom(keyId))) this.admission.review(socket);
    }
  }

  /** Ends the connections of an organization's keys and people, when it is no more. */
  dropOrganization(organizationId: string): void {
    this.io.in(organizationRoom(organizationId)).disconnectSockets(true);
  }

  /** The keys with which somebody is connected. */
  get connectedKeyIds(): string[] {
    return keyIdsOf(this.io.of('/').adapter.rooms.keys());
  }

  /** The sign-ins with which somebody is connected. */
  get connectedSignInIds(): string[] {
    return signInIdsOf(this.io.of('/').adapter.rooms.keys());
  }

  /** How many clients are connected. */
  get connectionCount(): number {
    return this.io.engine.clientsCount;
  }

  /** Sends an event to those who may see it. For events that do not come over this process's bus. */
  deliver(event: AppEvent): void {
    if (event.name === 'status-viewers-update') this.viewers.offer(event);
    else if (event.name === 'status-clicks-update') this.clicks.offer(event);
    else this.emit(event);
    // The keys of a session end with it.
    if (event.name === 'session-deleted') this.io.in(sessionRoom(event.sessionId)).disconnectSockets(true);
  }

  private emit(event: AppEvent): void {
    // A name and its payload belong together in the event; once they are apart the compiler does not know.
    const payload = [event.payload] as Parameters<EventListeners[EventName]>;
    this.io.to(roomsFor(event)).emit(event.name, ...payload);
  }

  /** A key that works is let in, however many did not that came from the same address. */
  private async admit(socket: LiveSocket): Promise<void> {
    try {
      await inTheNameOf(`network ${this.networkOf(socket.request)}`, () => this.admission.admit(socket));
    } catch (error) {
      if (!(error instanceof AppError) || error.code === 'unavailable') throw error;
      const caller = this.networkOf(socket.request);
      const waitMs = this.failures.waitMs(caller);
      if (waitMs === undefined) {
        this.failures.record(caller);
        throw error;
      }
      const seconds = String(Math.ceil(waitMs / 1000));
      throw new AppError('rate_limited', `Too many failed attempts. Try again in ${seconds} seconds.`);
    }
  }

  private refusal(error: unknown): ExtendedError {
    if (error instanceof AppError) return handshakeError(error.code, error.message);
    const trouble = troubleBehind(error);
    if (trouble) return handshakeError('unavailable', trouble.message);
    this.options.logger.error({ err: error }, 'a live connection could not be admitted');
    return handshakeError('internal_error', 'Something went wrong here.');
  }

  /** Null lets the request through to the handshake. */
  private async refusalOf(request: IncomingMessage): Promise<string | null> {
    const known = this.connectionCount - this.unknown.size;
    if (known >= this.options.maxConnections.inAll) return 'Too many connections.';
    const foreign = this.foreignOriginOf(request);
    if (foreign !== null || !this.unknown.isFull(this.networkOf(request))) return foreign;
    // Whoever says who it is in this very request, as a page does with its cookie, needs no place among the unknown.
    const caller = this.options.callers.identify({ method: 'GET', headers: request.headers });
    const isKnown = await caller.then(
      () => true,
      () => false,
    );
    if (isKnown) return null;
    await pause(refusedAfterMs, undefined, { ref: false });
    return tooManyUnknown;
  }

  private networkOf(request: IncomingMessage): string {
    return networkOf(clientAddressOf(request, this.options.trustProxy));
  }

  private foreignOriginOf({ headers: { origin, host } }: IncomingMessage): string | null {
    const { corsOrigins, publicOrigin } = this.options;
    if (origin === undefined || corsOrigins.includes(origin)) return null;
    return isOwnOrigin(origin, host, publicOrigin) ? null : foreignOrigin(origin, host);
  }
}

const tooManyUnknown =
  'Too many connections from this network have not said yet who they are. Try again in 3 seconds, or send the key in a header.';

/** The step from long polling to a WebSocket is a request of its own, of which the library does not ask whether it may be. */
function isChangeOfTransport({ headers, url }: IncomingMessage): boolean {
  return headers.upgrade !== undefined && new URLSearchParams(url?.split('?')[1]).has('sid');
}

function foreignOrigin(origin: string, host: string | undefined): string {
  return (
    `The page is at ${quoted(origin)}, and the server was asked for as ${quoted(host ?? '')}. Let the proxy pass the header Host ` +
    'on, or set PUBLIC_URL to the address of the page; another web application belongs into CORS_ORIGINS.'
  );
}

function handshakeError(code: ErrorCode, message: string): ExtendedError {
  const error: ExtendedError = new Error(message);
  error.data = { code };
  return error;
}

function limitPackets(socket: LiveSocket): void {
  let packets = 0;
  socket.onAny(() => {
    packets += 1;
    if (packets > maxClientPackets) socket.disconnect(true);
  });
}
