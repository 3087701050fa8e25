import type { ServerResponse } from 'node:http';

/** Changes within this time are told together. */
const GATHER_MS = 150;
const KEEP_ALIVE_MS = 20_000;
const MAX_NAMED = 200;
const MAX_PAGES = 50;

/** Tells open pages, over server-sent events, whose phones changed. */
export class ChangeStream {
  readonly #pages = new Set<ServerResponse>();
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  readonly #keepAlive = setInterval(() => this.#write(': still here\n\n'), KEEP_ALIVE_MS).unref();

  attach(response: ServerResponse): void {
    const [oldest] = this.#pages;
    if (this.#pages.size >= MAX_PAGES) oldest?.end();
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    response.write('retry: 1000\n\n');
    this.#pages.add(response);
    response.on('close', () => this.#pages.delete(response));
  }

  push(phoneNumber: string): void {
    if (this.#pages.size === 0) return;
    if (this.#changed.size < MAX_NAMED) this.#changed.add(phoneNumber);
    this.#timer ??= setTimeout(() => this.#flush(), GATHER_MS).unref();
  }

  stop(): void {
    clearInterval(this.#keepAlive);
    clearTimeout(this.#timer);
    for (const page of this.#pages) page.end();
    this.#pages.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    const phoneNumbers = [...this.#changed];
    this.#changed.clear();
    this.#write(`event: change\ndata: ${JSON.stringify({ phoneNumbers })}\n\n`);
  }

  #write(text: string): void {
    for (const page of this.#pages) page.write(text);
  }
}
