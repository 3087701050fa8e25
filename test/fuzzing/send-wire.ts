import { type Agent, type IncomingHttpHeaders, request } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { brotliDecompressSync, unzipSync } from 'node:zlib';
import type { ServerAddress } from '../support/link-account.js';
import type { WireRequest } from './wire-request.js';

/** The longest that any answer may take, also on a busy machine, where a process that opens files begins slowly. */
const deadlineMs = 120_000;

export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** Parsed, where it is JSON. */
  body: unknown;
}

type Packed = Omit<Answer, 'body'> & { bytes: Buffer };

/** Sends a request with the server's key, unless it brings another. Rejects when no whole answer comes within the deadline. */
export async function sendWire(server: ServerAddress, agent: Agent, wire: WireRequest): Promise<Answer> {
  const answer = await ask(server, agent, wire);
  const isJson = String(answer.headers['content-type']).startsWith('application/json');
  const text = isJson ? unpacked(answer.bytes, answer.headers['content-encoding']).toString() : '';
  return { ...answer, body: text === '' ? undefined : JSON.parse(text) };
}

function ask(server: ServerAddress, agent: Agent, wire: WireRequest): Promise<Packed> {
  const { method, path, headers, body } = wire;
  return new Promise((resolve, reject) => {
    const asked = request(`${server.url}/api`, {
      method,
      path: `/api${path}`,
      agent,
      headers: { 'x-api-key': server.apiKey, ...(body && { 'content-length': body.length }), ...headers },
      signal: AbortSignal.timeout(deadlineMs),
    });
    asked.on('response', (response) => {
      const { statusCode: status = 0, headers: told } = response;
      buffer(response).then((bytes) => resolve({ status, headers: told, bytes }), reject);
    });
    asked.on('error', (error: NodeJS.ErrnoException) => {
      // The server has closed a connection that was not used for a while; it has not seen the request.
      if (asked.reusedSocket && error.code === 'ECONNRESET') resolve(ask(server, agent, wire));
      else reject(error);
    });
    asked.end(body);
  });
}

function unpacked(bytes: Buffer, encoding: string | undefined): Buffer {
  if (encoding === undefined) return bytes;
  return encoding === 'br' ? brotliDecompressSync(bytes) : unzipSync(bytes);
}
