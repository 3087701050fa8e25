import { parentPort } from 'node:worker_threads';
import { type DeviceOutcome, encryptForDevice, type TargetDevice } from './encrypt-for-devices.js';
import type { SignalIdentity } from './session-start.js';

/** Some devices of a batch, for the thread to work on. */
export interface ThreadTask {
  id: number;
  identity: SignalIdentity;
  payload: Uint8Array;
  devices: readonly TargetDevice[];
  now: number;
}

/** Records travel as text: a copy of their objects would cost more than writing and reading them. */
export type ThreadOutcome = Exclude<DeviceOutcome, { ok: true }> | SealedInThread;
interface SealedInThread {
  ok: true;
  address: string;
  type: 'pkmsg' | 'msg';
  body: Uint8Array;
  recordJson: string;
}

export interface ThreadAnswer {
  id: number;
  outcomes: ThreadOutcome[];
}

function work(task: ThreadTask): ThreadAnswer {
  const outcomes = task.devices.map((device): ThreadOutcome => {
    const outcome = encryptForDevice(task.identity, task.payload, device, task.now);
    if (!outcome.ok) return outcome;
    const { record, ...sealed } = outcome;
    return { ...sealed, recordJson: JSON.stringify(record) };
  });
  return { id: task.id, outcomes };
}

parentPort?.on('message', (task: ThreadTask) => {
  parentPort?.postMessage(work(task));
});
