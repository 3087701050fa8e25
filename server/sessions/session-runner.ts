import { AppError, validationError } from '../lib/app-error.js';
import type { GatewayConnection } from '../whatsapp/gateway.js';
import { LinkingCodes, type ActivePairingCode, type ActiveQr } from './linking-codes.js';
import { noSession } from './session.js';
import type { RunnerParts } from './runner-parts.js';
import { unconfirmedLogout, unlinkedColumns } from './session-account.js';
import { SessionChanges } from './session-changes.js';
import { SessionConnection } from './session-connection.js';
import { SessionHealthRecord } from './session-health.js';
import { isRunning } from './session-states.js';

const pairingCodeWaitMs = 40_000;
const qrWaitMs = 20_000;

/**
 * Does what people want of one session, one thing at a time: that it runs or rests, is linked or unlinked. Everything it learns is
 * stored before it is told.
 */
export class SessionRunner {
  readonly codes: LinkingCodes;
  readonly health = new SessionHealthRecord();
  private readonly changes: SessionChanges;
  private readonly connection: SessionConnection;

  constructor(
    private readonly parts: RunnerParts,
    readonly sessionId: string,
    readonly organizationId: string,
  ) {
    this.changes = new SessionChanges(parts, sessionId);
    this.codes = new LinkingCodes(parts.clock);
    this.connection = new SessionConnection({
      ...parts,
      logger: parts.logger.child({ sessionId }),
      sessionId,
      organizationId,
      changes: this.changes,
      codes: this.codes,
      health: this.health,
    });
  }

  /** The connection while the account is connected. */
  get usableConnection(): GatewayConnection | undefined {
    return this.connection.usable;
  }

  /** It should connect, and others are on their way before it. */
  get waitsForTurn(): boolean {
    return this.connection.waitsForTurn;
  }

  /** Already running is success. */
  start(): Promise<void> {
    return this.exclusively(async () => {
      if (!this.connection.isUnderWay) await this.connection.begin();
    });
  }

  /** Keeps the pairing. Already stopped is success. */
  stop(): Promise<void> {
    return this.exclusively(async () => {
      this.codes.end(new AppError('conflict', 'The session was stopped. Start it to get a code.'));
      await this.connection.disconnect();
      await this.changes.apply('stop', { desiredState: 'stopped', nextRetryAt: null, node: null });
    });
  }

  restart(): Promise<void> {
    return this.exclusively(async () => {
      await this.connection.disconnect();
      await this.connection.begin();
    });
  }

  /**
   * Starts linking anew with this number, so that the code lives as long as WhatsApp allows. Throws `conflict` when the
   * account is linked already, `whatsapp_error` when no code comes.
   */
  async requestPairingCode(phoneNumber: string | undefined, customCode?: string): Promise<ActivePairingCode> {
    await this.exclusively(async () => {
      const record = await this.parts.store.get(this.sessionId);
      const number = phoneNumber ?? record.phoneNumber;
      await this.refuseLinked('The account is linked already.');
      if (number === null) throw validationError('phoneNumber', 'Give the phone number of the account.');
      await this.connection.disconnect();
      await this.connection.begin({ authMethod: 'pairing', phoneNumber: number }, customCode);
    });
    const silence = 'WhatsApp did not accept the request for a pairing code.';
    return this.codeOr(silence, () => this.codes.pairingCode, pairingCodeWaitMs);
  }

  /** Starts linking anew, so that the QR code lives as long as WhatsApp allows. Throws as {@link requestPairingCode} does. */
  async requestQr(): Promise<ActiveQr> {
    await this.exclusively(async () => {
      await this.refuseLinked('The account is linked already.');
      await this.connection.disconnect();
      await this.connection.begin({ authMethod: 'qrcode' });
    });
    return this.codeOr('WhatsApp did not give a QR code. Try again later.', () => this.codes.qr, qrWaitMs);
  }

  /**
   * Starts linking anew with this number where the old one waits for its code; otherwise only remembers it. `conflict`
   * when the account is linked already.
   */
  setPhoneNumber(phoneNumber: string): Promise<void> {
    return this.exclusively(async () => {
      await this.refuseLinked('The account is linked already; its number is the one of the phone.');
      const { authMethod, state } = await this.parts.store.get(this.sessionId);
      if (authMethod === 'pairing' && isRunning(state)) {
        await this.connection.disconnect();
        await this.connection.begin({ phoneNumber });
      } else {
        await this.changes.change({ phoneNumber });
      }
    });
  }

  /**
   * Unlinks the device and deletes the credentials. Already unlinked is success; `whatsapp_error` when the credentials are
   * gone but WhatsApp did not confirm that the device is.
   */
  logout(): Promise<void> {
    return this.exclusively(async () => {
      this.codes.end(new AppError('conflict', 'The session was logged out. Start it to get a code.'));
      const confirmed = await this.connection.unlink();
      if (confirmed === null && (await this.parts.store.get(this.sessionId)).state === 'logged_out') return;
      const at = this.parts.clock.now().toISOString();
      const lastError = confirmed === false ? { code: null, ...unconfirmedLogout, at } : null;
      await this.changes.apply('unlinked', { ...unlinkedColumns, lastError });
      if (confirmed === false) throw new AppError('whatsapp_error', unconfirmedLogout.message);
    });
  }

  /**
   * Unlinks the device as far as it can be reached, deletes the credentials, then runs `deleteRecord`. Tells whether
   * WhatsApp confirmed that the device is unlinked; null when none was linked.
   */
  remove(deleteRecord: () => Promise<void>): Promise<boolean | null> {
    return this.exclusively(async () => {
      this.codes.end(noSession(this.sessionId));
      const confirmed = await this.connection.unlink();
      await deleteRecord();
      return confirmed;
    });
  }

  /** Ends the socket and leaves the stored session as it is, for the next process. */
  shutDown(): Promise<void> {
    this.connection.shutDown();
    this.codes.end(new AppError('unavailable', 'The server is stopping.'));
    return this.exclusively(() => this.connection.disconnect());
  }

  /** Closes the socket at once, whatever else is under way, and ends as {@link shutDown} does: another process takes over. */
  abandon(): Promise<void> {
    this.connection.cut();
    return this.shutDown();
  }

  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.parts.lock.run(this.sessionId, work);
  }

  private async refuseLinked(inWords: string): Promise<void> {
    if (await this.parts.gateway.isLinked(this.sessionId)) throw new AppError('conflict', inWords);
  }

  /** Throws `whatsapp_error` with why there is no code, or with `silence` when none came in time. */
  private async codeOr<T extends object>(silence: string, read: () => T | undefined, waitMs: number): Promise<T> {
    const code = await this.codes.waitFor(() => read() ?? this.codes.failure, waitMs);
    if (code === undefined || typeof code === 'string') throw new AppError('whatsapp_error', code ?? silence);
    return code;
  }
}
