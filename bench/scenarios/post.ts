import { checkDelivery } from '../delivery-check.js';
import { median, medianOf, type Measurement } from '../measure.js';
import { createPlainBaileys } from '../plain-baileys-subject.js';
import type { Result, Scenario, ScenarioInput } from '../scenario.js';
import type { SimulatedContact, SimulatorProcess } from '../simulator-process.js';
import { createStatuscast } from '../statuscast-subject.js';
import { settle, type Subject } from '../subject.js';

/** What a post cost the process that made it, and WhatsApp's side. */
interface PostMeasurement extends Measurement {
  queries: number;
  sentKb: number;
  receivedKb: number;
}

const posts = ['first', 'repeat'] as const;
type PostName = (typeof posts)[number];

/**
 * What does a text status cost? For each number of contacts, each side links a fresh account and posts twice to contacts
 * it never wrote to: the first post makes the sessions, the second uses them. The sides take turns, so that a busy
 * machine hurts both alike. Every post is checked at the other end: contacts must have decrypted the text.
 *
 * Contacts send no delivery receipts meanwhile. This product would get those of the first chunk while it works on the
 * next one, plain Baileys all of them after its only stanza and outside of what is measured.
 */
export const postScenario: Scenario = {
  name: 'post',
  question: 'A text status: from the request to WhatsApp’s ack',
  async run(input) {
    const results: Result[] = [];
    await input.simulator.changeSettings({ deliveryReceipts: false });
    for (const contacts of input.contactCounts) {
      for (const devices of input.deviceCounts) results.push(...(await measureSize(input, contacts, devices)));
    }
    await input.simulator.changeSettings({ deliveryReceipts: true });
    return results;
  },
};

async function measureSize(input: ScenarioInput, contactCount: number, devices: number): Promise<Result[]> {
  const { simulator, rounds, plainUpTo, progress, profileFolder } = input;
  const size = `${String(contactCount)} contacts × ${String(devices)}`;
  const sides = [() => createStatuscast(simulator, profileFolder)];
  if (contactCount <= plainUpTo) sides.unshift(() => Promise.resolve(createPlainBaileys()));
  else progress(`${size}: plain Baileys is left out (--plain-up-to ${String(plainUpTo)})`);
  const taken = new Map<string, { name: PostName; subject: Subject['name']; rounds: PostMeasurement[] }>();
  for (let round = 1; round <= rounds; round += 1) {
    for (const create of sides) {
      const contacts = await simulator.createContacts(contactCount, devices);
      const subject = await create();
      progress(`${size}, round ${String(round)} of ${String(rounds)}, ${subject.name}`);
      for (const [name, measurement] of await measurePosts(subject, simulator, contacts)) {
        const key = `${name} ${subject.name}`;
        const known = taken.get(key) ?? { name, subject: subject.name, rounds: [] };
        known.rounds.push(measurement);
        taken.set(key, known);
      }
    }
  }
  return [...taken.values()].map((one) => ({
    scenario: 'post',
    subject: one.subject,
    case: `${one.name} post, ${size}`,
    ...medianOf(one.rounds),
    traffic: {
      queries: median(one.rounds.map(({ queries }) => queries)),
      sentKb: median(one.rounds.map(({ sentKb }) => sentKb)),
      receivedKb: median(one.rounds.map(({ receivedKb }) => receivedKb)),
    },
    rounds: one.rounds,
  }));
}

async function measurePosts(
  subject: Subject,
  simulator: SimulatorProcess,
  contacts: SimulatedContact[],
): Promise<[PostName, PostMeasurement][]> {
  try {
    const account = await subject.link(simulator);
    const taken: [PostName, PostMeasurement][] = [];
    for (const post of posts) {
      await settle(subject);
      const text = `The ${post} post of ${subject.name}`;
      const before = await simulator.trafficOf(account);
      const { messageId, measurement } = await subject.post(contacts, text);
      const after = await simulator.trafficOf(account);
      const traffic = {
        queries: after.queries - before.queries,
        sentKb: (after.receivedBytes - before.receivedBytes) / 1024,
        receivedKb: (after.sentBytes - before.sentBytes) / 1024,
      };
      taken.push([post, { ...measurement, ...traffic }]);
      await settle(subject);
      await checkDelivery(simulator, contacts, messageId, text);
    }
    return taken;
  } finally {
    await subject.stop();
  }
}
