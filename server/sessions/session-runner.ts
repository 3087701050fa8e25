import { toDataURL } from 'qrcode';
import type { UnitOfWork } from '../db/unit-of-work.js';
import type { EventBus } from '../events/event-bus.js';
import { AppError, notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import type { KeyedLock } from '../lib/keyed-lock.js';
import type { Logger } from '../lib/logger.js';
import type {
  AccountIdentity,
  AddressBookNews,
  GatewayConnection,
  GatewayEvent,
  LinkMethod,
  RetryRequest,
  StatusReceipt,
  WhatsAppGateway,
} from '../whatsapp/gateway.js';
import { fewAttempts, pauseBeforeAttempt } from './backoff.js';
import { LinkingCodes, type ShownPairingCode } from './linking-codes.js';
import { type SessionRecord, connectionStatusEvent } from './session.js';
import { type SessionEvent, nextState } from './session-states.js';
import type { SessionsStore } from './sessions-store.js';

/** Who takes what the wire says about statuses and people. */
export interface SessionListener {
  /** Settles once they are safe; WhatsApp is told that we have them only then. */
  onReceipts(sessionId: string, receipts: StatusReceipt[]): Promise<void>;
  onRetry(sessionId: string, request: RetryRequest): Promise<boolean>;
  onAddressPairs(sessionId: string, pairs: { phoneNumber: string; lid: string }[]): Promise<void>;
  onAddressBook(sessionId: string, news: AddressBookNews[]): Promise<void>;
}

export interface RunnerParts {
  gateway: WhatsAppGateway;
  store: SessionsStore;
  unitOfWork: UnitOfWork;
  bus: EventBus;
  clock: Clock;
  logger: Logger;
  /** Everything that changes a session runs one at a time. */
  lock: KeyedLock;
  listener: SessionListener;
  /** The name of this process. */
  node: string;
}

type Closed = Extract<GatewayEvent, { type: 'closed' }>;

/** A connection that lasted this long was a good one: the next loss is the first again. */
const steadyAfterMs = 60_000;
/** Restarts that WhatsApp may ask for in a row before they count as losses. */
const maxImmediateReconnects = 3;
const pairingCodeWaitMs = 40_000;

/** Runs one session: its socket, its codes, its reconnects. Everything it learns is stored before it is told. */
export class SessionRunner {
  readonly codes: LinkingCodes;
  private readonly log: Logger;
  private connection: GatewayConnection | undefined;
  private isUsable = false;
  private openedAtMs = 0;
  private attempts = 0;
  private immediateReconnects = 0;
  private retryTimer: NodeJS.Timeout | undefined;
  private isShutDown = false;

  constructor(
    private readonly parts: RunnerParts,
    readonly sessionId: string,
    private readonly organizationId: string,
  ) {
    this.codes = new LinkingCodes(parts.clock);
    this.log = parts.logger.child({ sessionId });
  }

  /** The connection while the account is connected. */
  get usableConnection(): GatewayConnection | undefined {
    return this.isUsable ? this.connection : undefined;
  }

  /** Already running is success. */
  start(): Promise<void> {
    return this.exclusively(async () => {
      if (this.connection === undefined) await this.begin();
    });
  }

  /** Keeps the pairing. Already stopped is success. */
  stop(): Promise<void> {
    return this.exclusively(async () => {
      await this.disconnect();
      await this.apply('stop', { desiredState: 'stopped', nextRetryAt: null, node: null });
    });
  }

  restart(): Promise<void> {
    return this.exclusively(async () => {
      await this.disconnect();
      await this.begin();
    });
  }

  /**
   * Starts linking anew with this number, so that the code lives as long as WhatsApp allows. Throws `conflict` when the
   * account is linked already, `whatsapp_error` when no code comes.
   */
  async requestPairingCode(phoneNumber: string | undefined, customCode?: string): Promise<ShownPairingCode> {
    await this.exclusively(async () => {
      const record = await this.record();
      const number = phoneNumber ?? record.phoneNumber;
      if (await this.parts.gateway.isLinked(this.sessionId)) {
        throw new AppError('conflict', 'The account is linked already.');
      }
      if (number === null) throw new AppError('validation_error', 'Give the phone number of the account.');
      await this.disconnect();
      await this.begin({ authMethod: 'pairing', phoneNumber: number }, customCode);
    });
    const code = await this.codes.waitFor(() => this.codes.pairingCode, pairingCodeWaitMs);
    if (code === undefined)
      throw new AppError('whatsapp_error', 'WhatsApp did not accept the request for a pairing code.');
    return code;
  }

  /** Unlinks the device as far as it can be reached, deletes the credentials, then runs `deleteRecord`. */
  remove(deleteRecord: () => Promise<void>): Promise<void> {
    return this.exclusively(async () => {
      const { connection } = this;
      this.forgetConnection();
      if (connection !== undefined) {
        const { confirmed } = await connection.logout();
        this.log.info({ confirmed }, 'device unlinked');
      }
      await this.parts.gateway.forget(this.sessionId);
      await deleteRecord();
    });
  }

  /** Ends the socket and leaves the stored session as it is, for the next process. */
  shutDown(): Promise<void> {
    this.isShutDown = true;
    clearTimeout(this.retryTimer);
    return this.exclusively(() => this.disconnect());
  }

  /** Closes the socket at once, whatever else is under way, and ends as {@link shutDown} does: another process takes over. */
  abandon(): Promise<void> {
    void this.connection?.close();
    return this.shutDown();
  }

  private exclusively<T>(work: () => Promise<T>): Promise<T> {
    return this.parts.lock.run(this.sessionId, work);
  }

  private async record(): Promise<SessionRecord> {
    const record = await this.parts.store.find(this.sessionId);
    if (record === undefined) throw notFound(`The session "${this.sessionId}"`);
    return record;
  }

  private async begin(changes: Partial<SessionRecord> = {}, customCode?: string): Promise<void> {
    if (this.isShutDown) throw new AppError('unavailable', 'The server is stopping.');
    clearTimeout(this.retryTimer);
    this.attempts = 0;
    this.immediateReconnects = 0;
    const { node } = this.parts;
    const started = { desiredState: 'started', lastError: null, nextRetryAt: null, node } as const;
    const record = await this.apply('start', { ...changes, ...started });
    if (record === undefined) throw notFound(`The session "${this.sessionId}"`);
    await this.dial(record, customCode);
  }

  private async dial(record: SessionRecord, customCode?: string): Promise<void> {
    if (this.isShutDown) return;
    this.codes.clear();
    // Credentials that cannot be read are the connection's to report.
    if (await this.parts.gateway.isLinked(this.sessionId).catch(() => true)) await this.apply('dial');
    const connection = this.parts.gateway.open({
      sessionId: this.sessionId,
      link: linkMethodOf(record, customCode),
      listener: {
        onEvent: (event) => {
          this.exclusively(() => this.handle(connection, event)).catch((error: unknown) => {
            this.log.error({ err: error, event: event.type }, 'a change of the connection was not handled');
          });
        },
        onReceipts: (receipts) => this.parts.listener.onReceipts(this.sessionId, receipts),
        onRetry: (request) => this.parts.listener.onRetry(this.sessionId, request),
        onAddressPairs: (pairs) => this.parts.listener.onAddressPairs(this.sessionId, pairs),
        onAddressBook: (news) => this.parts.listener.onAddressBook(this.sessionId, news),
      },
    });
    this.connection = connection;
  }

  private async handle(connection: GatewayConnection, event: GatewayEvent): Promise<void> {
    if (connection !== this.connection) return;
    switch (event.type) {
      case 'qr':
        return this.onQr(event.qr, event.expiresAt);
      case 'pairing-code':
        return this.onPairingCode(event);
      case 'paired':
        this.codes.clear();
        this.log.info('account linked');
        await this.apply('paired', accountColumns(event.account));
        return;
      case 'open':
        return this.onOpen(event.account);
      case 'account-changed':
        await this.change(accountColumns(event.account));
        return;
      case 'closed':
        this.forgetConnection();
        this.log.info({ code: event.code, reason: event.reason, action: event.action }, 'connection closed');
        return this.onClosed(event);
    }
  }

  private async onQr(qr: string, expiresAt: Date): Promise<void> {
    const { bus, clock } = this.parts;
    const qrCode = await toDataURL(qr, { margin: 2, width: 320 });
    await this.apply('qr_shown');
    this.codes.showQr({ qr, qrCode, expiresAt, lifeMs: expiresAt.getTime() - clock.now().getTime() });
    const { organizationId, sessionId } = this;
    const payload = { sessionId, qrCode, expiresAt: expiresAt.toISOString() };
    bus.publish({ name: 'qr-code', organizationId, sessionId, payload });
  }

  private async onPairingCode({ pairingCode, phoneNumber, expiresAt }: ShownPairingCode): Promise<void> {
    await this.apply('code_shown');
    this.codes.showPairingCode({ pairingCode, phoneNumber, expiresAt });
    const { organizationId, sessionId } = this;
    const payload = { sessionId, pairingCode, phoneNumber, expiresAt: expiresAt.toISOString() };
    this.parts.bus.publish({ name: 'pairing-code', organizationId, sessionId, payload });
  }

  private async onOpen(account: AccountIdentity): Promise<void> {
    this.codes.clear();
    this.openedAtMs = performance.now();
    this.immediateReconnects = 0;
    // Before the event, which others take as the sign to use the connection.
    this.isUsable = true;
    this.log.info('account connected');
    const lastConnectedAt = this.parts.clock.now();
    await this.apply('opened', { ...accountColumns(account), lastError: null, nextRetryAt: null, lastConnectedAt });
  }

  private async onClosed(event: Closed): Promise<void> {
    const now = this.parts.clock.now();
    const lastError = { code: event.code, message: event.message, at: now.toISOString() };
    switch (event.action) {
      case 'reconnect_now':
        this.immediateReconnects += 1;
        if (this.immediateReconnects > maxImmediateReconnects) return this.retryLater(lastError, null);
        return this.dial(await this.record());
      case 'reconnect_few':
        if (this.attempts >= fewAttempts) return this.giveUp(lastError);
        return this.retryLater(lastError, null);
      case 'reconnect':
      case 'pause':
        return this.retryLater(lastError, event.retryAfterMs);
      case 'stop':
      case 'link_expired':
        return this.giveUp(lastError);
      case 'unlink':
        await this.parts.gateway.forget(this.sessionId);
        await this.apply('unlinked', {
          ...noAccount,
          desiredState: 'stopped',
          lastError,
          nextRetryAt: null,
          node: null,
        });
    }
  }

  private async giveUp(lastError: SessionRecord['lastError']): Promise<void> {
    this.log.warn({ code: lastError?.code }, 'session stopped until somebody starts it');
    await this.apply('gave_up', { desiredState: 'stopped', lastError, nextRetryAt: null, node: null });
  }

  private async retryLater(lastError: SessionRecord['lastError'], retryAfterMs: number | null): Promise<void> {
    if (this.openedAtMs > 0 && performance.now() - this.openedAtMs >= steadyAfterMs) this.attempts = 0;
    this.openedAtMs = 0;
    this.attempts += 1;
    const pauseMs = retryAfterMs ?? pauseBeforeAttempt(this.attempts);
    const nextRetryAt = new Date(this.parts.clock.now().getTime() + pauseMs);
    const record = await this.apply('lost', { lastError, nextRetryAt });
    if (record === undefined || this.isShutDown) return;
    this.retryTimer = setTimeout(() => {
      this.exclusively(async () => {
        if (this.connection === undefined && !this.isShutDown) await this.dial(await this.record());
      }).catch((error: unknown) => {
        this.log.error({ err: error }, 'a reconnect failed');
      });
    }, pauseMs);
    this.retryTimer.unref();
  }

  private async disconnect(): Promise<void> {
    const { connection } = this;
    this.forgetConnection();
    this.codes.clear();
    await connection?.close();
  }

  private forgetConnection(): void {
    clearTimeout(this.retryTimer);
    this.connection = undefined;
    this.isUsable = false;
  }

  /** Moves the stored session on and tells of it. Undefined, and nothing changed, where the event means nothing. */
  private apply(event: SessionEvent, changes: Partial<SessionRecord> = {}): Promise<SessionRecord | undefined> {
    return this.parts.unitOfWork.run(async (tx) => {
      const current = await this.parts.store.find(this.sessionId, tx);
      const state = current && nextState(current.state, event);
      if (current === undefined || state === undefined) return undefined;
      if (state === current.state && Object.keys(changes).length === 0) return current;
      const now = this.parts.clock.now();
      const times = { updatedAt: now, lastActivityAt: now };
      const updated = await this.parts.store.update(tx, this.sessionId, { ...changes, ...times, state });
      if (updated) tx.emit(connectionStatusEvent(updated));
      return updated;
    });
  }

  private async change(changes: Partial<SessionRecord>): Promise<void> {
    await this.parts.unitOfWork.run(async (tx) => {
      const updatedAt = this.parts.clock.now();
      const updated = await this.parts.store.update(tx, this.sessionId, { ...changes, updatedAt });
      if (updated) tx.emit(connectionStatusEvent(updated));
    });
  }
}

const noAccount = { jid: null, lid: null, deviceId: null, pushName: null };

function accountColumns({ jid, lid, deviceId, pushName }: AccountIdentity): Partial<SessionRecord> {
  return { jid, lid, deviceId, pushName };
}

function linkMethodOf(record: SessionRecord, customCode: string | undefined): LinkMethod {
  if (record.authMethod === 'qrcode' || record.phoneNumber === null) return { method: 'qrcode' };
  return { method: 'pairing', phoneNumber: record.phoneNumber, customCode };
}
