import { createHash } from 'node:crypto';
import type { Principal } from '../access/principal.js';
import type {
  ConnectionStatus,
  LinkingCodesView,
  PairingCode,
  QrCode,
  RequestPairingCodeBody,
} from '../contract/sessions.js';
import type { EventBus } from '../events/event-bus.js';
import { AppError } from '../lib/app-error.js';
import { nextMatch } from '../lib/running/next-match.js';
import type { WhatsAppGateway } from '../whatsapp/gateway.js';
import type { LinkingCodes, ActivePairingCode, ActiveQr } from './linking-codes.js';
import type { Ownership } from './ownership.js';
import { type SessionRecord, ownNumberOf } from './session.js';
import type { RunningSessions } from './running-sessions.js';
import { isRunning } from './session-states.js';
import type { SessionsStore } from './sessions-store.js';

export interface LinkingParts {
  store: SessionsStore;
  ownership: Pick<Ownership, 'use' | 'refuseElsewhere'>;
  gateway: Pick<WhatsAppGateway, 'isLinked'>;
  bus: EventBus;
  running: Pick<RunningSessions, 'runnerOf' | 'healthOf'>;
}

/** How long a caller waits, and when it is gone. */
export interface Waiting {
  waitMs: number;
  signal?: AbortSignal;
}

/** How long reading a code waits for one that is on its way. */
const codeWaitMs = 15_000;

/** Of a session that has just been made. */
export const noCodes: LinkingCodesView = {
  pairingCode: null,
  pairingCodeExpiresAt: null,
  qrCode: null,
  qrCodeExpiresAt: null,
};

/** From a session to a linked account: the codes to scan or type, and how the connection stands. */
export class LinkingService {
  constructor(private readonly parts: LinkingParts) {}

  /** Codes only for those who may manage the session: whoever has one can link an account to it. */
  async connectionStatus(principal: Principal, sessionId: string): Promise<ConnectionStatus> {
    const record = await this.parts.store.get(sessionId);
    return {
      sessionId,
      connected: record.state === 'connected',
      state: record.state,
      authMethod: record.authMethod,
      ...this.codesOf(principal, record),
      phoneNumber: record.phoneNumber,
      ownNumber: ownNumberOf(record),
      pushName: record.pushName,
      lastError: record.lastError,
      nextRetryAt: record.nextRetryAt?.toISOString() ?? null,
      health: this.parts.running.healthOf(sessionId),
    };
  }

  /**
   * As {@link connectionStatus}, once it is something else than the caller knows (`known` as {@link tagOf} gave it; without
   * it, than now), or after the time.
   */
  async nextConnectionStatus(
    principal: Principal,
    sessionId: string,
    known: string | undefined,
    { waitMs, signal }: Waiting,
  ): Promise<ConnectionStatus> {
    let status = await this.connectionStatus(principal, sessionId);
    const before = known ?? tagOf(status);
    await nextMatch(
      (wake) =>
        this.parts.bus.subscribe((event) => {
          if (event.sessionId === sessionId) wake();
        }),
      async () => {
        status = await this.connectionStatus(principal, sessionId);
        return tagOf(status) !== before;
      },
      { timeoutMs: waitMs, signal },
    );
    return status;
  }

  /** The codes of a session that has just been started, as soon as there are any, or after the time without. */
  async firstCodes(principal: Principal, sessionId: string, { waitMs, signal }: Waiting): Promise<LinkingCodesView> {
    const record = await this.parts.store.get(sessionId);
    const { codes } = this.parts.running.runnerOf(record);
    if (waitMs > 0) {
      await codes
        .waitFor(() => codes.qr ?? codes.pairingCode ?? codes.failure, waitMs, signal)
        // Somebody ended the session meanwhile; the answer to who made it is that there is no code.
        .catch(() => undefined);
    }
    return this.codesOf(principal, record);
  }

  /** The QR code to scan now; waits a little for one that is on its way. `conflict` when the session shows none. */
  async qr(sessionId: string): Promise<QrCode> {
    return this.publicQr(sessionId, await this.activeCode(sessionId, 'qrcode', (codes) => codes.qr));
  }

  /** A fresh QR code. `conflict` once the account is linked. */
  async requestQr(sessionId: string): Promise<QrCode> {
    const record = await this.parts.store.get(sessionId);
    const code = await this.parts.ownership.use(sessionId, () => this.parts.running.runnerOf(record).requestQr());
    return this.publicQr(sessionId, code);
  }

  /** The code to type now; waits a little for one that is on its way. `conflict` when the session shows none. */
  async pairingCode(sessionId: string): Promise<PairingCode> {
    return publicPairingCode(await this.activeCode(sessionId, 'pairing', (codes) => codes.pairingCode));
  }

  /** A fresh code for this number, or for the one that was given before. `conflict` once the account is linked. */
  async requestPairingCode(
    sessionId: string,
    { phoneNumber, customCode }: RequestPairingCodeBody,
  ): Promise<PairingCode> {
    const record = await this.parts.store.get(sessionId);
    const work = () => this.parts.running.runnerOf(record).requestPairingCode(phoneNumber, customCode);
    return publicPairingCode(await this.parts.ownership.use(sessionId, work));
  }

  /** The number for pairing; a code that is shown is replaced. `conflict` once the account is linked. */
  async setPhoneNumber(sessionId: string, phoneNumber: string): Promise<void> {
    const record = await this.parts.store.get(sessionId);
    await this.parts.ownership.use(sessionId, () => this.parts.running.runnerOf(record).setPhoneNumber(phoneNumber));
  }

  private codesOf(principal: Principal, record: SessionRecord): LinkingCodesView {
    const codes = principal.capabilities.has('manage') ? this.parts.running.runnerOf(record).codes : undefined;
    const { qr, pairingCode } = codes ?? {};
    return {
      pairingCode: pairingCode?.pairingCode ?? null,
      pairingCodeExpiresAt: pairingCode?.expiresAt.toISOString() ?? null,
      qrCode: qr?.qrCode ?? null,
      qrCodeExpiresAt: qr?.expiresAt.toISOString() ?? null,
    };
  }

  private async activeCode<T extends ActiveQr | ActivePairingCode>(
    sessionId: string,
    method: SessionRecord['authMethod'],
    read: (codes: LinkingCodes) => T | undefined,
  ): Promise<T> {
    const record = await this.parts.store.get(sessionId);
    await this.parts.ownership.refuseElsewhere(sessionId);
    const { codes } = this.parts.running.runnerOf(record);
    if (record.state === 'connected' || (await this.parts.gateway.isLinked(sessionId))) {
      throw new AppError('conflict', 'The account is linked already; there is nothing to scan or type.');
    }
    if (record.authMethod !== method) {
      const instead = method === 'qrcode' ? 'a pairing code' : 'a QR code';
      throw new AppError('conflict', `This session links by ${instead}.`);
    }
    if (!isRunning(record.state)) {
      throw new AppError('conflict', 'The session is not running. Start it to get a new code.');
    }
    const code = await codes.waitFor(() => read(codes) ?? codes.failure, codeWaitMs);
    if (typeof code === 'string') throw new AppError('conflict', code);
    if (code === undefined) throw new AppError('unavailable', 'There is no code yet. Try again in a moment.');
    return code;
  }

  private async publicQr(sessionId: string, { qr, qrCode, expiresAt, lifeMs }: ActiveQr): Promise<QrCode> {
    const { state } = await this.parts.store.get(sessionId);
    return { qr, qrCode, expiresAt: expiresAt.toISOString(), timeoutSeconds: Math.round(lifeMs / 1000), state };
  }
}

/** An entity tag of what people wait for. What is counted in `health` changes all the time and is left out. */
export function tagOf({ health: _, ...status }: ConnectionStatus): string {
  return `W/"${createHash('sha256').update(JSON.stringify(status)).digest('base64url').slice(0, 22)}"`;
}

function publicPairingCode({ pairingCode, phoneNumber, expiresAt }: ActivePairingCode): PairingCode {
  return { pairingCode, phoneNumber, expiresAt: expiresAt.toISOString() };
}
