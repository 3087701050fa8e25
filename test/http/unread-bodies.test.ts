import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';
import express from 'express';
import type { Failure } from '../../server/contract/errors.js';
import { bodyReader } from '../../server/http/json-body.js';
import { closeUnlessBodyCame } from '../../server/http/unread-body.js';
import { eventually } from '../support/eventually.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

/** A connection that says what it is told to and keeps what comes back. */
class Caller {
  received = '';
  private constructor(readonly socket: Socket) {
    socket.on('data', (chunk: Buffer) => (this.received += chunk.toString()));
    socket.on('error', () => undefined);
  }

  static async connect(url: string): Promise<Caller> {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    await once(socket, 'connect');
    return new Caller(socket);
  }

  head(path: string, headers: Record<string, string>): void {
    const lines = Object.entries({ host: 'x', ...headers }).map(([name, value]) => `${name}: ${value}\r\n`);
    this.socket.write(`POST ${path} HTTP/1.1\r\n${lines.join('')}\r\n`);
  }

  async answer(): Promise<{ status: number; failure: Failure }> {
    await eventually(() => this.received.includes('}'), { what: 'an answer' });
    const [head = '', body = ''] = this.received.split('\r\n\r\n');
    return { status: Number(head.split(' ')[1]), failure: JSON.parse(body) as Failure };
  }
}

describe('a request that is answered before its body has come', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer({ env: { MAX_UPLOAD_MB: '1' } });
  });
  after(() => server.stop());

  const form = { 'content-type': 'multipart/form-data; boundary=b' };
  const key = () => ({ 'x-api-key': server.apiKey });

  const refused = [
    { what: 'an upload that announces too much', path: '/api/upload-image', headers: form, hasKey: true, status: 413 },
    { what: 'an upload without a key', path: '/api/upload-video', headers: form, hasKey: false, status: 401 },
    { what: 'an upload that is no form', path: '/api/upload-audio', headers: {}, hasKey: true, status: 415 },
    { what: 'a body where nothing is', path: '/api/nothing', headers: {}, hasKey: true, status: 404 },
    { what: 'a body of another type', path: '/api/sessions', headers: {}, hasKey: true, status: 415 },
  ];

  it('is closed soon, whatever was wrong with it', async () => {
    const closed = refused.map(async ({ what, path, headers, hasKey, status }) => {
      const caller = await Caller.connect(server.url);
      caller.head(path, { 'content-length': '50000000', ...headers, ...(hasKey && key()) });
      const answer = await caller.answer();
      assert.equal(answer.status, status, `${what}: ${answer.failure.error}`);
      // A connection on which nothing happens ends by itself.
      const trickle = setInterval(() => caller.socket.write('.'), 200);
      caller.socket.once('close', () => clearInterval(trickle));
      await eventually(() => caller.socket.closed, { what: `the end of ${what}` });
    });
    await Promise.all(closed);
  });

  it('says how large the file is, how large it may be and what to do', async () => {
    const caller = await Caller.connect(server.url);
    caller.head('/api/upload-image', { 'content-length': '3145728', ...form, ...key() });
    const { failure } = await caller.answer();
    assert.equal(failure.code, 'payload_too_large');
    assert.match(failure.error, /^The upload has 3 MB; at most 1 MB are taken here\. Cut or compress it first/);
    assert.doesNotMatch(failure.error, /MAX_UPLOAD_MB/);
    caller.socket.destroy();
  });

  it('goes on to serve the connection when the rest of the body does come', async () => {
    const caller = await Caller.connect(server.url);
    caller.head('/api/upload-image', { 'content-length': '1200000', ...form, ...key() });
    assert.equal((await caller.answer()).status, 413);
    caller.received = '';
    caller.socket.write(Buffer.alloc(1_200_000));
    caller.head('/api/nothing', { 'content-length': '5', ...key() });
    assert.equal((await caller.answer()).status, 404);
    caller.socket.destroy();
  });

  it('leaves nothing behind on a connection that goes on', async () => {
    const kept: number[] = [];
    const plain = createServer((request, response) => {
      closeUnlessBodyCame(request, response);
      kept.push(request.socket.listenerCount('close'));
      response.end('{}');
    }).listen(0, '127.0.0.1');
    await once(plain, 'listening');
    const caller = await Caller.connect(`http://127.0.0.1:${String((plain.address() as AddressInfo).port)}`);
    for (let round = 0; round < 5; round += 1) {
      caller.received = '';
      caller.head('/', { 'content-length': '5' });
      await eventually(() => caller.received.includes('}'), { what: 'an answer' });
      caller.socket.write('12345');
    }
    caller.socket.destroy();
    plain.close();
    assert.deepEqual(kept, Array<number>(5).fill(kept[0] ?? 0));
  });

  it('is never asked for that body, and one that is read is', async () => {
    const caller = await Caller.connect(server.url);
    const asking = { expect: '100-continue', ...key() };
    caller.head('/api/upload-image', { 'content-length': '50000000', ...form, ...asking });
    assert.equal((await caller.answer()).status, 413);
    caller.socket.destroy();

    const taken = await Caller.connect(server.url);
    taken.head('/api/sessions', { 'content-length': '2', 'content-type': 'application/json', ...asking });
    await eventually(() => taken.received.startsWith('HTTP/1.1 100 Continue\r\n\r\n'), { what: 'the question' });
    taken.received = '';
    taken.socket.write('{}');
    assert.equal((await taken.answer()).status, 400);
    taken.socket.destroy();
  });
});

describe('a JSON body that never comes', () => {
  it('is waited for no longer than it may take', async () => {
    const app = express();
    const readBody = bodyReader(1_000, 100);
    app.post('/', async (request, response) => {
      await readBody(request, response);
      response.end();
    });
    app.use((error: Error, _request: express.Request, response: express.Response, _next: express.NextFunction) => {
      response.status(400).json({ error: error.message });
    });
    const server = createServer(app).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const caller = await Caller.connect(`http://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
    caller.head('/', { 'content-length': '100', 'content-type': 'application/json' });
    caller.socket.write('{"name":');
    const { failure } = await caller.answer();
    assert.equal(failure.error, 'The body did not come within 0.1 seconds. Send the request again.');
    caller.socket.destroy();
    server.close();
  });
});
