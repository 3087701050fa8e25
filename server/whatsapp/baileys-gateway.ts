import { DEFAULT_CONNECTION_CONFIG, generateMessageIDV2 } from '@whiskeysockets/baileys';
import type { Tx } from '../db/unit-of-work.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import { findCredentials, isLinkedCredentials, type SignalKeyCache } from './credentials/auth-state.js';
import type { AccountFormsStore } from './address-book/account-forms-store.js';
import type { AuthStore } from './credentials/auth-store.js';
import { BaileysConnection } from './connection/baileys-connection.js';
import type { ConnectionParts, ConnectionTimeouts } from './connection/connection-parts.js';
import type { AccountIdentity, GatewayConnection, OpenRequest, WhatsAppGateway } from './gateway.js';
import { KeyCache } from './credentials/key-cache.js';
import { defaultPublishing, type PublishingSettings } from './publishing/publishing.js';
import type { RecipientDevicesStore } from './publishing/recipient-devices-store.js';
import { RetryAnswers } from './publishing/retry-answers.js';
import type { SentMessagesStore } from './publishing/sent-messages-store.js';
import { DeviceEncryptor } from './signal/device-encryptor.js';
import { silenceLibsignal } from './baileys/libsignal-console.js';
import { type StuckLimits, defaultStuckLimits } from './connection/socket-health.js';
import { StaleLists } from './address-book/stale-lists.js';
import type { WebVersionStore } from './connection/web-version-store.js';
import { type FetchWebVersion, WebVersions } from './connection/web-versions.js';
import { claimWireTrust } from './connection/wire-trust.js';

export interface BaileysGatewayOptions {
  /** The WebSocket of WhatsApp, or of a simulator. */
  url: string;
  /** The 32-byte key that signs the server's certificate; null is the real WhatsApp's. */
  rootKey: Buffer | null;
  /** A PEM certificate authority for media, besides the usual ones. */
  mediaCa: string | null;
  authStore: AuthStore;
  recipientDevices: RecipientDevicesStore;
  sentMessages: SentMessagesStore;
  accountForms: AccountFormsStore;
  publishing?: Partial<PublishingSettings>;
  clock: Clock;
  logger: Logger;
  versionStore: WebVersionStore;
  /** Asks for the current version of WhatsApp Web once ours is refused; null asks nobody. */
  fetchVersion: FetchWebVersion | null;
  timeouts?: Partial<ConnectionTimeouts>;
  stuckLimits?: Partial<StuckLimits>;
  /** Sees every stanza that arrives, on every connection. */
  watch?: ConnectionParts['watch'];
}

export const defaultTimeouts: ConnectionTimeouts = {
  firstWordMs: 45_000,
  openMs: 120_000,
  closeMs: 3_000,
  logoutMs: 10_000,
  queryMs: 30_000,
  ackMs: 75_000,
  noticeMs: 5_000,
  mediaMs: 30_000,
  offlineEndMs: 10_000,
  checkMs: 5_000,
};

/** Signal keys of all sessions together that are kept in memory, about 6 kB each. */
const maxCachedKeys = 4_000;

/**
 * WhatsApp through Baileys. Settles the trust root of the whole process and keeps libsignal off the console until `stop`;
 * throws when another gateway with another root is alive.
 */
export function createBaileysGateway(options: BaileysGatewayOptions): BaileysGateway {
  return new BaileysGateway(options);
}

export class BaileysGateway implements WhatsAppGateway {
  private readonly keyCache: SignalKeyCache = new KeyCache(maxCachedKeys);
  private readonly connections = new Set<GatewayConnection>();
  private readonly releases: (() => void)[];
  private readonly encryptor: DeviceEncryptor;
  private readonly retryAnswers = new RetryAnswers();
  private readonly versions: WebVersions;
  private readonly staleLists: StaleLists;

  constructor(private readonly options: BaileysGatewayOptions) {
    this.staleLists = new StaleLists(options.clock);
    this.encryptor = new DeviceEncryptor({
      onThreadFailure: (error) =>
        options.logger.error({ err: error }, 'new sessions are made on the main thread from now on'),
    });
    this.versions = new WebVersions({
      packaged: DEFAULT_CONNECTION_CONFIG.version,
      store: options.versionStore,
      fetch: options.fetchVersion,
      clock: options.clock,
      logger: options.logger,
    });
    this.releases = [claimWireTrust(options.rootKey), silenceLibsignal()];
  }

  open(request: OpenRequest): GatewayConnection {
    const { url, mediaCa, authStore, recipientDevices, sentMessages, accountForms } = this.options;
    const { publishing, clock, logger, timeouts, stuckLimits } = this.options;
    const connection = new BaileysConnection(
      {
        url,
        mediaCa,
        authStore,
        keyCache: this.keyCache,
        publishing: {
          ...defaultPublishing,
          ...publishing,
          devices: recipientDevices,
          sent: sentMessages,
          forms: accountForms,
          staleLists: this.staleLists,
          encryptor: this.encryptor,
          retryAnswers: this.retryAnswers,
        },
        clock,
        logger,
        timeouts: { ...defaultTimeouts, ...timeouts },
        stuckLimits: { ...defaultStuckLimits, ...stuckLimits },
        versions: this.versions,
        watch: this.options.watch,
        onGone: (gone) => this.connections.delete(gone),
      },
      request,
    );
    this.connections.add(connection);
    return connection;
  }

  async isLinked(sessionId: string): Promise<boolean> {
    const creds = await findCredentials(this.options.authStore, sessionId);
    return creds !== undefined && isLinkedCredentials(creds);
  }

  async forget(sessionId: string): Promise<void> {
    await this.options.authStore.wipe(sessionId);
    await this.options.accountForms.forget(sessionId);
    this.staleLists.forget(sessionId);
  }

  async forgetPerson(tx: Tx, sessionId: string, users: readonly string[]): Promise<{ devices: number; keys: number }> {
    return {
      devices: await this.options.recipientDevices.forgetForGood(tx, sessionId, users),
      keys: await this.options.authStore.forgetUsers(tx, sessionId, users),
    };
  }

  forgetMessages(tx: Tx, sessionId: string, messageIds: readonly string[]): Promise<number> {
    return this.options.sentMessages.forgetAll(tx, sessionId, messageIds);
  }

  forgetOldMessages(atMost: number): Promise<number> {
    const { sentMessages, clock } = this.options;
    return sentMessages.deleteOld(clock.now().getTime(), atMost);
  }

  newMessageId(account: Pick<AccountIdentity, 'jid'> | null): string {
    return generateMessageIDV2(account?.jid);
  }

  /** Closes every connection that is still open and gives up what it holds of the process. */
  async stop(): Promise<void> {
    await Promise.all([...this.connections].map((connection) => connection.close()));
    await this.encryptor.stop();
    this.keyCache.clear();
    for (const release of this.releases) release();
  }
}
