import { EventEmitter, once } from 'node:events';
import {
  generateMessageIDV2,
  initAuthCreds,
  makeCacheableSignalKeyStore,
  makeWASocket,
  type AuthenticationCreds,
  type BaileysEventMap,
  type BinaryNode,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  type UserFacingSocketConfig,
  type WAMessage,
  type WASocket,
} from '@whiskeysockets/baileys';
import { equal } from 'node:assert/strict';
import { pino } from 'pino';
import { eventually } from '../support/eventually.js';
import type { TestSimulator } from '../support/simulator.js';

const defaultWaitMs = 15_000;

// libsignal prints whole sessions, private keys included, whenever one is replaced.
const print = console.info;
console.info = (...values: unknown[]) => {
  if (values[0] !== 'Closing session:') print(...values);
};

/** Credentials in memory that outlive a socket, as a file or a database would keep them. */
export class MemoryAuth {
  readonly creds: AuthenticationCreds = initAuthCreds();
  private readonly data = new Map<string, unknown>();

  /** Loses everything of one kind. Only for a client that is closed: a socket keeps copies. */
  forget(type: keyof SignalDataTypeMap): void {
    for (const key of this.data.keys()) if (key.startsWith(`${type}/`)) this.data.delete(key);
  }

  readonly keys: SignalKeyStore = {
    get: (type, ids) => {
      const found: Record<string, SignalDataTypeMap[typeof type]> = {};
      for (const id of ids) {
        const value = this.data.get(`${type}/${id}`);
        if (value !== undefined) found[id] = value as SignalDataTypeMap[typeof type];
      }
      return found;
    },
    set: (data: SignalDataSet) => {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, value] of Object.entries(entries ?? {})) {
          if (value === null || value === undefined) this.data.delete(`${type}/${id}`);
          else this.data.set(`${type}/${id}`, value);
        }
      }
    },
  };
}

export interface Closed {
  code: number | undefined;
  reason: string;
}

interface ClientEvents {
  qr: [qr: string];
  open: [];
  close: [closed: Closed];
}

/** A plain Baileys socket against the simulator: none of the product's code takes part. */
export class PlainClient {
  readonly auth: MemoryAuth;
  readonly socket: WASocket;
  private readonly waitMs: number;
  private readonly events = new EventEmitter<ClientEvents>();
  private readonly happenedByName: { [E in keyof BaileysEventMap]?: BaileysEventMap[E][] } = {};
  closed: Closed | null = null;
  isOpen = false;

  constructor(
    simulator: { url: string },
    auth = new MemoryAuth(),
    config: Partial<UserFacingSocketConfig> = {},
    { waitMs = defaultWaitMs }: { waitMs?: number } = {},
  ) {
    this.auth = auth;
    this.waitMs = waitMs;
    const logger = pino({ level: process.env['BAILEYS_LOG'] ?? 'silent' });
    this.socket = makeWASocket({
      waWebSocketUrl: simulator.url,
      auth: { creds: auth.creds, keys: makeCacheableSignalKeyStore(auth.keys, logger) },
      logger,
      markOnlineOnConnect: true,
      // Unanswered queries keep the process alive for as long as they wait.
      defaultQueryTimeoutMs: 5_000,
      ...config,
    });
    this.socket.ev.process((events) => {
      for (const [name, value] of Object.entries(events)) {
        const key = name as keyof BaileysEventMap;
        const list = (this.happenedByName[key] ??= [] as never) as unknown[];
        list.push(value);
      }
      const creds = events['creds.update'];
      if (creds) Object.assign(auth.creds, creds);
      const update = events['connection.update'];
      if (!update) return;
      if (update.qr) this.events.emit('qr', update.qr);
      if (update.connection === 'open') {
        this.isOpen = true;
        this.events.emit('open');
      }
      if (update.connection === 'close') {
        const error = update.lastDisconnect?.error as
          { output?: { statusCode?: number }; message?: string } | undefined;
        this.closed = { code: error?.output?.statusCode, reason: error?.message ?? '' };
        this.isOpen = false;
        this.events.emit('close', this.closed);
      }
    });
  }

  /** The next QR. */
  async qr(): Promise<string> {
    const [qr] = await this.once('qr');
    return qr;
  }

  async opened(): Promise<this> {
    if (!this.isOpen) await this.once('open');
    return this;
  }

  async ended(): Promise<Closed> {
    if (this.closed) return this.closed;
    const [closed] = await this.once('close');
    return closed;
  }

  /** Everything of this kind so far, in order. */
  happened<E extends keyof BaileysEventMap>(name: E): BaileysEventMap[E][] {
    return this.happenedByName[name] ?? [];
  }

  /**
   * Posts a text status and waits for the server's answer to it, not for the receipts that carry the same id.
   */
  async post(
    text: string,
    statusJidList: string[],
    { messageId = generateMessageIDV2(this.socket.user?.id) }: { messageId?: string } = {},
  ): Promise<{ id: string; ack: Record<string, string> }> {
    const deadline = new AbortController();
    const acknowledged = once(this.socket.ws, `CB:ack,id:${messageId}`, { signal: deadline.signal });
    const options = { statusJidList, messageId, backgroundColor: '#ff336699', font: 8 };
    const sent = this.socket.sendMessage('status@broadcast', { text }, options);
    await Promise.race([sent, acknowledged]);
    // Encrypting for a thousand takes as long as the machine needs; only the answer has a deadline.
    const timer = setTimeout(() => deadline.abort(new Error(`no ack for ${messageId}`)), defaultWaitMs);
    const [{ attrs: ack }] = (await acknowledged.finally(() => clearTimeout(timer))) as [BinaryNode];
    return { id: messageId, ack };
  }

  /** Every message that Baileys told its application about. */
  messages(): WAMessage[] {
    return this.happened('messages.upsert').flatMap(({ messages }) => messages);
  }

  /** Everybody of whom a reading was reported, also inside the event of the own message, where early ones end up. */
  readers(): string[] {
    const own = this.messages().flatMap(({ userReceipt }) => userReceipt ?? []);
    const separate = this.happened('message-receipt.update').flatMap((updates) =>
      updates.map(({ receipt }) => receipt),
    );
    return [...own, ...separate].flatMap(({ readTimestamp, userJid }) => (readTimestamp && userJid ? [userJid] : []));
  }

  /** Closes the socket and keeps the credentials. */
  async close(): Promise<void> {
    if (this.closed) return;
    const ended = this.ended();
    await this.socket.end(undefined);
    await ended;
  }

  private once<E extends keyof ClientEvents>(name: E): Promise<ClientEvents[E]> {
    return once(this.events, name, { signal: AbortSignal.timeout(this.waitMs) }) as Promise<ClientEvents[E]>;
  }
}

/** Links by QR and reconnects after the 515, as every application does. Resolves when the device is online. */
export async function linkByQr(
  simulator: TestSimulator,
  by: { phoneNumber?: string; name?: string } = {},
  config: Partial<UserFacingSocketConfig> = {},
): Promise<PlainClient> {
  const auth = new MemoryAuth();
  const first = new PlainClient(simulator, auth, config);
  const qr = await first.qr();
  const ended = first.ended();
  await simulator.scanQr(qr, by);
  await ended;
  const client = await new PlainClient(simulator, auth, config).opened();
  // A client that is closed before its first sync holds its events back for 20 s the next time.
  await eventually(() => equal(auth.creds.accountSyncCounter, 1));
  return client;
}
