import { EventEmitter, once } from 'node:events';
import {
  initAuthCreds,
  makeCacheableSignalKeyStore,
  makeWASocket,
  type AuthenticationCreds,
  type BaileysEventMap,
  type SignalDataSet,
  type SignalDataTypeMap,
  type SignalKeyStore,
  type UserFacingSocketConfig,
  type WASocket,
} from '@whiskeysockets/baileys';
import { pino } from 'pino';
import type { TestSimulator } from '../support/simulator.js';

const WAIT_MS = 15_000;

// libsignal prints whole sessions, private keys included, whenever one is replaced.
const print = console.info;
console.info = (...values: unknown[]) => {
  if (values[0] !== 'Closing session:') print(...values);
};

/** Credentials in memory that outlive a socket, as a file or a database would keep them. */
export class MemoryAuth {
  readonly creds: AuthenticationCreds = initAuthCreds();
  readonly #data = new Map<string, unknown>();

  readonly keys: SignalKeyStore = {
    get: (type, ids) => {
      const found: Record<string, SignalDataTypeMap[typeof type]> = {};
      for (const id of ids) {
        const value = this.#data.get(`${type}/${id}`);
        if (value !== undefined) found[id] = value as SignalDataTypeMap[typeof type];
      }
      return found;
    },
    set: (data: SignalDataSet) => {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, value] of Object.entries(entries ?? {})) {
          if (value === null || value === undefined) this.#data.delete(`${type}/${id}`);
          else this.#data.set(`${type}/${id}`, value);
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
  readonly #events = new EventEmitter<ClientEvents>();
  readonly #happened: { [E in keyof BaileysEventMap]?: BaileysEventMap[E][] } = {};
  closed: Closed | null = null;
  isOpen = false;

  constructor(simulator: TestSimulator, auth = new MemoryAuth(), config: Partial<UserFacingSocketConfig> = {}) {
    this.auth = auth;
    const logger = pino({ level: process.env['BAILEYS_LOG'] ?? 'silent' });
    this.socket = makeWASocket({
      waWebSocketUrl: simulator.url,
      auth: { creds: auth.creds, keys: makeCacheableSignalKeyStore(auth.keys, logger) },
      logger,
      markOnlineOnConnect: true,
      ...config,
    });
    this.socket.ev.process((events) => {
      for (const [name, value] of Object.entries(events)) {
        const key = name as keyof BaileysEventMap;
        const list = (this.#happened[key] ??= [] as never) as unknown[];
        list.push(value);
      }
      const creds = events['creds.update'];
      if (creds) Object.assign(auth.creds, creds);
      const update = events['connection.update'];
      if (!update) return;
      if (update.qr) this.#events.emit('qr', update.qr);
      if (update.connection === 'open') {
        this.isOpen = true;
        this.#events.emit('open');
      }
      if (update.connection === 'close') {
        const error = update.lastDisconnect?.error as
          { output?: { statusCode?: number }; message?: string } | undefined;
        this.closed = { code: error?.output?.statusCode, reason: error?.message ?? '' };
        this.isOpen = false;
        this.#events.emit('close', this.closed);
      }
    });
  }

  /** The next QR. */
  async qr(): Promise<string> {
    const [qr] = await this.#once('qr');
    return qr;
  }

  async opened(): Promise<this> {
    if (!this.isOpen) await this.#once('open');
    return this;
  }

  async ended(): Promise<Closed> {
    if (this.closed) return this.closed;
    const [closed] = await this.#once('close');
    return closed;
  }

  /** Everything of this kind so far, in order. */
  happened<E extends keyof BaileysEventMap>(name: E): BaileysEventMap[E][] {
    return (this.#happened[name] ?? []) as BaileysEventMap[E][];
  }

  /** Closes the socket and keeps the credentials. */
  async close(): Promise<void> {
    if (this.closed) return;
    const ended = this.ended();
    await this.socket.end(undefined);
    await ended;
  }

  #once<E extends keyof ClientEvents>(name: E): Promise<ClientEvents[E]> {
    return once(this.#events, name, { signal: AbortSignal.timeout(WAIT_MS) }) as Promise<ClientEvents[E]>;
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
  return new PlainClient(simulator, auth, config).opened();
}
