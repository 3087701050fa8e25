import { setTimeout as wait } from 'node:timers/promises';
import type { SimulatedContact, SimulatorProcess } from './simulator-process.js';

const arrivalTimeoutMs = 30_000;
const pollIntervalMs = 100;

/**
 * A post that did not arrive is not worth measuring: asks the first, the middle and the last contact. WhatsApp
 * acknowledges a post before phones have it, so each has half a minute to decrypt it.
 */
export async function checkDelivery(
  simulator: SimulatorProcess,
  contacts: SimulatedContact[],
  messageId: string,
  text: string,
): Promise<void> {
  const deadline = performance.now() + arrivalTimeoutMs;
  const some = [contacts[0], contacts[Math.floor(contacts.length / 2)], contacts.at(-1)];
  for (const contact of some) {
    if (contact === undefined) continue;
    let seen = (await simulator.textsOf(contact)).get(messageId);
    while (seen === undefined && performance.now() < deadline) {
      await wait(pollIntervalMs);
      seen = (await simulator.textsOf(contact)).get(messageId);
    }
    if (seen !== text)
      throw new Error(`${contact.name} was sent ${JSON.stringify(text)} and has ${JSON.stringify(seen)}.`);
  }
}
