import { EventEmitter } from 'node:events';

/** A companion that waits for a person to type its code. */
export interface WaitingCode<Session> {
  ref: Buffer;
  session: Session;
  wrappedEphemeral: Buffer;
  expiresAt: number;
}

/** Clients that wait to be linked, by what a phone knows of them: a QR's ref, or the number they asked for. */
export class PairingDesk<Session> {
  private readonly byRef = new Map<string, { session: Session; expiresAt: number }>();
  private readonly byPhoneNumber = new Map<string, WaitingCode<Session>>();
  private readonly gone = new Set<string>();
  private readonly arrivals = new EventEmitter<{ code: [phoneNumber: string] }>();

  offer(ref: string, session: Session, expiresAt: number): void {
    this.byRef.set(ref, { session, expiresAt });
  }

  /** The waiting client behind a ref, or words why there is none. */
  findByRef(ref: string, now: number): Session | string {
    const found = this.byRef.get(ref);
    if (!found)
      return this.gone.has(ref)
        ? 'this QR is no longer valid: its client has gone or is linked'
        : 'no client shows this QR';
    return found.expiresAt <= now ? 'this QR has expired' : found.session;
  }

  /** A newer request for the same number replaces the older one, as on the real service. */
  awaitCode(phoneNumber: string, waiting: WaitingCode<Session>): void {
    this.byPhoneNumber.set(phoneNumber, waiting);
    this.arrivals.emit('code', phoneNumber);
  }

  /**
   * Waits shortly for a request of this number: a program may type a code before the client's stanza has arrived,
   * which no person can. Resolves in any case.
   */
  async awaitRequest(phoneNumber: string, timeoutMs: number): Promise<void> {
    if (this.byPhoneNumber.has(phoneNumber)) return;
    await new Promise<void>((resolve) => {
      const done = (arrived?: string): void => {
        if (arrived !== undefined && arrived !== phoneNumber) return;
        clearTimeout(timer);
        this.arrivals.off('code', done);
        resolve();
      };
      const timer = setTimeout(done, timeoutMs);
      this.arrivals.on('code', done);
    });
  }

  findByPhoneNumber(phoneNumber: string, now: number): WaitingCode<Session> | string {
    const found = this.byPhoneNumber.get(phoneNumber);
    if (!found) return 'no client asked for a code for this number';
    return found.expiresAt <= now ? 'the code has expired' : found;
  }

  /** Forgets everything about a client that has gone, is linked, or had its one attempt. */
  withdraw(session: Session): void {
    for (const [ref, waiting] of this.byRef) {
      if (waiting.session !== session) continue;
      this.byRef.delete(ref);
      this.gone.add(ref);
    }
    if (this.gone.size > 10_000) this.gone.clear();
    this.withdrawCode(session);
  }

  withdrawCode(session: Session): void {
    for (const [phoneNumber, waiting] of this.byPhoneNumber) {
      if (waiting.session === session) this.byPhoneNumber.delete(phoneNumber);
    }
  }
}
