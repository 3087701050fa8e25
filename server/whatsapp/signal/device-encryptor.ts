import type { Worker } from 'node:worker_threads';
import {
  type BatchOptions,
  type DeviceBatch,
  type DeviceOutcome,
  encryptForDevices,
  type TargetDevice,
} from './encrypt-for-devices.js';
import type { ThreadAnswer, ThreadOutcome, ThreadTask } from './encrypt-thread.js';
import { startThread } from './start-thread.js';
import type { StoredSessionRecord } from './stored-session.js';

export interface DeviceEncryptorOptions {
  /** Told, at most once, why new sessions are begun on the event loop from now on. */
  readonly onThreadFailure?: (error: Error) => void;
  /** Gives a thread that answers as encrypt-thread.ts does. */
  readonly startThread?: () => Worker;
}

/** About ten milliseconds of work, so that the posts of several accounts take turns. */
const devicesPerTask = 32;
/** Below this, waiting for the thread costs more than it saves. */
const minBundlesForThread = 8;
/** One task in hand and one waiting keep the thread busy. */
const tasksAhead = 2;

function received(outcome: ThreadOutcome): DeviceOutcome {
  if (!outcome.ok) return outcome;
  const { recordJson, body, ...sealed } = outcome;
  return {
    ...sealed,
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    record: JSON.parse(recordJson) as StoredSessionRecord,
  };
}

/**
 * {@link encryptForDevices} with the key agreements of new sessions in a thread: they take 0.3 ms each, of which the
 * event loop keeps a twentieth. Devices with a stored session stay here, where they cost less than the way to the thread.
 *
 * One serves the whole process. The thread starts with the first need and lasts until `stop()`; should it fail, the work
 * goes on here, as nothing of what it had in hand was used.
 */
export class DeviceEncryptor {
  private thread: Worker | undefined;
  private threadIsGone = false;
  private nextId = 1;
  private readonly pending = new Map<number, (answer: ThreadAnswer | undefined) => void>();

  constructor(private readonly options: DeviceEncryptorOptions = {}) {}

  /**
   * As {@link encryptForDevices}, the outcomes in the order of the devices. `onBatch` hears first of the devices with a
   * stored session, then of the others.
   */
  async encrypt(batch: DeviceBatch, options: BatchOptions = {}): Promise<DeviceOutcome[]> {
    const fresh = batch.devices.filter(({ bundle }) => bundle !== undefined);
    if (fresh.length < minBundlesForThread || this.threadIsGone) return encryptForDevices(batch, options);

    const outcomes = new Map<TargetDevice, DeviceOutcome>();
    const keep = (devices: readonly TargetDevice[], found: readonly DeviceOutcome[]) => {
      for (const [index, outcome] of found.entries()) {
        const device = devices[index];
        if (device) outcomes.set(device, outcome);
      }
    };
    const known = batch.devices.filter(({ bundle }) => bundle === undefined);
    keep(known, await encryptForDevices({ ...batch, devices: known }, options));

    const asked: { devices: TargetDevice[]; answer: Promise<ThreadAnswer | undefined> }[] = [];
    for (let first = 0; first < fresh.length || asked.length > 0;) {
      options.signal?.throwIfAborted();
      while (asked.length < tasksAhead && first < fresh.length) {
        const devices = fresh.slice(first, first + devicesPerTask);
        asked.push({ devices, answer: this.ask({ ...batch, devices }, options) });
        first += devicesPerTask;
      }
      const next = asked.shift();
      if (next === undefined) break;
      const answer = await next.answer;
      if (answer === undefined) {
        keep(next.devices, await encryptForDevices({ ...batch, devices: next.devices }, options));
      } else {
        const found = answer.outcomes.map(received);
        keep(next.devices, found);
        await options.onBatch?.(found);
      }
    }
    return batch.devices.flatMap((device) => outcomes.get(device) ?? []);
  }

  /** Ends the thread. What it had in hand is finished on the event loop, and so is everything asked for later. */
  async stop(): Promise<void> {
    const thread = this.thread;
    this.abandonThread();
    await thread?.terminate();
  }

  /** Resolves with undefined when there is no thread to answer. */
  private ask(batch: DeviceBatch, { now = Date.now }: BatchOptions): Promise<ThreadAnswer | undefined> {
    if (this.threadIsGone) return Promise.resolve(undefined);
    this.thread ??= this.start();
    const { thread } = this;
    const id = this.nextId;
    this.nextId += 1;
    const task: ThreadTask = { id, ...batch, now: now() };
    thread.postMessage(task);
    return new Promise((resolve) => {
      if (this.pending.size === 0) thread.ref();
      this.pending.set(id, resolve);
    });
  }

  private start(): Worker {
    const thread = this.options.startThread?.() ?? startThread('encrypt-thread');
    // An idle thread must not keep a process alive that has nothing else to do.
    thread.unref();
    thread.on('message', (answer: ThreadAnswer) => {
      const resolve = this.pending.get(answer.id);
      this.pending.delete(answer.id);
      if (this.pending.size === 0) thread.unref();
      resolve?.(answer);
    });
    const fail = (error: Error) => {
      if (this.thread !== thread) return;
      this.abandonThread();
      this.options.onThreadFailure?.(error);
    };
    thread.on('error', fail);
    thread.on('exit', (code) => fail(new Error(`The thread for new sessions ended with code ${code}.`)));
    return thread;
  }

  private abandonThread(): void {
    this.thread = undefined;
    this.threadIsGone = true;
    const waiting = [...this.pending.values()];
    this.pending.clear();
    for (const resolve of waiting) resolve(undefined);
  }
}
