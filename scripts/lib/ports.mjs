import { once } from 'node:events';
import { createServer } from 'node:net';

/** @param {number} port @returns {Promise<number | undefined>} the port when it is free (for 0: a free one), else undefined */
async function tryPort(port) {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    return typeof address === 'object' ? address?.port : undefined;
  } catch {
    return undefined;
  } finally {
    server.close();
  }
}

/**
 * @param {number} wished @returns {Promise<number>} the wished port on loopback, or another free one when it is taken
 */
export async function freePort(wished) {
  return (await tryPort(wished)) ?? (await tryPort(0)) ?? wished;
}
