import { once } from 'node:events';
import {
  configureSuccessfulPairing,
  Curve,
  DEFAULT_CONNECTION_CONFIG,
  encodeBinaryNode,
  generateLoginNode,
  generateRegistrationNode,
  initAuthCreds,
  makeNoiseHandler,
  proto,
  type AuthenticationCreds,
  type BinaryNode,
  type KeyPair,
} from '@whiskeysockets/baileys';
import { pino } from 'pino';
import { WebSocket } from 'ws';
import type { TestSimulator } from '../support/simulator.js';

const waitMs = 10_000;
const intro = Buffer.from('WA\x06\x03', 'latin1');

export type Payload = proto.IClientPayload | Uint8Array;

/** A stanza; attributes and content in the order in which they are written on the wire. */
export function node(tag: string, attrs: Record<string, string> = {}, content?: BinaryNode['content']): BinaryNode {
  return content === undefined ? { tag, attrs } : { tag, attrs, content };
}

/** What an honest client registers with. */
export function registrationOf(creds: AuthenticationCreds): proto.IClientPayload {
  return generateRegistrationNode(creds, DEFAULT_CONNECTION_CONFIG);
}

/** What an honest client logs in with. */
export function loginOf(jid: string): proto.IClientPayload {
  return generateLoginNode(jid, DEFAULT_CONNECTION_CONFIG);
}

/**
 * A client that sends what it is told to, however wrong, and does nothing by itself. Its Noise, its stanzas' encoding
 * and its payloads are Baileys' own.
 */
export class RawClient {
  private readonly closed: Promise<number>;
  private readonly kept: BinaryNode[] = [];
  private waiting: { wanted: (stanza: BinaryNode) => boolean; resolve: (stanza: BinaryNode) => void }[] = [];

  private constructor(
    private readonly socket: WebSocket,
    private readonly noise: ReturnType<typeof makeNoiseHandler>,
  ) {
    this.closed = once(socket, 'close').then(([code]) => Number(code));
  }

  /**
   * Shakes hands and says who it is. Resolves once that has left: what the server makes of it comes as stanzas or as
   * the end.
   */
  static async connect(
    simulator: { url: string },
    payload: Payload,
    noiseKey: KeyPair = Curve.generateKeyPair(),
  ): Promise<RawClient> {
    const ephemeral = Curve.generateKeyPair();
    const noise = makeNoiseHandler({
      keyPair: ephemeral,
      NOISE_HEADER: intro,
      logger: pino({ level: 'silent' }),
    });
    const socket = new WebSocket(simulator.url);
    await once(socket, 'open');
    const client = new RawClient(socket, noise);
    const hello = once(socket, 'message') as Promise<[Buffer]>;
    client.write(proto.HandshakeMessage.encode({ clientHello: { ephemeral: ephemeral.public } }).finish());
    const [frame] = await hello;
    const answer = proto.HandshakeMessage.decode(frame.subarray(3));
    const key = noise.processHandshake(answer, noiseKey);
    const bytes = payload instanceof Uint8Array ? payload : proto.ClientPayload.encode(payload).finish();
    const finish = { static: key, payload: noise.encrypt(bytes) };
    socket.on('message', (data: Buffer) => void noise.decodeFrame(data, (received) => client.take(received)));
    client.write(proto.HandshakeMessage.encode({ clientFinish: finish }).finish());
    await noise.finishInit();
    return client;
  }

  /** Sends stanzas in one piece. */
  send(...nodes: BinaryNode[]): void {
    const frames = nodes.map((stanza) => this.noise.encodeFrame(encodeBinaryNode(stanza)));
    this.socket.send(Buffer.concat(frames));
  }

  /** Sends a frame that opens and holds these bytes. */
  sendBytes(bytes: Uint8Array): void {
    this.write(bytes);
  }

  /** The first stanza, also of those before, that this is true of. Rejects when the connection ends before. */
  async received(wanted: (stanza: BinaryNode) => boolean): Promise<BinaryNode> {
    const index = this.kept.findIndex(wanted);
    const [found] = index < 0 ? [] : this.kept.splice(index, 1);
    if (found) return found;
    let deadline: NodeJS.Timeout | undefined;
    const ended = this.closed.then(() => Promise.reject(new Error('the connection ended before the stanza')));
    const late = new Promise<never>((_, reject) => {
      deadline = setTimeout(() => reject(new Error(`no such stanza within ${waitMs} ms`)), waitMs);
    });
    const arrival = new Promise<BinaryNode>((resolve) => this.waiting.push({ wanted, resolve }));
    return Promise.race([arrival, ended, late]).finally(() => clearTimeout(deadline));
  }

  /** Sends a request and waits for its answer, whatever it is. */
  query(iq: BinaryNode): Promise<BinaryNode> {
    this.send(iq);
    return this.received(({ tag, attrs }) => tag === 'iq' && attrs['id'] === iq.attrs['id']);
  }

  /** The WebSocket code with which the server closed. */
  ended(): Promise<number> {
    return this.closed;
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  private take(received: Uint8Array | BinaryNode): void {
    if (received instanceof Uint8Array) return;
    const waiting = this.waiting.find(({ wanted }) => wanted(received));
    if (!waiting) return void this.kept.push(received);
    this.waiting = this.waiting.filter((other) => other !== waiting);
    waiting.resolve(received);
  }

  private write(bytes: Uint8Array): void {
    this.socket.send(this.noise.encodeFrame(bytes));
  }
}

/** A client that has registered and shows QRs. */
export class LinkingClient {
  private constructor(
    readonly creds: AuthenticationCreds,
    readonly wire: RawClient,
  ) {}

  static async connect(simulator: TestSimulator): Promise<LinkingClient> {
    const creds = initAuthCreds();
    return new LinkingClient(creds, await RawClient.connect(simulator, registrationOf(creds), creds.noiseKey));
  }

  /** The text of its first QR. */
  async qr(): Promise<string> {
    const offer = await this.wire.received(
      ({ content }) => Array.isArray(content) && content[0]?.tag === 'pair-device',
    );
    const ref = childrenOf(childrenOf(offer)[0])[0]?.content;
    const { noiseKey, signedIdentityKey, advSecretKey } = this.creds;
    const keys = [noiseKey.public, signedIdentityKey.public].map((key) => Buffer.from(key).toString('base64'));
    return [Buffer.from(ref as Uint8Array).toString(), ...keys, advSecretKey, '1'].join();
  }

  /** The stanza that tells it which device it is, and the answer that an honest client gives. */
  async paired(): Promise<{ offer: BinaryNode; honest: BinaryNode; jid: string }> {
    const offer = await this.wire.received(
      ({ content }) => Array.isArray(content) && content[0]?.tag === 'pair-success',
    );
    const { reply, creds } = configureSuccessfulPairing(offer, this.creds);
    return { offer, honest: reply, jid: creds.me?.id ?? '' };
  }
}

/** Links a raw client by QR and logs it in. Its credentials come along. */
export async function linkRaw(
  simulator: TestSimulator,
  phoneNumber: string,
): Promise<{ wire: RawClient; creds: AuthenticationCreds; jid: string }> {
  const first = await LinkingClient.connect(simulator);
  const linked = simulator.scanQr(await first.qr(), { phoneNumber });
  const { honest, jid } = await first.paired();
  first.wire.send(honest);
  await linked;
  await first.wire.ended();
  const wire = await RawClient.connect(simulator, loginOf(jid), first.creds.noiseKey);
  await wire.received(({ tag }) => tag === 'success');
  return { wire, creds: first.creds, jid };
}

export function childrenOf(stanza: BinaryNode | undefined): BinaryNode[] {
  return Array.isArray(stanza?.content) ? stanza.content : [];
}
