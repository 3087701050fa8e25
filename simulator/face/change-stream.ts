import type { ServerResponse } from 'node:http';

/** Changes within this time are told together. */
const gatherMs = 150;
const keepAliveMs = 20_000;
const maxNamed = 200;
const maxPages = 50;

/** Tells open pages, over server-sent events, whose phones changed. */
export class ChangeStream {
  private readonly pages = new Set<ServerResponse>();
  private readonly changed = new Set<string>();
  private timer: NodeJS.Timeout | undefined;
  private readonly keepAlive = setInterval(() => this.write(': still here\n\n'), keepAliveMs).unref();

  attach(response: ServerResponse): void {
    const [oldest] = this.pages;
    if (this.pages.size >= maxPages) oldest?.end();
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 1000\n\n');
    this.pages.add(response);
    response.on('close', () => this.pages.delete(response));
  }

  push(phoneNumber: string): void {
    if (this.pages.size === 0) return;
    if (this.changed.size < maxNamed) this.changed.add(phoneNumber);
    this.timer ??= setTimeout(() => this.flush(), gatherMs).unref();
  }

  stop(): void {
    clearInterval(this.keepAlive);
    clearTimeout(this.timer);
    for (const page of this.pages) page.end();
    this.pages.clear();
  }

  private flush(): void {
    this.timer = undefined;
    const phoneNumbers = [...this.changed];
    this.changed.clear();
    this.write(`event: change\ndata: ${JSON.stringify({ phoneNumbers })}\n\n`);
  }

  private write(text: string): void {
    for (const page of this.pages) page.write(text);
  }
}
