import { deepEqual, ok } from 'node:assert/strict';
import { linkByQr, type PlainClient } from '../simulator/plain-client.js';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';

describe('what open pages of the face are told', () => {
  let simulator: TestSimulator;
  let client: PlainClient;
  const page = new AbortController();

  before(async () => {
    simulator = await startTestSimulator();
    client = await linkByQr(simulator);
  });
  after(async () => {
    page.abort();
    await client.close();
    await simulator.stop();
  });

  /** Opens a page's stream; the list grows with every phone that it names. */
  async function openStream(): Promise<string[]> {
    const response = await fetch(`${simulator.control}/face/events`, { signal: page.signal });
    ok(response.body);
    const named: string[] = [];
    const read = async (stream: ReadableStream<Uint8Array>): Promise<void> => {
      let text = '';
      for await (const chunk of stream) {
        text += Buffer.from(chunk).toString();
        const events = text.split('\n\n');
        text = events.pop() ?? '';
        for (const event of events) {
          const data = /^data: (.*)$/m.exec(event)?.[1];
          if (data !== undefined) named.push(...(JSON.parse(data) as { phoneNumbers: string[] }).phoneNumbers);
        }
      }
    };
    // It ends when the test closes the page.
    read(response.body).catch(() => undefined);
    return named;
  }

  it('names everybody who opens a status in the same moment, also who hides it, and nobody else', async () => {
    const open = simulator.addContacts(5);
    const [hidden] = simulator.addContacts({ contacts: [{ readReceipts: false }] });
    const [early] = simulator.addContacts(1);
    ok(hidden && early);
    const { id } = await client.post(
      'Together',
      [...open, hidden, early].map(({ jid }) => jid),
    );
    await simulator.drain();
    simulator.view(early.phoneNumber, id);
    const named = await openStream();
    simulator.spreadViews(id, { curve: 'burst' });
    const viewers = [...open, hidden].map(({ phoneNumber }) => phoneNumber);
    await eventually(() => deepEqual([...named].sort(), viewers.sort()));
    for (const phoneNumber of viewers) ok(simulator.statuses(phoneNumber)[0]?.viewedAt);
  });
});
