import { settleTenant, type Tenant } from '../../bench/tenant.js';
import type { TestSimulator } from '../support/simulator.js';
import type { TestServer } from '../support/test-server.js';

/** An organization of its own on this server, with a linked account. */
export function settle(server: TestServer, simulator: TestSimulator, sessionId: string): Promise<Tenant> {
  return settleTenant(server, sessionId, (qr) => simulator.scanQr(qr));
}
