import assert from 'node:assert/strict';
import { EventEmitter, once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { ReadsInTurns } from '../../server/whatsapp/baileys/reads-in-turns.js';
import { eventually } from '../support/eventually.js';

const messages = 10_000;
const mostInATurn = 64;
/** What 64 KB have of these, with their heads, and the rest of the one before. */
const mostInARead = Math.ceil(65_536 / 102) + 1;

function message(index: number): Buffer {
  const bytes = Buffer.alloc(100);
  bytes.writeUInt32BE(index);
  return bytes;
}

describe('a socket to which much comes at once', () => {
  let server: WebSocketServer;
  let socket: WebSocket;
  /** The numbers of what came, in its order. */
  let came: number[];
  /** How many came in each turn of the loop. */
  let turns: number[];
  beforeEach(async () => {
    [came, turns] = [[], []];
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    socket = new WebSocket(`ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
    let inThisTurn = 0;
    socket.on('message', (bytes: Buffer) => {
      if (inThisTurn === 0) {
        setImmediate(() => {
          turns.push(inThisTurn);
          inThisTurn = 0;
        });
      }
      inThisTurn += 1;
      came.push(bytes.readUInt32BE());
    });
  });
  afterEach(async () => {
    socket.terminate();
    server.close();
    await once(server, 'close');
  });

  async function connected(): Promise<WebSocket> {
    const [[far]] = await Promise.all([once(server, 'connection') as Promise<[WebSocket]>, once(socket, 'open')]);
    return far;
  }
  function sendAll(far: WebSocket): void {
    for (let index = 0; index < messages; index += 1) far.send(message(index));
  }
  const allCame = (count: number): Promise<void> =>
    eventually(() => assert.equal(came.length, count), { what: 'all that was sent' });
  const inOrder = Array.from({ length: messages }, (_none, index) => index);

  it('tells of its end after what came before it, also where that is told at once', async () => {
    const reader = Object.assign(new EventEmitter(), { pause: () => undefined, resume: () => undefined });
    const told: (number | string)[] = [];
    for (const event of ['message', 'error', 'close']) reader.on(event, (value?: number) => told.push(value ?? event));
    new ReadsInTurns(reader);
    const sent: (number | string)[] = inOrder.slice(0, 200);
    for (const index of sent) reader.emit('message', index);
    for (const end of ['error', 'close']) reader.emit(end);
    assert.deepEqual(told, sent.slice(0, mostInATurn));
    await eventually(() => told.includes('close'), { what: 'the end' });
    assert.deepEqual(told, [...sent, 'error', 'close']);
  });

  it('leaves the others a turn after a few, and loses nothing', async () => {
    new ReadsInTurns(socket);
    const far = await connected();
    sendAll(far);
    await allCame(messages);
    assert.deepEqual(came, inOrder);
    assert.ok(Math.max(...turns) <= mostInATurn, `${String(Math.max(...turns))} in one turn`);
  });

  it('would hold them up for several hundred without that', async () => {
    sendAll(await connected());
    await allCame(messages);
    assert.ok(Math.max(...turns) > mostInATurn, `${String(Math.max(...turns))} in one turn`);
  });

  it('is not read while somebody holds it, and goes on once nobody does', async () => {
    const reads = new ReadsInTurns(socket);
    const far = await connected();
    const [one, another] = [reads.hold(), reads.hold()];
    sendAll(far);
    // A whole round to the other side and back, on a socket beside it.
    const beside = new WebSocket(socket.url);
    await once(beside, 'open');
    beside.terminate();
    assert.deepEqual(came, []);
    one();
    one();
    assert.equal(socket.isPaused, true);
    another();
    await allCame(messages);
    assert.deepEqual(came, inOrder);
  });

  it('that is held while much is on its way stops after what was read', async () => {
    const reads = new ReadsInTurns(socket);
    const far = await connected();
    let release: (() => void) | undefined;
    socket.on('message', () => (release ??= reads.hold()));
    sendAll(far);
    await eventually(() => assert.ok(release !== undefined), { what: 'the first message' });
    let before = -1;
    while (before < came.length) {
      before = came.length;
      for (let turn = 0; turn < 20; turn += 1) await new Promise((done) => setImmediate(done));
    }
    assert.ok(came.length <= mostInARead, `${String(came.length)} came`);
    release?.();
    await allCame(messages);
  });
});
