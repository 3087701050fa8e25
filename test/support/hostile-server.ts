import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

type Answer = (request: IncomingMessage, response: ServerResponse) => void;

/** A web server on the loopback that answers each path as a test says, and counts who came. */
export class HostileServer {
  readonly paths: string[] = [];
  connections = 0;
  private readonly answers = new Map<string, Answer>();
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((request, response) => {
    this.paths.push(request.url ?? '');
    const answer = this.answers.get(request.url ?? '');
    if (answer) answer(request, response);
    else response.writeHead(404).end('nothing here');
  });

  async start(): Promise<void> {
    this.server.on('connection', (socket) => {
      this.connections += 1;
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket)).on('error', () => undefined);
    });
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  on(path: string, answer: Answer): void {
    this.answers.set(path, answer);
  }

  get openConnections(): number {
    return this.sockets.size;
  }

  forget(): void {
    this.paths.length = 0;
    this.connections = 0;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
