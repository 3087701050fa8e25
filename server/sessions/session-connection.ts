import { AppError } from '../lib/app-error.js';
import type { Logger } from '../lib/logger.js';
import { NoLongerOursError } from '../lib/owner-process.js';
import type { AccountIdentity, GatewayConnection, GatewayEvent } from '../whatsapp/gateway.js';
import type { LinkingCodes } from './linking-codes.js';
import { noSession, type SessionRecord } from './session.js';
import { Reconnects } from './reconnects.js';
import { Retries } from './retries.js';
import type { RunnerParts } from './runner-parts.js';
import { accountColumns, brokenLink, linkMethodOf, nobody, unlinkedColumns } from './session-account.js';
import type { SessionChanges } from './session-changes.js';
import type { SessionHealthRecord } from './session-health.js';
import { ShowCodes } from './show-codes.js';
import type { StartTurn } from './start-limiter.js';
import { unlinkDevice } from './unlink-device.js';

type Closed = Extract<GatewayEvent, { type: 'closed' }>;

export interface SessionConnectionParts extends RunnerParts {
  sessionId: string;
  organizationId: string;
  changes: SessionChanges;
  codes: LinkingCodes;
  health: SessionHealthRecord;
}

/**
 * The way of one session to WhatsApp: it waits for its turn, is opened, tells what happens, is lost and made again. Whoever calls
 * holds the session's lock.
 */
export class SessionConnection {
  private turn: StartTurn | undefined;
  private current: GatewayConnection | undefined;
  private isUsable = false;
  /** Whether the connection was opened with credentials; without them it links. */
  private isLogin = false;
  /** Linked on a connection of this process, and not seen to work since. */
  private isLinkFresh = false;
  private readonly sessionId: string;
  private readonly changes: SessionChanges;
  private readonly codes: LinkingCodes;
  private readonly log: Logger;
  private readonly reconnects: Reconnects;
  private readonly show: ShowCodes;
  private readonly retries = new Retries(this.inBackground.bind(this), () => this.isShutDown);
  private isShutDown = false;

  constructor(private readonly parts: SessionConnectionParts) {
    this.sessionId = parts.sessionId;
    this.changes = parts.changes;
    this.codes = parts.codes;
    this.log = parts.logger;
    this.reconnects = new Reconnects(parts.pauses);
    this.show = new ShowCodes(parts);
  }

  /** The connection while the account is connected. */
  get usable(): GatewayConnection | undefined {
    return this.isUsable ? this.current : undefined;
  }

  /** There is a socket, or there will be one. */
  get isUnderWay(): boolean {
    return this.current !== undefined || this.turn !== undefined;
  }

  /** It should connect, and others are on their way before it. */
  get waitsForTurn(): boolean {
    return this.turn !== undefined && this.current === undefined;
  }

  /** Somebody wants the account to connect: what is stored of it changes, and what went wrong before does not count. */
  async begin(changes: Partial<SessionRecord> = {}, customCode?: string): Promise<void> {
    if (this.isShutDown) throw new AppError('unavailable', 'The server is stopping.');
    this.retries.cancel();
    this.reconnects.begin();
    const { node } = this.parts;
    const started = { desiredState: 'started', lastError: null, nextRetryAt: null, node } as const;
    const record = await this.changes.apply('start', { ...changes, ...started });
    if (record === undefined) throw noSession(this.sessionId);
    this.codes.begin();
    await this.dial({ customCode });
  }

  /**
   * Unlinks the device as far as it can be reached, and deletes the credentials. Tells whether WhatsApp confirmed it; null when none
   * was linked.
   */
  async unlink(): Promise<boolean | null> {
    if (this.isShutDown) throw new AppError('unavailable', 'The server is stopping.');
    const { usable } = this;
    if (usable === undefined) await this.disconnect();
    else this.forget();
    this.codes.clear();
    const confirmed = await unlinkDevice(this.parts, this.sessionId, usable);
    if (confirmed === false)
      this.log.warn('WhatsApp did not confirm the unlinking; the phone may still list the device');
    else if (confirmed) this.log.info('device unlinked');
    return confirmed;
  }

  /** Closes the socket and makes no other. */
  async disconnect(): Promise<void> {
    const { current } = this;
    this.forget();
    this.codes.clear();
    await current?.close();
  }

  /** From now on nothing connects any more. */
  shutDown(): void {
    this.isShutDown = true;
    this.retries.cancel();
  }

  /** Closes the socket without waiting for the session's lock. */
  cut(): void {
    void this.current?.close();
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
    const record = await this.parts.store.get(this.sessionId);
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
        onReplies: (news) => this.parts.listener.onReplies(this.sessionId, news),
        onRetry: (request) => this.parts.listener.onRetry(this.sessionId, request),
        onAddressPairs: (pairs) => this.parts.listener.onAddressPairs(this.sessionId, pairs),
        onAddressBook: (news) => this.parts.listener.onAddressBook(this.sessionId, news),
      },
    });
    this.current = connection;
    this.parts.health.follow(connection);
  }

  private inBackground(failure: string, work: () => Promise<void>): void {
    this.parts.lock.run(this.sessionId, work).catch((error: unknown) => {
      if (error instanceof NoLongerOursError) this.log.warn('left alone: another process has the session by now');
      else this.log.error({ err: error }, failure);
    });
  }

  private async handle(connection: GatewayConnection, event: GatewayEvent): Promise<void> {
    if (connection !== this.current) return;
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
        this.parts.health.opened();
        return this.onOpen(event.account);
      case 'account-changed':
        await this.changes.change(accountColumns(event.account));
        return;
      case 'closed':
        this.forget();
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
        return this.reconnects.mayReconnectAtOnce() ? this.dial({ atOnce: true }) : this.retryLater(lastError, null);
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
    const { jid, lastConnectedAt } = await this.parts.store.get(this.sessionId);
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
    if (!this.isUnderWay) await this.dial();
  }

  private forget(): void {
    this.retries.cancel();
    this.endTurn();
    this.current = undefined;
    this.isUsable = false;
    this.parts.health.leave();
  }

  private endTurn(): void {
    this.turn?.release();
    this.turn = undefined;
  }
}
