import { once } from 'node:events';
import EventEmitter from 'node:events';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { openDatabase } from '../../server/db/database.js';
import { systemClock } from '../../server/lib/clock.js';
import { createLogger } from '../../server/lib/logger.js';
import { AccountFormsStore } from '../../server/whatsapp/address-book/account-forms-store.js';
import { createAuthCipher } from '../../server/whatsapp/credentials/auth-cipher.js';
import { AuthStore } from '../../server/whatsapp/credentials/auth-store.js';
import type { StuckLimits } from '../../server/whatsapp/connection/socket-health.js';
import { WebVersionStore } from '../../server/whatsapp/connection/web-version-store.js';
import { type BaileysGateway, createBaileysGateway } from '../../server/whatsapp/baileys-gateway.js';
import { RecipientDevicesStore } from '../../server/whatsapp/publishing/recipient-devices-store.js';
import { SentMessagesStore } from '../../server/whatsapp/publishing/sent-messages-store.js';
import type { PublishingSettings } from '../../server/whatsapp/publishing/publishing.js';
import type { ConnectionTimeouts } from '../../server/whatsapp/connection/connection-parts.js';
import type {
  AddressBookNews,
  GatewayConnection,
  GatewayEvent,
  LinkMethod,
  ReplyNews,
  RetryRequest,
  StatusReceipt,
} from '../../server/whatsapp/gateway.js';
import { withDeadline } from '../../server/lib/deadline.js';
import type { TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';

type EventOf<T extends GatewayEvent['type']> = Extract<GatewayEvent, { type: T }>;

/** One open connection with everything it tells. */
export class TestConnection {
  readonly events: GatewayEvent[] = [];
  readonly receipts: StatusReceipt[] = [];
  readonly replies: ReplyNews[] = [];
  readonly addressBook: AddressBookNews[] = [];
  readonly retries: RetryRequest[] = [];
  /** Whether a device may have a status again; tests say no, or let it take its time. */
  allowRetry: (request: RetryRequest) => Promise<boolean> = () => Promise.resolve(true);
  readonly pairs: { phoneNumber: string; lid: string }[] = [];
  /** What recording receipts does; tests make it slow or fail. */
  recordReceipts: (receipts: StatusReceipt[]) => Promise<void> = () => Promise.resolve();
  /** The same of replies. */
  recordReplies: (news: ReplyNews[]) => Promise<void> = () => Promise.resolve();
  readonly connection: GatewayConnection;
  private readonly news = new EventEmitter();

  constructor(gateway: BaileysGateway, sessionId: string, link: LinkMethod) {
    this.connection = gateway.open({
      sessionId,
      link,
      listener: {
        onEvent: (event) => {
          this.events.push(event);
          this.news.emit('event');
        },
        onReceipts: async (receipts) => {
          await this.recordReceipts(receipts);
          this.receipts.push(...receipts);
        },
        onReplies: async (news) => {
          await this.recordReplies(news);
          this.replies.push(...news);
        },
        onRetry: (request) => {
          this.retries.push(request);
          return this.allowRetry(request);
        },
        onAddressPairs: (pairs) => {
          this.pairs.push(...pairs);
          return Promise.resolve();
        },
        onAddressBook: (news) => {
          this.addressBook.push(...news);
          return Promise.resolve();
        },
      },
    });
  }

  /** The first event of this type, also one that came before. */
  async event<T extends GatewayEvent['type']>(type: T, timeoutMs = 10_000): Promise<EventOf<T>> {
    const wait = async (): Promise<EventOf<T>> => {
      for (;;) {
        const found = this.events.find((event): event is EventOf<T> => event.type === type);
        if (found) return found;
        await once(this.news, 'event');
      }
    };
    return withDeadline(
      wait(),
      timeoutMs,
      `the event ${type}, after ${this.events.map((event) => event.type).join(', ')}`,
    );
  }
}

/** The Baileys gateway on a database of its own, against a simulator. */
export async function openTestGateway(
  simulator: Pick<TestSimulator, 'url' | 'rootKeyHex'> & { mediaCaFile?: string },
  timeouts: Partial<ConnectionTimeouts> = {},
  publishing: Partial<PublishingSettings> = {},
  stuckLimits: Partial<StuckLimits> = {},
  logger = createLogger({ logLevel: process.env['TEST_LOG_LEVEL'] ?? 'silent' }),
) {
  const { dir, remove } = await makeTempDir();
  const db = await openDatabase({ file: path.join(dir, 'test.sqlite') });
  await db('sessions').insert({
    session_id: 'acc1',
    organization_id: 'default',
    name: 'acc1',
    auth_method: 'qrcode',
    state: 'stopped',
    desired_state: 'stopped',
    created_by: 'test',
    created_at: 1,
    updated_at: 1,
  });
  const mediaCa = simulator.mediaCaFile === undefined ? null : await readFile(simulator.mediaCaFile, 'utf8');
  const cipher = createAuthCipher(Buffer.alloc(32, 7));
  const authStore = new AuthStore(db, cipher, systemClock);
  const openGateway = (): BaileysGateway =>
    createBaileysGateway({
      url: simulator.url,
      rootKey: Buffer.from(simulator.rootKeyHex, 'hex'),
      mediaCa,
      authStore,
      recipientDevices: new RecipientDevicesStore(db),
      sentMessages: new SentMessagesStore(db, cipher),
      accountForms: new AccountFormsStore(db),
      publishing: { chunkPauseMs: 0, ...publishing },
      versionStore: new WebVersionStore(db),
      fetchVersion: null,
      clock: systemClock,
      logger,
      timeouts,
      stuckLimits,
    });
  let gateway: BaileysGateway;
  try {
    gateway = openGateway();
  } catch (error) {
    await db.destroy();
    await remove();
    throw error;
  }
  const open = (link: LinkMethod = { method: 'qrcode' }): TestConnection => new TestConnection(gateway, 'acc1', link);
  return {
    gateway,
    authStore,
    db,
    open,
    /** Links by QR and comes back with the connection that followed the restart WhatsApp asks for. */
    async link(phone: TestSimulator): Promise<{ live: TestConnection; phoneNumber: string; lid: string | null }> {
      const linking = open();
      const { qr } = await linking.event('qr');
      const { phoneNumber, lid } = await phone.scanQr(qr);
      await linking.event('closed');
      const live = open();
      await live.event('open');
      return { live, phoneNumber, lid };
    },
    async stop(): Promise<void> {
      await gateway.stop();
      await db.destroy();
      await remove();
    },
  };
}

export type TestGateway = Awaited<ReturnType<typeof openTestGateway>>;
