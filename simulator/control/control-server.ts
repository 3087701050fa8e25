import type { IncomingMessage, ServerResponse } from 'node:http';
import { type z } from 'zod';
import type { Log } from '../lib/log.js';
import { WorldError } from '../state/world.js';

const maxBodyBytes = 4 * 1024 * 1024;

/** A request that cannot be carried out: the status and a sentence for whoever asked. */
export class ControlError extends Error {
  override readonly name = 'ControlError';

  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
  }
}

export interface ControlRequest {
  params: Record<string, string>;
  query: Record<string, string>;
  /** Parsed JSON, or the text of a text/plain body. */
  body: unknown;
}

export interface ControlRoute {
  method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
  /** `/admin/contacts/:phone/view` */
  path: string;
  handle(request: ControlRequest): unknown;
}

/** Parses with Zod; the first problem becomes the sentence of a 400. */
export function parseWith<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  // A request without a body is one that changes nothing from the defaults.
  const parsed = schema.safeParse(value === '' ? {} : (value ?? {}));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.length ? `${issue.path.join('.')}: ` : '';
  throw new ControlError(400, `${where}${issue?.message ?? 'the body is not understood'}`);
}

/** Answers the control interface's requests from a table of routes. */
export class ControlServer {
  private readonly routes: { route: ControlRoute; pattern: RegExp }[];

  constructor(
    routes: readonly ControlRoute[],
    private readonly log: Log,
  ) {
    this.routes = routes.map((route) => ({
      route,
      pattern: new RegExp(`^${route.path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
    }));
  }

  readonly listener = (request: IncomingMessage, response: ServerResponse): void => {
    void this.answer(request, response);
  };

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const url = new URL(request.url ?? '/', 'http://simulator');
      const path = url.pathname;
      const matching = this.routes.filter(({ pattern }) => pattern.test(path));
      const found = matching.find(({ route }) => route.method === request.method);
      if (!found) {
        throw matching.length > 0
          ? new ControlError(405, `${request.method ?? ''} is not possible on ${path}`)
          : new ControlError(404, `there is nothing at ${path}`);
      }
      const params = mapValues(found.pattern.exec(path)?.groups ?? {}, decodeURIComponent);
      const query = Object.fromEntries(url.searchParams);
      const body = await readBody(request);
      const answer = await found.route.handle({ params, query, body });
      if (answer instanceof ControlPage) return send(response, 200, answer.contentType, answer.content);
      send(response, 200, 'application/json', JSON.stringify(answer ?? {}));
    } catch (error) {
      const status = error instanceof ControlError ? error.status : error instanceof WorldError ? 409 : 500;
      const words = error instanceof Error ? error.message : String(error);
      if (status === 500)
        this.log('error', 'a control request broke', { error: String(error instanceof Error ? error.stack : error) });
      send(response, status, 'application/json', JSON.stringify({ error: words }));
    }
  }
}

/** Something else than JSON. */
export class ControlPage {
  constructor(
    readonly contentType: string,
    readonly content: string | Buffer,
  ) {}
}

function send(response: ServerResponse, status: number, contentType: string, content: string | Buffer): void {
  response.writeHead(status, { 'content-type': contentType, 'cache-control': 'no-store' }).end(content);
}

function mapValues(record: Record<string, string>, change: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([name, value]) => [name, change(value)]));
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk as Uint8Array);
    sizeBytes += bytes.length;
    if (sizeBytes > maxBodyBytes) throw new ControlError(413, `a body of more than ${maxBodyBytes} bytes`);
    chunks.push(bytes);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  if (text === '' || !(request.headers['content-type'] ?? '').includes('json')) return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new ControlError(400, 'the body is not JSON');
  }
}
