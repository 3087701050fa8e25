import { startSimulator, type Simulator, type SimulatorOptions } from '../../simulator/simulator.js';
import type { SimulatorControls } from '../../simulator/control/simulator-controls.js';
import type { LinkedDevice } from '../../simulator/control/linking-controls.js';
import type { ContactView, NewContacts } from '../../simulator/control/people-controls.js';
import type { StatusView } from '../../simulator/control/story-controls.js';
import type { ViewPlan } from '../../simulator/control/view-spreader.js';

/** A simulator in the test's own process, with the hands that tests use most. */
export class TestSimulator {
  constructor(readonly simulator: Simulator) {}

  get url(): string {
    return this.simulator.url;
  }

  get control(): string {
    return this.simulator.control;
  }

  get rootKeyHex(): string {
    return this.simulator.rootKeyHex;
  }

  get mediaCaFile(): string {
    return this.simulator.mediaCaFile;
  }

  /** Everything that the control interface offers. */
  get controls(): SimulatorControls {
    return this.simulator.controls;
  }

  /** A phone, fresh unless named, scans a QR. Rejects in words when nothing gets linked. */
  scanQr(qr: string, by: { phoneNumber?: string; name?: string } = {}): Promise<LinkedDevice> {
    return this.controls.linking.scanQr(qr, by);
  }

  enterCode(phoneNumber: string, code: string): Promise<LinkedDevice> {
    return this.controls.linking.enterCode(phoneNumber, code);
  }

  addContacts(wanted: NewContacts | number): ContactView[] {
    return this.controls.people.addContacts(typeof wanted === 'number' ? { count: wanted } : wanted);
  }

  /** What this contact's devices really decrypted. */
  statuses(phoneNumber: string): StatusView[] {
    return this.controls.stories.statuses(phoneNumber);
  }

  view(phoneNumber: string, statusId: string): void {
    this.controls.stories.view(phoneNumber, [statusId]);
  }

  like(phoneNumber: string, statusId: string, emoji?: string): void {
    this.controls.stories.like(phoneNumber, statusId, emoji);
  }

  /** Returns the id of the message. */
  reply(phoneNumber: string, statusId: string, text: string): string {
    return this.controls.stories.reply(phoneNumber, statusId, text).id;
  }

  /** Some or all of those who have the status open it. Returns how many will. */
  spreadViews(statusId: string, plan: ViewPlan = {}): number {
    return this.controls.views.spread(statusId, plan).planned;
  }

  /** Rules of everything refused so far. */
  refusedRules(): string[] {
    return this.controls.refusals().refusals.map(({ rule }) => rule);
  }

  /** The control interface over HTTP, as other processes use it. Rejects with the answer's own words. */
  async ask<T = Record<string, unknown>>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<T> {
    const json = { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`${this.control}${path}`, { method, ...(body === undefined ? {} : json) });
    const answer = (await response.json()) as T & { error?: string };
    if (!response.ok) throw new Error(`${response.status}: ${answer.error ?? ''}`);
    return answer;
  }

  drain(): Promise<void> {
    return this.controls.drain();
  }

  stop(): Promise<void> {
    return this.simulator.stop();
  }
}

/**
 * Starts a simulator. The caller stops it. Delivery receipts come after 5 ms unless the settings
 * say otherwise; note that Baileys folds what comes within 100 ms of a send into the send's own event.
 */
export async function startTestSimulator(options: SimulatorOptions = {}): Promise<TestSimulator> {
  const settings = { deliveryReceiptDelayMs: 5, ...options.settings };
  return new TestSimulator(await startSimulator({ ...options, settings }));
}
