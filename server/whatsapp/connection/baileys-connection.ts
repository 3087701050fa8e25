import type { Agent } from 'node:https';
import { isDeepStrictEqual } from 'node:util';
import {
  type BinaryNode,
  type ConnectionState,
  configureSuccessfulPairing,
  getBinaryNodeChild,
  getBinaryNodeChildren,
  type WASocket,
} from '@whiskeysockets/baileys';
import { AppError } from '../../lib/app-error.js';
import { troubleBehind } from '../../lib/database-trouble.js';
import { withDeadline } from '../../lib/deadline.js';
import type { Logger } from '../../lib/logger.js';
import { accountOf } from '../credentials/account-identity.js';
import { isLinkedCredentials, openAuthState } from '../credentials/auth-state.js';
import { UnreadableCredentialsError } from '../credentials/auth-store.js';
import { type CloseCause, causeDuringLastCode, causeOfError, closedEvent } from './close-facts.js';
import type { ConnectionParts } from './connection-parts.js';
import { type DisconnectRule, newVersion, passkeyGate, stuck } from './disconnect-table.js';
import type {
  AccountIdentity,
  ConnectionHealth,
  FoundNumber,
  GatewayConnection,
  GatewayEvent,
  NumberCheck,
  OpenRequest,
  PublishOutcome,
  PublishRequest,
  ResyncOutcome,
  RevokeRequest,
} from '../gateway.js';
import { PairingRefusedError, askForPairingCode, removeDevice } from './linking-requests.js';
import { findAndTell } from '../address-book/number-directory.js';
import { createMediaAgent } from './socket-config.js';
import { guardListeners } from '../baileys/socket-guards.js';
import { knowingThePhonesList, notConnected } from './phones-list.js';
import { SocketHealth } from './socket-health.js';
import { startWire, type Wire } from './start-wire.js';

const saveAgainMs = 5_000;
const firstQrMs = 60_000;
const laterQrMs = 20_000;

/** One socket from its beginning to its end. Never reused: after `closed` a new one is opened. */
export class BaileysConnection implements GatewayConnection {
  readonly sessionId: string;
  private readonly log: Logger;
  private readonly mediaAgent: Agent;
  private readonly ended = new AbortController();
  private readonly opening: Promise<void>;
  private wire: Wire | undefined;
  private finishing: Promise<void> | undefined;
  private watchdog: NodeJS.Timeout | undefined;
  private checking: NodeJS.Timeout | undefined;
  private readonly vitals: SocketHealth;
  private silent = false;
  private isOpen = false;
  private qrCount = 0;
  private qrTotal = 0;
  private linkEndsAt: Date | undefined;
  private lastLid: string | undefined;
  private toldAccount: AccountIdentity | undefined;

  constructor(
    private readonly parts: ConnectionParts,
    private readonly request: OpenRequest,
  ) {
    this.sessionId = request.sessionId;
    this.log = parts.logger.child({ sessionId: request.sessionId });
    this.vitals = new SocketHealth(parts.clock, parts.stuckLimits);
    this.mediaAgent = createMediaAgent(parts.mediaCa);
    this.opening = this.begin().catch((error: unknown) => this.onBeginFailure(error));
  }

  async requestPairingCode(
    phoneNumber: string,
    customCode?: string,
  ): Promise<{ pairingCode: string; expiresAt: Date }> {
    const { wire, linkEndsAt } = this;
    if (
      wire === undefined ||
      linkEndsAt === undefined ||
      this.ended.signal.aborted ||
      isLinkedCredentials(wire.auth.creds)
    ) {
      throw new AppError(
        'not_connected',
        'WhatsApp is not waiting for a link right now. Start the session and try again.',
      );
    }
    const pairingCode = await askForPairingCode(wire.socket, phoneNumber, customCode);
    this.emit({ type: 'pairing-code', pairingCode, phoneNumber, expiresAt: linkEndsAt });
    return { pairingCode, expiresAt: linkEndsAt };
  }

  async publishStatus(request: PublishRequest): Promise<PublishOutcome> {
    const { publisher, addressBook, account } = this.openWire();
    return this.noted(await publisher.publish(knowingThePhonesList(request, addressBook, this.ended.signal), account));
  }

  async sendPrivately(...[person, letter]: Parameters<GatewayConnection['sendPrivately']>) {
    const { letters, account } = this.openWire();
    return this.noted(await letters.send(person, letter, account));
  }

  async markRead(...[person, messageId]: Parameters<GatewayConnection['markRead']>): Promise<void> {
    const { letters, account } = this.openWire();
    await letters.markRead(person, messageId, account);
  }

  async fetchFile(...of: Parameters<GatewayConnection['fetchFile']>) {
    return this.openWire().files.fetch(...of);
  }

  health(): ConnectionHealth {
    return this.vitals.read();
  }

  async revokeStatus(request: RevokeRequest): Promise<PublishOutcome> {
    const { publisher, account } = this.openWire();
    return publisher.revoke(request, account);
  }

  async checkNumber(phoneNumber: string): Promise<NumberCheck> {
    return this.openWire().addressBook.checkNumber(phoneNumber);
  }

  async findNumbers(phoneNumbers: readonly string[]): Promise<ReadonlyMap<string, FoundNumber> | undefined> {
    const { numbers } = this.openWire();
    return findAndTell(numbers, phoneNumbers, { listener: this.request.listener, logger: this.log });
  }

  async resyncAddressBook(): Promise<ResyncOutcome> {
    return this.openWire().addressBook.resync();
  }

  async logout(): Promise<{ confirmed: boolean }> {
    this.silent = true;
    const confirmed = await this.removeDevice();
    await this.close();
    await this.parts.authStore.wipe(this.sessionId);
    await this.parts.publishing.forms.forget(this.sessionId);
    return { confirmed };
  }

  async close(): Promise<void> {
    this.silent = true;
    await this.finish({ code: null, reason: 'closed on request' });
  }

  private openWire(): Wire & { account: AccountIdentity } {
    if (this.wire === undefined || !this.isOpen || this.ended.signal.aborted) throw notConnected();
    const account = accountOf(this.wire.auth.creds);
    if (account === undefined) throw notConnected();
    return { ...this.wire, account };
  }

  /** A connection that answers nothing is replaced. */
  private noted<T extends { result: string; connectionLost?: boolean }>(outcome: T): T {
    const missed = outcome.result === 'unconfirmed' && outcome.connectionLost !== true;
    if (missed) this.vitals.onPost('unanswered');
    else if (outcome.result !== 'not_sent') this.vitals.onPost('answered');
    return outcome;
  }

  private async begin(): Promise<void> {
    const { parts, request, mediaAgent, log: logger } = this;
    const auth = await openAuthState(parts.authStore, parts.keyCache, this.sessionId);
    const version = await parts.versions.current();
    if (this.ended.signal.aborted) return;
    this.wire = startWire({
      parts,
      request,
      auth,
      version,
      mediaAgent,
      logger,
      vitals: this.vitals,
      ended: this.ended.signal,
      renew: (reason) => void this.finish({ code: null, reason, rule: stuck }),
    });
    this.lastLid = auth.creds.me?.lid;
    this.listen(this.wire);
    this.watch('no word from WhatsApp', parts.timeouts.firstWordMs);
  }

  private onBeginFailure(error: unknown): void {
    const unreadable = error instanceof UnreadableCredentialsError;
    this.log.error(
      { err: error },
      unreadable ? 'stored credentials cannot be read' : 'a connection could not be opened',
    );
    const rule: DisconnectRule = unreadable
      ? { action: 'stop', what: error.message, remedy: null }
      : { action: 'reconnect', what: 'The connection could not be set up; the log says why.', remedy: null };
    void this.finish({ code: null, reason: rule.what, rule });
  }

  private listen(wire: Wire): void {
    const { socket } = wire;
    const { ws, ev } = socket;
    ws.on('frame', (frame: BinaryNode | Uint8Array) => {
      if (frame instanceof Uint8Array) return;
      this.vitals.onStanza(frame);
      this.parts.watch?.(frame);
    });
    ws.removeAllListeners('CB:iq,,pair-success');
    this.onStanza(ws, 'CB:iq,,pair-success', (node) => this.onPairSuccess(wire, node));
    ws.on('CB:iq,type:set,pair-device', (node: BinaryNode) => this.onPairDevice(node));
    ws.on('CB:success', () => this.watch('no open connection after the login', this.parts.timeouts.openMs));
    for (const type of ['passkey_prologue_request', 'crsc_continuation']) {
      ws.on(`CB:notification,type:${type}`, () => this.onPasskeyDemand(wire, type));
    }
    // With a listener on this event, which Baileys has, the WebSocket library leaves the rest to us.
    ws.on('unexpected-response', (_request: unknown, response: { statusCode?: number }) => {
      void this.finish({ code: 503, reason: `HTTP ${String(response.statusCode)} instead of a WebSocket` });
    });
    guardListeners(ws, (event, error) => this.onListenerFailure(event, error));
    ev.on('connection.update', (update) => this.onConnectionUpdate(wire, update));
    ev.on('creds.update', () => this.onCredsUpdate(wire));
  }

  private onStanza(ws: WASocket['ws'], event: string, handle: (node: BinaryNode) => Promise<void>): void {
    ws.on(event, (node: BinaryNode) => {
      handle(node).catch((error: unknown) => this.onListenerFailure(event, error));
    });
  }

  private onListenerFailure(event: string, error: unknown): void {
    this.log.debug({ err: error, event }, 'a stanza could not be handled');
    // After a frame that does not decrypt or decode, the cipher's counter is off: nothing more can be read.
    if (event === 'message') void this.finish({ code: 500, reason: 'a frame could not be read' });
    if (event === 'CB:iq,,pair-success') void this.finish({ code: 500, reason: 'pairing could not be completed' });
  }

  private onConnectionUpdate(wire: Wire, update: Partial<ConnectionState>): void {
    if (update.qr !== undefined) this.onQr(update.qr);
    if (update.connection === 'open') this.onOpen(wire);
    if (update.connection !== 'close') return;
    const cause = causeOfError(update.lastDisconnect?.error);
    void this.finish(this.qrCount > 0 && this.qrCount === this.qrTotal ? causeDuringLastCode(cause) : cause);
  }

  private onPairDevice(node: BinaryNode): void {
    clearTimeout(this.watchdog);
    const refs = getBinaryNodeChildren(getBinaryNodeChild(node, 'pair-device'), 'ref').length;
    this.qrTotal = refs;
    this.linkEndsAt = new Date(this.parts.clock.now().getTime() + firstQrMs + Math.max(0, refs - 1) * laterQrMs);
  }

  private onPasskeyDemand({ auth }: Wire, type: string): void {
    if (!isLinkedCredentials(auth.creds)) void this.finish({ code: null, reason: type, rule: passkeyGate });
  }

  private onQr(qr: string): void {
    this.qrCount += 1;
    const { link } = this.request;
    if (link.method === 'qrcode') {
      const lifeMs = this.qrCount === 1 ? firstQrMs : laterQrMs;
      this.emit({ type: 'qr', qr, expiresAt: new Date(this.parts.clock.now().getTime() + lifeMs) });
    } else if (this.qrCount === 1) {
      // The first QR code is the sign that WhatsApp is ready to be asked for a pairing code.
      this.requestPairingCode(link.phoneNumber, link.customCode).catch((error: unknown) => {
        const reason = `no pairing code: ${error instanceof Error ? error.message : 'failed'}`;
        const refused = error instanceof PairingRefusedError ? { rule: error.rule } : {};
        void this.finish({ code: null, reason, ...refused });
      });
    }
  }

  /** In place of Baileys' own handler, which answers WhatsApp before anything is saved. */
  private async onPairSuccess({ socket, auth, addressBook }: Wire, node: BinaryNode): Promise<void> {
    socket.updateServerTimeOffset(node);
    const { reply, creds } = configureSuccessfulPairing(node, auth.creds);
    socket.ev.emit('creds.update', creds);
    await auth.saveCredentials();
    const account = accountOf(auth.creds);
    if (account) await addressBook.onLinked(account.phoneNumber);
    await socket.sendNode(reply);
    if (account) this.emit({ type: 'paired', account });
  }

  private onOpen({ auth, addressBook }: Wire): void {
    clearTimeout(this.watchdog);
    this.isOpen = true;
    this.checking = setInterval(() => this.checkVitals(), this.parts.timeouts.checkMs);
    this.checking.unref();
    const account = accountOf(auth.creds);
    if (account) {
      this.toldAccount = account;
      this.emit({ type: 'open', account });
      void addressBook.readSettings();
    } else void this.finish({ code: 500, reason: 'open without an account' });
  }

  private onCredsUpdate({ auth }: Wire): void {
    // A login that names no LID makes Baileys forget ours; posts would then mix both forms of address.
    const { me } = auth.creds;
    if (me?.lid !== undefined) this.lastLid = me.lid;
    else if (me !== undefined && this.lastLid !== undefined) me.lid = this.lastLid;
    this.saveCredentials(auth);
    const account = accountOf(auth.creds);
    if (account === undefined || !this.isOpen || isDeepStrictEqual(account, this.toldAccount)) return;
    this.toldAccount = account;
    this.emit({ type: 'account-changed', account });
  }

  /** Again when the database did not take them: nobody knows when the next change comes that would bring them along. */
  private saveCredentials(auth: Wire['auth']): void {
    auth.saveCredentials().catch((error: unknown) => {
      if (this.ended.signal.aborted) return;
      this.log.error({ err: error }, 'credentials could not be saved');
      if (!troubleBehind(error)) return;
      setTimeout(() => {
        if (!this.ended.signal.aborted) this.saveCredentials(auth);
      }, saveAgainMs).unref();
    });
  }

  private async removeDevice(): Promise<boolean> {
    const { wire } = this;
    const jid = wire?.auth.creds.me?.id;
    if (wire === undefined || jid === undefined || !this.isOpen || this.ended.signal.aborted) return false;
    try {
      await removeDevice(wire.socket, jid, this.parts.timeouts.logoutMs);
      return true;
    } catch (error) {
      this.log.warn({ err: error }, 'WhatsApp did not confirm that the device is unlinked');
      return false;
    }
  }

  private checkVitals(): void {
    const reason = this.vitals.stuckReason();
    if (reason === undefined) return;
    this.log.warn({ reason }, 'an open connection does not work; it is replaced');
    void this.finish({ code: null, reason, rule: stuck });
  }

  private watch(reason: string, timeoutMs: number): void {
    clearTimeout(this.watchdog);
    this.watchdog = setTimeout(() => void this.finish({ code: 408, reason }), timeoutMs);
  }

  private emit(event: GatewayEvent): void {
    if (!this.silent) this.request.listener.onEvent(event);
  }

  private finish(cause: CloseCause): Promise<void> {
    this.finishing ??= this.tearDown(cause);
    return this.finishing;
  }

  private async tearDown(cause: CloseCause): Promise<void> {
    clearTimeout(this.watchdog);
    clearInterval(this.checking);
    this.ended.abort();
    const { wire } = this;
    if (wire === undefined) {
      // `begin` may still be reading credentials; it gives up when it comes back.
      await this.opening;
    } else {
      const closing = Promise.all([
        wire.socket.end(undefined),
        wire.incoming.drain(),
        wire.retries.drain(),
        wire.addressBook.close(),
      ]);
      await withDeadline(closing, this.parts.timeouts.closeMs, 'Closing the socket').catch((error: unknown) => {
        this.log.debug({ err: error }, 'the socket was left behind');
      });
      await wire.auth.close();
    }
    this.mediaAgent.destroy();
    const outdated = cause.code === 405 && wire !== undefined;
    const renewed = outdated && (await this.parts.versions.replaceRefused(wire.version));
    const known = renewed ? { ...cause, rule: newVersion } : cause;
    const event = closedEvent(known, wire !== undefined && isLinkedCredentials(wire.auth.creds));
    this.parts.onGone(this);
    this.emit(event);
  }
}
