import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** What `npm run simulator` prints about itself. */
export interface SimulatorAddress {
  url: string;
  control: string;
  rootKeyHex: string;
  mediaCaFile: string;
}

export interface SimulatedContact {
  phoneNumber: string;
  lid: string | null;
  jid: string;
  name: string;
}

/** The simulator in its own process, and the part of its control interface that the benchmarks use. */
export interface SimulatorProcess extends SimulatorAddress {
  createContacts(count: number): Promise<SimulatedContact[]>;
  /** The texts that this contact decrypted, by message id. */
  textsOf(contact: SimulatedContact): Promise<Map<string, string>>;
  /** Everything that the simulator refused so far, in words. */
  refusals(): Promise<unknown[]>;
  stop(): Promise<void>;
}

const startTimeoutMs = 20_000;

/** Links a fresh simulated phone by scanning the QR string. Rejects with the simulator's reason. */
export async function scanQr(control: string, qr: string): Promise<void> {
  await ask(control, '/admin/mock-phone/scan-qr', {
    method: 'POST',
    body: qr,
    headers: { 'content-type': 'text/plain' },
  });
}

/** Starts the simulator on a free port. */
export async function startSimulatorProcess(): Promise<SimulatorProcess> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const entry = fileURLToPath(new URL(`../simulator/main.${extension}`, import.meta.url));
  const child = spawn(process.execPath, [...process.execArgv, entry, '--port', '0'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines = createInterface({ input: child.stdout });
  const signal = AbortSignal.timeout(startTimeoutMs);
  const [line] = (await once(lines, 'line', { signal })) as [string];
  const address = JSON.parse(line) as SimulatorAddress;
  return {
    ...address,
    createContacts: async (count) => {
      const answer = await ask(address.control, '/admin/contacts', jsonPost({ count }));
      return (answer as { contacts: SimulatedContact[] }).contacts;
    },
    textsOf: async (contact) => {
      const answer = await ask(address.control, `/admin/contacts/${contact.phoneNumber}/statuses`, {});
      const { statuses } = answer as { statuses: { id: string; text: string }[] };
      return new Map(statuses.map((status) => [status.id, status.text]));
    },
    refusals: async () => {
      const answer = await ask(address.control, '/admin/refusals', {});
      return (answer as { refusals: unknown[] }).refusals;
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      const exited = once(child, 'exit');
      child.kill('SIGTERM');
      await exited;
    },
  };
}

function jsonPost(body: unknown): RequestInit {
  return { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
}

async function ask(control: string, path: string, init: RequestInit): Promise<unknown> {
  const response = await fetch(`${control}${path}`, { ...init, signal: AbortSignal.timeout(60_000) });
  const text = await response.text();
  if (!response.ok) throw new Error(`The simulator answered ${path} with ${response.status}: ${text}`);
  return JSON.parse(text) as unknown;
}
