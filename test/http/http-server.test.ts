import assert from 'node:assert/strict';
import { connect, createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { HttpServer } from '../../server/http/http-server.js';
import { ListenError, readListenError } from '../../server/http/listen-error.js';
import { eventually } from '../support/eventually.js';

const here = { host: '127.0.0.1', port: 0, largestBodyBytes: 1, publicPath: '', isBehindProxy: false };

describe('the listening socket', () => {
  const megabyte = 1024 * 1024;
  const limitsFor = (largestBodyBytes: number) => {
    const { node } = new HttpServer(() => undefined, { ...here, largestBodyBytes });
    return { requestTimeout: node.requestTimeout, timeout: node.timeout, headersTimeout: node.headersTimeout };
  };

  it('waits for the largest upload over a slow line, and for no request less than five minutes', () => {
    assert.equal(limitsFor(megabyte).requestTimeout, 300_000);
    // 64 kB a second.
    assert.equal(limitsFor(64 * megabyte).requestTimeout, 1_048_576);
  });

  it('does not wait long for headers', () => {
    assert.equal(limitsFor(2_048 * megabyte).headersTimeout, 20_000);
  });

  it('takes the path of PUBLIC_URL away, and leaves others alone', async () => {
    const server = new HttpServer((request, response) => response.end(request.url), { ...here, publicPath: '/cast' });
    await server.start();
    const seen: string[] = [];
    for (const address of ['/cast', '/cast?a=1', '/cast/x?a=1', '/castle', '/x/cast', '/']) {
      seen.push(await (await fetch(`${server.url}${address}`)).text());
    }
    await server.stop();
    assert.deepEqual(seen, ['/', '/?a=1', '/x?a=1', '/castle', '/x/cast', '/']);
  });

  it('gives an answer all the time that it needs', () => {
    assert.equal(limitsFor(megabyte).timeout, 0);
  });
});

describe('connections beyond the limit', () => {
  const limits = { ofOne: 2, inAll: 3 };
  let server: HttpServer;
  let open: Socket[];
  const start = async (isBehindProxy: boolean): Promise<void> => {
    server = new HttpServer((_request, response) => response.end('here'), { ...here, isBehindProxy }, limits);
    await server.start();
    open = [];
  };
  afterEach(async () => {
    for (const socket of open) socket.destroy();
    await server.stop();
  });
  /** What a new connection gets as its answer; it stays open. */
  const ask = (): Promise<string> => {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    open.push(socket);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\n\r\n');
    return new Promise((resolve) => {
      socket.once('data', (data: Buffer) => resolve(data.toString().slice(0, 15)));
      socket.on('error', () => undefined).once('close', () => resolve('closed'));
    });
  };

  it('of one network are closed, until one of the others ends', async () => {
    await start(false);
    assert.deepEqual([await ask(), await ask(), await ask()], ['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK', 'closed']);
    open[0]?.destroy();
    await eventually(async () => assert.equal(await ask(), 'HTTP/1.1 200 OK', 'no place yet'));
    assert.equal(await ask(), 'closed');
  });

  it('of all are closed, and a proxy is no network of its own', async () => {
    await start(true);
    const answers = [await ask(), await ask(), await ask(), await ask()];
    assert.deepEqual(answers, ['HTTP/1.1 200 OK', 'HTTP/1.1 200 OK', 'HTTP/1.1 200 OK', 'closed']);
  });
});

describe('a listening socket that stops', () => {
  /** A connection that has left HTTP, as a live one does; the server holds it open. */
  const upgraded = async (server: HttpServer): Promise<Socket> => {
    server.node.on('upgrade', (_request, socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\n\r\n'));
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n');
    await once(socket, 'data');
    return socket;
  };

  for (const [who, close] of [
    ['it is told to', () => undefined],
    ['somebody else has closed the listening socket', (server: HttpServer) => server.node.close()],
  ] as const) {
    it(`leaves no connection open when ${who}`, async () => {
      const server = new HttpServer(() => undefined, here, undefined, 20);
      await server.start();
      const socket = await upgraded(server);
      const closed = once(socket, 'close');
      close(server);
      await server.stop();
      await closed;
      assert.equal(server.node.listening, false);
      assert.equal(await connectionsOf(server), 0);
    });
  }

  it('is stopped at once when it never listened, and when it has stopped', async () => {
    const server = new HttpServer(() => undefined, here);
    await server.stop();
    await server.start();
    await server.stop();
    await server.stop();
    assert.equal(server.node.listening, false);
  });
});

function connectionsOf({ node }: HttpServer): Promise<number> {
  return new Promise((resolve, reject) => {
    node.getConnections((error, count) => (error === null ? resolve(count) : reject(error)));
  });
}

describe('a server that cannot listen where it is told to', () => {
  const failure = async (host: string, port = 0): Promise<string> => {
    const server = new HttpServer(() => undefined, { ...here, host, port });
    const error: unknown = await server.start().then(
      () => undefined,
      (reason: unknown) => reason,
    );
    await server.stop();
    assert.ok(error instanceof ListenError, String(error));
    return error.message;
  };

  it('names the port that is taken, and the setting', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const sentence = await failure('127.0.0.1', port);
    other.close();
    assert.match(
      sentence,
      new RegExp(`^PORT is ${String(port)}, and another program.* set PORT to .*0 takes any that is free`),
    );
  });

  it('names the addresses that the machine has when it lacks the one given', async () => {
    const sentence = await failure('203.0.113.7');
    assert.match(sentence, /^HOST is 203\.0\.113\.7, and this machine has no such address.* It has .*127\.0\.0\.1/);
  });

  it('says so of a name that leads nowhere', async () => {
    assert.match(
      await failure('no-such-machine.invalid'),
      /^HOST is no-such-machine\.invalid, and no address is known for that name/,
    );
  });

  it('says that low ports are for the administrator', () => {
    const denied = Object.assign(new Error('listen EACCES'), { code: 'EACCES' });
    const sentenceFor = (port: number) => String(readListenError(denied, { host: '0.0.0.0', port }));
    assert.match(sentenceFor(443), /PORT is 443, .*below 1024 are for the administrator.* Set PORT to another number/);
    assert.doesNotMatch(sentenceFor(5000), /1024/);
  });

  it('leaves errors of other kinds as they are', () => {
    const other = new Error('something else');
    assert.equal(readListenError(other, { host: '127.0.0.1', port: 1 }), other);
  });
});
