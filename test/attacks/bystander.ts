import assert from 'node:assert/strict';
import { Bystander } from '../../bench/bystander.js';
import type { TestSimulator } from '../support/simulator.js';
import type { TestServer } from '../support/test-server.js';

const contactCount = 3;

/**
 * A bystander of an attack on this server: in an organization of its own, linked and connected. It posts to three contacts.
 * The caller lets it leave.
 */
export function settleBystander(server: TestServer, simulator: TestSimulator): Promise<Bystander> {
  const targetNumbers = simulator.addContacts(contactCount).map(({ phoneNumber }) => phoneNumber);
  return Bystander.settleIn(server, { scanQr: (qr) => simulator.scanQr(qr), targetNumbers });
}

/** Runs an attack and asserts that a bystander, who posts, reads, is connected and connects anew, meets no error meanwhile. */
export async function bystanderMeetsNoError<T>(bystander: Bystander, attack: () => Promise<T>): Promise<T> {
  const before = bystander.errors.length;
  const outcome = await bystander.meanwhile(attack);
  assert.deepEqual(bystander.errors.slice(before), [], 'what the bystander met');
  return outcome;
}
