import { AppError, notFound, validationError } from '../lib/app-error.js';
import type { Logger } from '../lib/logger.js';
import { NoLongerOursError } from '../lib/owner-process.js';
import type { AccountIdentity, GatewayConnection, GatewayEvent } from '../whatsapp/gateway.js';
import { LinkingCodes, type ShownPairingCode, type ShownQr } from './linking-codes.js';
import type { SessionRecord } from './session.js';
import { Reconnects } from './reconnects.js';
import { Retries } from './retries.js';
import type { RunnerParts } from './runner-parts.js';
import {
  accountColumns,
  brokenLink,
  linkMethodOf,
  nobody,
  unconfirmedLogout,
  unlinkedColumns,
} from './session-account.js';
import { SessionChanges } from './session-changes.js';
import { SessionHealthRecord } from './session-health.js';
import { isRunning } from './session-states.js';
import { ShowCodes } from './show-codes.js';
import type { StartTurn } from './start-limiter.js';
import { unlinkDevice } from './unlink-device.js';

type Closed = Extract<GatewayEvent, { type: 'closed' }>;

const pairingCodeWaitMs = 40_000;
const qrWaitMs = 20_000;

/** Runs one session: its socket, its codes, its reconnects. Everything it learns is stored before it is told. */
export class SessionRunner {
  readonly codes: LinkingCodes;
  readonly health = new SessionHealthRecord();
  private readonly log: Logger;
  private readonly changes: SessionChanges;
  private turn: StartTurn | undefined;
  private connection: GatewayConnection | undefined;
  private isUsable = false;
  /** Whether the connection was opened with credentials; without them it links. */
  private isLogin = false;
  /** Linked on a connection of this process, and not seen to work since. */
  private isLinkFresh = false;
  private readonly reconnects: Reconnects;
  private readonly show: ShowCodes;
  private readonly retries = new Retries(this.inBackground.bind(this), () => this.isShutDown);
  private isShutDown = false;

  constructor(
    private readonly parts: RunnerParts,
    readonly sessionId: string,
    readonly organizationId: string,
  ) {
    this.changes = new SessionChanges(parts, sessionId);
    this.codes = new LinkingCodes(parts.clock);
    this.reconnects = new Reconnects(parts.pauses);
    this.show = new ShowCodes({ ...parts, changes: this.changes, codes: this.codes, sessionId, organizationId });
    this.log = parts.logger.child({ sessionId });
  }

  /** The connection while the account is connected. */
  get usableConnection(): GatewayConnection | undefined {
    return this.isUsable ? this.connection : undefined;
  }

  /** It should connect, and others are on their way before it. */
  get waitsForTurn(): boolean {
    return this.turn !== undefined && this.connection === undefined;
  }

  /** Already running is success. */
  start(): Promise<void> {
    return this.exclusively(async () => {
      if (this.connection === undefined && this.turn === undefined) await this.begin();
    });
  }

  /** Keeps the pairing. Already stopped is success. */
  stop(): Promise<void> {
    return this.exclusively(async () => {
      this.codes.end(new AppError('conflict', 'The session was stopped. Start it to get a code.'));
      await this.disconnect();
      await this.changes.apply('stop', { desiredState: 'stopped', nextRetryAt: null, node: null });
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
      await this.refuseLinked('The account is linked already.');
      if (number === null) throw validationError('phoneNumber', 'Give the phone number of the account.');
      await this.disconnect();
      await this.begin({ authMethod: 'pairing', phoneNumber: number }, customCode);
    });
    const silence = 'WhatsApp did not accept the request for a pairing code.';
    return this.codeOr(silence, () => this.codes.pairingCode, pairingCodeWaitMs);
  }

  /** Starts linking anew, so that the QR code lives as long as WhatsApp allows. Throws as {@link requestPairingCode} does. */
  async requestQr(): Promise<ShownQr> {
    await this.exclusively(async () => {
      await this.refuseLinked('The account is linked already.');
      await this.disconnect();
      await this.begin({ authMethod: 'qrcode' });
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
      const { authMethod, state } = await this.record();
      if (authMethod === 'pairing' && isRunning(state)) {
        await this.disconnect();
        await this.begin({ phoneNumber });
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
      const confirmed = await this.unlinkDevice();
      if (confirmed === null && (await this.record()).state === 'logged_out') return;
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
      this.codes.end(this.gone());
      const confirmed = await this.unlinkDevice();
      await deleteRecord();
      return confirmed;
    });
  }

  /** Ends the socket and leaves the stored session as it is, for the next process. */
  shutDown(): Promise<void> {
    this.isShutDown = true;
    this.retries.cancel();
    this.codes.end(new AppError('unavailable', 'The server is stopping.'));
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

  private async refuseLinked(inWords: string): Promise<void> {
    if (await this.parts.gateway.isLinked(this.sessionId)) throw new AppError('conflict', inWords);
  }

  /** Throws `whatsapp_error` with why there is no code, or with `silence` when none came in time. */
  private async codeOr<T extends object>(silence: string, read: () => T | undefined, waitMs: number): Promise<T> {
    const code = await this.codes.waitFor(() => read() ?? this.codes.failure, waitMs);
    if (code === undefined || typeof code === 'string') throw new AppError('whatsapp_error', code ?? silence);
    return code;
  }

  private async record(): Promise<SessionRecord> {
    const record = await this.parts.store.find(this.sessionId);
    if (record === undefined) throw this.gone();
    return record;
  }

  private gone(): AppError {
    return notFound(`The session "${this.sessionId}"`);
  }

  private async unlinkDevice(): Promise<boolean | null> {
    if (this.isShutDown) throw new AppError('unavailable', 'The server is stopping.');
    const { usableConnection } = this;
    if (usableConnection === undefined) await this.disconnect();
    else this.forgetConnection();
    this.codes.clear();
    const confirmed = await unlinkDevice(this.parts, this.sessionId, usableConnection);
    if (confirmed === false)
      this.log.warn('WhatsApp did not confirm the unlinking; the phone may still list the device');
    else if (confirmed) this.log.info('device unlinked');
    return confirmed;
  }

  private async begin(changes: Partial<SessionRecord> = {}, customCode?: string): Promise<void> {
    if (this.isShutDown) throw new AppError('unavailable', 'The server is stopping.');
    this.retries.cancel();
    this.reconnects.begin();
    const { node } = this.parts;
    const started = { desiredState: 'started', lastError: null, nextRetryAt: null, node } as const;
    const record = await this.changes.apply('start', { ...changes, ...started });
    if (record === undefined) throw this.gone();
    this.codes.begin();
    await this.dial({ customCode });
  }

  /** Connects when it is this session's turn; `atOnce` for what WhatsApp waits for, such as the restart after linking. */
  private async dial({
    customCode,
    atOnce = false,
  }: { customCode?: string | undefined; atOnce?: boolean } = {}): Promise<void> {
    if (this.isShutDown) return;
    this.codes.clear();
    // Credentials that cannot be read are the connection's to report.
    this.isLogin = await this.parts.gateway.isLinked(this.sessionId).catch(() => true);
    if (this.isLogin) await this.changes.apply('dial');
    if (atOnce) return this.open(customCode);
    this.turn?.release();
    const turn: StartTurn = this.parts.starts.request(() => {
      this.inBackground('a connection could not be opened', async () => {
        if (this.turn !== turn || this.isShutDown) return;
        try {
          await this.open(customCode);
        } catch (error) {
          this.endTurn();
          if (!this.retries.willDo(() => this.redial(), error)) throw error;
        }
      });
    });
    this.turn = turn;
  }

  private async open(customCode?: string): Promise<void> {
    const record = await this.record();
    // It may have waited long for its turn, and would replace the connection of the next owner.
    await this.changes.refuseElsewhere();
    const connection = this.parts.gateway.open({
      sessionId: this.sessionId,
      link: linkMethodOf(record, customCode),
      listener: {
        onEvent: (event) => {
          this.inBackground(`the event ${event.type} was not handled`, () => this.handle(connection, event));
        },
        onReceipts: (receipts) => this.parts.listener.onReceipts(this.sessionId, receipts),
        onRetry: (request) => this.parts.listener.onRetry(this.sessionId, request),
        onAddressPairs: (pairs) => this.parts.listener.onAddressPairs(this.sessionId, pairs),
        onAddressBook: (news) => this.parts.listener.onAddressBook(this.sessionId, news),
      },
    });
    this.connection = connection;
    this.health.follow(connection);
  }

  private inBackground(failure: string, work: () => Promise<void>): void {
    this.exclusively(work).catch((error: unknown) => {
      if (error instanceof NoLongerOursError) this.log.warn('left alone: another process has the session by now');
      else this.log.error({ err: error }, failure);
    });
  }

  private async handle(connection: GatewayConnection, event: GatewayEvent): Promise<void> {
    if (connection !== this.connection) return;
    switch (event.type) {
      case 'qr':
        this.endTurn();
        return this.show.qr(event.qr, event.expiresAt);
      case 'pairing-code':
        this.endTurn();
        return this.show.pairingCode(event);
      case 'paired':
        this.codes.clear();
        this.isLinkFresh = true;
        this.log.info('account linked');
        await this.changes.apply('paired', accountColumns(event.account));
        return;
      case 'open':
        this.endTurn();
        this.health.opened();
        return this.onOpen(event.account);
      case 'account-changed':
        await this.changes.change(accountColumns(event.account));
        return;
      case 'closed':
        this.forgetConnection();
        this.log.info({ code: event.code, reason: event.reason, action: event.action }, 'connection closed');
        return this.retries.do(() => this.onClosed(event));
    }
  }

  private async onOpen(account: AccountIdentity): Promise<void> {
    this.codes.clear();
    this.reconnects.opened();
    this.isLinkFresh = false;
    // Before the event, which others take as the sign to use the connection.
    this.isUsable = true;
    this.log.info('account connected');
    const lastConnectedAt = this.parts.clock.now();
    const opened = { ...accountColumns(account), lastError: null, nextRetryAt: null, lastConnectedAt };
    await this.retries.do(() => this.changes.apply('opened', opened));
  }

  private async onClosed(event: Closed): Promise<void> {
    const now = this.parts.clock.now();
    const lastError = { code: event.code, message: event.message, remedy: event.remedy, at: now.toISOString() };
    switch (event.action) {
      case 'reconnect_now':
        return this.reconnects.takeAtOnce() ? this.dial({ atOnce: true }) : this.retryLater(lastError, null);
      case 'reconnect_few':
        return this.reconnects.isLasting ? this.giveUp(lastError) : this.retryLater(lastError, null);
      case 'reconnect':
      case 'pause':
        return this.retryLater(lastError, event.retryAfterMs);
      case 'stop':
      case 'link_expired':
        return this.giveUp(lastError);
      case 'unlink':
        await this.parts.gateway.forget(this.sessionId);
        if (await this.neverWorked()) return this.linkAnew(now);
        await this.changes.apply('unlinked', { ...unlinkedColumns, lastError });
    }
  }

  /**
   * Whether these credentials never were those of a linked device: something broke off after the phone had sent them and
   * before WhatsApp had our confirmation, such as the death of the process. The phone then says that it could not link.
   */
  private async neverWorked(): Promise<boolean> {
    if (!this.isLogin) return false;
    const { jid, lastConnectedAt } = await this.record();
    return this.isLinkFresh || jid === null || lastConnectedAt === null;
  }

  private async linkAnew(now: Date): Promise<void> {
    this.log.warn('the link was not completed; it begins anew');
    await this.changes.apply('start', { ...nobody, lastError: { ...brokenLink, at: now.toISOString() } });
    await this.dial();
  }

  private async giveUp(lastError: SessionRecord['lastError']): Promise<void> {
    this.log.warn({ code: lastError?.code }, 'session stopped until somebody starts it');
    await this.changes.apply('gave_up', { desiredState: 'stopped', lastError, nextRetryAt: null, node: null });
    this.codes.fail(lastError?.message ?? 'The session gave up.');
  }

  private async retryLater(lastError: SessionRecord['lastError'], retryAfterMs: number | null): Promise<void> {
    const usualPauseMs = this.reconnects.pauseMs();
    const pauseMs = retryAfterMs ?? usualPauseMs;
    const nextRetryAt = new Date(this.parts.clock.now().getTime() + pauseMs);
    const record = await this.changes.apply('lost', { lastError, nextRetryAt });
    if (record === undefined || this.isShutDown) return;
    this.retries.after(pauseMs, 'a reconnect failed', () => this.redial());
  }

  private async redial(): Promise<void> {
    if (this.connection === undefined && this.turn === undefined) await this.dial();
  }

  private async disconnect(): Promise<void> {
    const { connection } = this;
    this.forgetConnection();
    this.codes.clear();
    await connection?.close();
  }

  private forgetConnection(): void {
    this.retries.cancel();
    this.endTurn();
    this.connection = undefined;
    this.isUsable = false;
    this.health.leave();
  }

  private endTurn(): void {
    this.turn?.release();
    this.turn = undefined;
  }
}
