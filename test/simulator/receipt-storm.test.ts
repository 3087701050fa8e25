import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import type { BinaryNode } from '@whiskeysockets/baileys';
import { eventually } from '../support/eventually.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { ManualClock } from './manual-clock.js';
import { linkByQr, type PlainClient } from './plain-client.js';

const phoneNumber = '4915112345678';

describe('receipts of many people for one status', () => {
  let simulator: TestSimulator;
  let clock: ManualClock;
  let client: PlainClient;
  let readers: string[];

  beforeEach(async () => {
    clock = new ManualClock();
    simulator = await startTestSimulator({ clock });
    client = await linkByQr(simulator, { phoneNumber, name: 'Ada' });
    readers = [];
    client.socket.ws.on('CB:receipt', ({ attrs }: BinaryNode) => {
      if (attrs['id'] === 'S1' && attrs['type'] === 'read') readers.push(attrs['participant'] ?? '');
    });
  });
  afterEach(async () => {
    await client.close();
    await simulator.stop();
  });

  it('reach its author once from each, though nobody has it, and it is known when they left', async () => {
    const contacts = simulator.addContacts(450);
    simulator.controls.receipts.start(phoneNumber, { statusId: 'S1', count: 450 });
    clock.advance(0);
    await eventually(() => equal(readers.length, 450));
    equal(new Set(readers).size, 450);
    const { sent } = simulator.controls.receipts.sentAt('S1');
    deepEqual(new Set(sent.map(([number]) => number)), new Set(contacts.map((contact) => contact.phoneNumber)));
    ok(sent.every(([, at]) => at === clock.now()));
  });

  it('leave at the pace that is asked for', async () => {
    simulator.addContacts(30);
    simulator.controls.receipts.start(phoneNumber, { statusId: 'S1', count: 30, perSecond: 10 });
    const leftAfter = (ms: number): number => {
      clock.advance(ms);
      return simulator.controls.receipts.sentAt('S1').sent.length;
    };
    deepEqual([leftAfter(0), leftAfter(1_000), leftAfter(1_500), leftAfter(5_000)], [1, 11, 26, 30]);
    await eventually(() => equal(readers.length, 30));
  });

  it('are refused where there are not so many people, and for a status that had none', () => {
    simulator.addContacts(2);
    throws(() => simulator.controls.receipts.start(phoneNumber, { statusId: 'S1', count: 3 }), /2 people, not 3/);
    throws(() => simulator.controls.receipts.sentAt('S1'), /no receipts were sent for S1/);
  });
});
