import { medianOf, type Measurement } from '../measure.js';
import { createPlainBaileys } from '../plain-baileys-subject.js';
import type { Result, Scenario } from '../scenario.js';
import type { SimulatedContact, SimulatorProcess } from '../simulator-process.js';
import { createStatuscast } from '../statuscast-subject.js';
import { settle, type Subject } from '../subject.js';

type PostName = 'first' | 'second';

/**
 * What does a text status cost? For each number of contacts, each side links a fresh account and posts twice to contacts
 * it never wrote to: the first post makes the sessions, the second uses them. The sides take turns, so that a busy
 * machine hurts both alike. Every post is checked at the other end: contacts must have decrypted the text.
 */
export const postScenario: Scenario = {
  name: 'post',
  question: 'A text status: from the request to WhatsApp’s ack',
  async run({ simulator, contactCounts, rounds, progress }) {
    const results: Result[] = [];
    for (const contactCount of contactCounts) {
      const taken = new Map<string, Measurement[]>();
      for (let round = 1; round <= rounds; round += 1) {
        for (const create of [() => Promise.resolve(createPlainBaileys()), () => createStatuscast(simulator)]) {
          const contacts = await simulator.createContacts(contactCount);
          const subject = await create();
          progress(`${contactCount} contacts, round ${round} of ${rounds}, ${subject.name}`);
          for (const [post, measurement] of await measurePosts(subject, simulator, contacts)) {
            const key = `${post}/${subject.name}`;
            taken.set(key, [...(taken.get(key) ?? []), measurement]);
          }
        }
      }
      for (const [key, measurements] of taken) {
        const [post, subject] = key.split('/') as [PostName, Subject['name']];
        results.push({
          scenario: 'post',
          subject,
          case: `${post} post, ${contactCount} contacts`,
          ...medianOf(measurements),
          rounds: measurements,
        });
      }
    }
    return results;
  },
};

async function measurePosts(
  subject: Subject,
  simulator: SimulatorProcess,
  contacts: SimulatedContact[],
): Promise<[PostName, Measurement][]> {
  try {
    await subject.link(simulator);
    const taken: [PostName, Measurement][] = [];
    for (const post of ['first', 'second'] as const) {
      await settle(subject);
      const text = `The ${post} post of ${subject.name}`;
      const { messageId, measurement } = await subject.post(contacts, text);
      taken.push([post, measurement]);
      await settle(subject);
      await checkDelivery(simulator, contacts, messageId, text);
    }
    return taken;
  } finally {
    await subject.stop();
  }
}

/** A post that did not arrive is not worth measuring: asks the first, the middle and the last contact. */
async function checkDelivery(
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
