import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { readClientPayload } from './client-payload.js';
import type { BinaryNode } from '../wire/node.js';
import { logIn, type OnlineContext, type OnlineSession } from './online-session.js';
import { PairingSession, type PairingContext } from './pairing-session.js';
import { loginFailure } from '../wire/stream-end.js';
import type { CertificateChain } from '../transport/certificate-chain.js';
import { maxFrameBytes } from '../transport/frame-reader.js';
import type { HandshakeResult } from '../transport/noise-responder.js';
import { WireConnection } from '../transport/wire-connection.js';

export const wirePath = '/ws/chat';
const maxConnections = 5_000;

/** Lets WhatsApp clients in: upgrades their sockets and gives each the session that its payload asks for. */
export class ClientGate {
  private readonly server = new WebSocketServer({ noServer: true, maxPayload: maxFrameBytes + 3 });
  private readonly connections = new Set<WireConnection>();
  /** The HTTP status that every upgrade gets instead of a socket; null lets them in. */
  upgradeStatus: number | null = null;

  constructor(
    private readonly context: PairingContext & OnlineContext,
    private readonly chain: CertificateChain,
  ) {}

  get connectionCount(): number {
    return this.connections.size;
  }

  /** Takes a WebSocket that a client opens, whichever server it came to. */
  readonly take = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = (request.url ?? '').split('?')[0];
    if (path !== wirePath) return refuseUpgrade(socket, 404);
    if (this.upgradeStatus !== null) return refuseUpgrade(socket, this.upgradeStatus);
    if (this.connections.size >= maxConnections) return refuseUpgrade(socket, 503);
    this.server.handleUpgrade(request, socket, head, (webSocket) => this.accept(webSocket));
  };

  /** Closes every connection, in order (a code) or by resetting it (null). */
  closeAll(code: number | null): void {
    for (const connection of this.connections) {
      if (code === null) connection.terminate();
      else connection.close(code);
    }
  }

  stop(): void {
    this.closeAll(null);
    this.server.close();
  }

  private accept(webSocket: WebSocket): void {
    let session: PairingSession | OnlineSession | null = null;
    const connection: WireConnection = new WireConnection(
      webSocket,
      this.chain,
      this.context.settings.handshakeMs,
      {
        onHandshake: (handshake) => {
          session = this.admit(connection, handshake);
        },
        onNode: (node: BinaryNode) => session?.handle(node),
        onClosed: () => {
          this.connections.delete(connection);
          session?.closed();
        },
        onViolation: (words) => this.context.refusals.record('a connection', 'transport', words),
      },
      this.context.log,
    );
    this.connections.add(connection);
  }

  private admit(
    connection: WireConnection,
    { clientPayload, noiseKey }: HandshakeResult,
  ): PairingSession | OnlineSession | null {
    const intent = readClientPayload(clientPayload, noiseKey);
    if (intent.intent === 'invalid') {
      this.context.refusals.record('a connection', 'client-payload', intent.reason);
      connection.send(loginFailure('400'));
      connection.close();
      return null;
    }
    if (intent.intent === 'login') return logIn(this.context, connection, intent, noiseKey);
    const session = new PairingSession(this.context, connection, intent.registration, intent.platform);
    session.start();
    return session;
  }
}

function refuseUpgrade(socket: Duplex, status: number): void {
  socket.end(`HTTP/1.1 ${status} Refused\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
