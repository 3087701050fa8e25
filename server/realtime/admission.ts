import type { Callers } from '../access/callers.js';
import type { Principal } from '../access/principal.js';
import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import { Places } from '../lib/running/places.js';
import type { LiveSocket } from './live-socket.js';
import { roomsOf } from './rooms.js';

export interface AdmissionParts {
  callers: Callers;
  clock: Clock;
  logger: Logger;
  /** Of the keys and people of one organization, and of everybody. */
  maxConnections: { ofOne: number; inAll: number };
}

interface Admitted {
  /** Finds out again who it is. */
  identify: () => Promise<Principal>;
  principal: Principal;
  timer: NodeJS.Timeout | undefined;
}

/** The longest time that a timer can wait. */
const maxTimerMs = 2_147_483_647;

/** Lets live connections in with the credentials of HTTP, and ends them when those end. */
export class Admission {
  private readonly admitted = new WeakMap<LiveSocket, Admitted>();
  private readonly places: Places;

  constructor(private readonly parts: AdmissionParts) {
    this.places = new Places(parts.maxConnections);
  }

  /** Puts the socket into its rooms; throws for one that may not be there, and `unavailable` when its organization has no place left. */
  async admit(socket: LiveSocket): Promise<void> {
    const { apiKey, token } = socket.handshake.auth as Record<string, unknown>;
    const given = apiKey ?? token;
    const { headers } = socket.handshake;
    const incoming = { method: 'GET', headers, ...(typeof given === 'string' && { key: given }) };
    const identify = (): Promise<Principal> => this.parts.callers.identify(incoming);
    const principal = await identify();
    if (!principal.capabilities.has('read')) throw new AppError('forbidden', 'This key lacks the capability "read".');
    this.takePlace(socket, principal);
    await socket.join(roomsOf(principal));
    this.admitted.set(socket, { identify, principal, timer: undefined });
  }

  /** Whoever reaches every organization finds a place in any case. */
  private takePlace(socket: LiveSocket, { organizationId }: Principal): void {
    if (organizationId === null) return;
    if (this.places.isFull(organizationId)) throw noPlaceLeft(this.parts.maxConnections.ofOne);
    const leave = this.places.enter(organizationId);
    socket.once('disconnect', leave);
    // One that ends before it was let in tells nothing of itself.
    socket.conn.once('close', leave);
  }

  /**
   * Watches over the socket until it ends. It is checked once more now: a key that was revoked between its check and this
   * moment found no connection to end.
   */
  watch(socket: LiveSocket): void {
    socket.once('disconnect', () => clearTimeout(this.admitted.get(socket)?.timer));
    this.review(socket);
  }

  /** Checks the credentials again and ends the connection when they open nothing any more. */
  review(socket: LiveSocket): void {
    this.check(socket).catch((error: unknown) => {
      this.parts.logger.warn({ err: error }, 'the key of a live connection could not be checked again');
    });
  }

  private async check(socket: LiveSocket): Promise<void> {
    const admitted = this.admitted.get(socket);
    if (!admitted) return;
    try {
      admitted.principal = await admitted.identify();
    } catch (error) {
      if (isRefusal(error) || this.remainingMs(admitted) <= 0) {
        socket.disconnect(true);
        return;
      }
      // Nothing is known against it: it was let in, and its time is not over.
      this.parts.logger.warn({ err: error }, 'the key of a live connection could not be checked again');
    }
    this.checkAtItsEnd(socket, admitted);
  }

  private checkAtItsEnd(socket: LiveSocket, admitted: Admitted): void {
    clearTimeout(admitted.timer);
    const remainingMs = this.remainingMs(admitted);
    if (!socket.connected || remainingMs === Number.POSITIVE_INFINITY) return;
    admitted.timer = setTimeout(() => this.review(socket), Math.min(Math.max(remainingMs, 1), maxTimerMs));
  }

  private remainingMs({ principal: { expiresAt, signIn } }: Admitted): number {
    const ends = [expiresAt, signIn?.endsAt].map((end) => end?.getTime() ?? Number.POSITIVE_INFINITY);
    return Math.min(...ends) - this.parts.clock.now().getTime();
  }
}

function noPlaceLeft(most: number): AppError {
  return new AppError(
    'unavailable',
    `The keys and people of this organization have ${most.toLocaleString('en')} live connections, which is as many as they may. ` +
      'Close some that nobody needs, and try again.',
    { retryAfterSeconds: 5 },
  );
}

function isRefusal(error: unknown): boolean {
  return error instanceof AppError && (error.code === 'unauthorized' || error.code === 'forbidden');
}
