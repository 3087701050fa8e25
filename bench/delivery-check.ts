import type { SimulatedContact, SimulatorProcess } from './simulator-process.js';

/** A post that did not arrive is not worth measuring: asks the first, the middle and the last contact. */
export async function checkDelivery(
  simulator: SimulatorProcess,
  contacts: SimulatedContact[],
  messageId: string,
  text: string,
): Promise<void> {
  const some = [contacts[0], contacts[Math.floor(contacts.length / 2)], contacts.at(-1)];
  for (const contact of some) {
    if (contact === undefined) continue;
    const seen = (await simulator.textsOf(contact)).get(messageId);
    if (seen !== text)
      throw new Error(`${contact.name} was sent ${JSON.stringify(text)} and has ${JSON.stringify(seen)}.`);
  }
}
