import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocket, WebSocketServer } from 'ws';
import { readInTurns } from '../../server/whatsapp/baileys/reads-in-turns.js';
import { eventually } from '../support/eventually.js';

const messages = 10_000;
const message = Buffer.alloc(100, 1);
/** What a read of 64 KB has of these, with their heads, and the rest of the one before. */
const mostInARead = Math.ceil(65_536 / 102) + 1;

describe('a socket to which much comes at once', () => {
  let server: WebSocketServer;
  let socket: WebSocket;
  beforeEach(async () => {
    server = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(server, 'listening');
    socket = new WebSocket(`ws://127.0.0.1:${String((server.address() as AddressInfo).port)}`);
  });
  afterEach(async () => {
    socket.terminate();
    server.close();
    await once(server, 'close');
  });

  /** How many messages came in each turn of the loop. */
  async function turnsOf(): Promise<number[]> {
    const turns: number[] = [];
    let inThisTurn = 0;
    socket.on('message', () => {
      if (inThisTurn === 0) {
        setImmediate(() => {
          turns.push(inThisTurn);
          inThisTurn = 0;
        });
      }
      inThisTurn += 1;
    });
    const [[far]] = await Promise.all([once(server, 'connection') as Promise<[WebSocket]>, once(socket, 'open')]);
    for (let index = 0; index < messages; index += 1) far.send(message);
    const arrived = (): number => turns.reduce((sum, count) => sum + count, 0);
    await eventually(() => assert.equal(arrived(), messages), { what: 'all messages' });
    return turns;
  }

  it('leaves the others a turn after each read, and loses nothing', async () => {
    readInTurns(socket);
    const turns = await turnsOf();
    assert.ok(Math.max(...turns) <= mostInARead, `${String(Math.max(...turns))} in one turn`);
  });

  it('would hold them up for several reads without that', async () => {
    const turns = await turnsOf();
    assert.ok(Math.max(...turns) > mostInARead, `${String(Math.max(...turns))} in one turn`);
  });
});
