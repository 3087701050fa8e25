import { setTimeout as wait } from 'node:timers/promises';
import type { Measurement } from './measure.js';
import type { SimulatedContact, SimulatorAddress } from './simulator-process.js';

/** The one who posts in a benchmark: plain Baileys, or this product. Each lives in a process of its own. */
export interface Subject {
  readonly name: 'plain Baileys' | 'Statuscast';
  /** Starts it and links a fresh account, whose number it answers with. */
  link(simulator: SimulatorAddress): Promise<string>;
  /** Posts a text and waits for WhatsApp's ack; the measurement covers exactly that. */
  post(contacts: SimulatedContact[], text: string): Promise<{ messageId: string; measurement: Measurement }>;
  /** CPU time that its process has used so far. */
  cpuMs(): Promise<number>;
  stop(): Promise<void>;
}

const quietWindowMs = 250;
const quietCpuMs = 12;
const settleTimeoutMs = 120_000;

/** Waits until the subject has digested everything that a post brings after it, such as delivery receipts. */
export async function settle(subject: Pick<Subject, 'name' | 'cpuMs'>): Promise<void> {
  const deadline = performance.now() + settleTimeoutMs;
  let quietWindows = 0;
  let before = await subject.cpuMs();
  while (quietWindows < 3) {
    if (performance.now() > deadline) throw new Error(`${subject.name} did not come to rest.`);
    await wait(quietWindowMs);
    const now = await subject.cpuMs();
    quietWindows = now - before < quietCpuMs ? quietWindows + 1 : 0;
    before = now;
  }
}
