import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The attacker's own web server: `/slow` is never answered, `/away` always with 503. */
export class SlowWeb {
  private readonly held = new Set<ServerResponse>();
  private readonly server = createServer((request, response) => {
    if (request.url?.startsWith('/slow') === true) {
      this.held.add(response);
      response.on('close', () => this.held.delete(response));
    } else response.writeHead(503).end();
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  at(path: string): string {
    return `http://127.0.0.1:${String(this.port)}${path}`;
  }

  /** Answers what it holds, so that who waits for it is free. */
  release(): void {
    for (const response of this.held) response.writeHead(503).end();
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
