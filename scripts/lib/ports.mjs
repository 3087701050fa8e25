import { once } from 'node:events';
import { createServer } from 'node:net';

/** Why a port cannot be used, by the system's code. @type {Record<string, string>} */
const reasons = { EADDRINUSE: 'is taken', EACCES: 'is not for this user' };

/** @param {string} text @returns {number | undefined} the port, 0 for any; undefined when it is none */
export function readPort(text) {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return port <= 65_535 ? port : undefined;
}

/** @param {number} port on loopback, 0 for any @returns {Promise<{ port: number } | { reason: string }>} */
async function tryPort(port) {
  const server = createServer();
  try {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return { port: /** @type {import('node:net').AddressInfo} */ (server.address()).port };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    return { reason: reasons[code] ?? `cannot be used (${code})` };
  } finally {
    server.close();
  }
}

/**
 * @param {number} wished on loopback, 0 for any
 * @returns {Promise<{ port: number, reason?: string }>} the wished port, or a free one and why it is not the wished one
 */
export async function freePort(wished) {
  const found = await tryPort(wished);
  if ('port' in found) return found;
  const other = await tryPort(0);
  return 'port' in other ? { ...other, ...found } : { port: wished };
}
