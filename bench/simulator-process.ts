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
  /** With this many devices each. Those that are not `watched` take statuses without decrypting them. */
  createContacts(count: number, devices?: number, options?: { watched: boolean }): Promise<SimulatedContact[]>;
  /** The first so many people send read receipts for this account's status: as fast as they can, or so many a second. */
  startReceipts(phoneNumber: string, storm: { statusId: string; count: number; perSecond?: number }): Promise<void>;
  /** By number, when each of these receipts left, in milliseconds since 1970. */
  receiptsSentAt(statusId: string): Promise<[phoneNumber: string, at: number][]>;
  /** Changes rules of the simulator (simulator/state/settings.ts). */
  changeSettings(changes: Record<string, unknown>): Promise<void>;
  /** What has passed over the connection of this account's one device. */
  trafficOf(phoneNumber: string): Promise<Traffic>;
  /** The texts that this contact decrypted, by message id. */
  textsOf(contact: SimulatedContact): Promise<Map<string, string>>;
  /** Everything that the simulator refused so far, in words. */
  refusals(): Promise<unknown[]>;
  stop(): Promise<void>;
}

/** As WhatsApp's side counts: what it was asked, and frames without what WebSocket and TCP add. */
export interface Traffic {
  queries: number;
  receivedBytes: number;
  sentBytes: number;
}

const startTimeoutMs = 20_000;
const askTimeoutMs = 120_000;

/** Links a fresh simulated phone by scanning the QR string, and answers with its number. Rejects with the simulator's reason. */
export async function scanQr(control: string, qr: string): Promise<string> {
  const linked = await ask(control, '/admin/mock-phone/scan-qr', {
    method: 'POST',
    body: qr,
    headers: { 'content-type': 'text/plain' },
  });
  return (linked as { phoneNumber: string }).phoneNumber;
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
    createContacts: async (count, devices = 1, options = { watched: true }) => {
      const answer = await ask(address.control, '/admin/contacts', jsonPost({ count, devices, ...options }));
      return (answer as { contacts: SimulatedContact[] }).contacts;
    },
    startReceipts: async (phoneNumber, storm) => {
      await ask(address.control, `/admin/accounts/${phoneNumber}/receipts`, jsonPost(storm));
    },
    receiptsSentAt: async (statusId) => {
      const answer = await ask(address.control, `/admin/receipts/${statusId}`, {});
      return (answer as { sent: [string, number][] }).sent;
    },
    changeSettings: async (changes) => {
      await ask(address.control, '/admin/settings', { ...jsonPost(changes), method: 'PATCH' });
    },
    trafficOf: async (phoneNumber) => {
      const answer = await ask(address.control, `/admin/accounts/${phoneNumber}`, {});
      const { devices } = answer as { devices: { traffic: Traffic | null }[] };
      const traffic = devices[0]?.traffic;
      if (!traffic) throw new Error(`The device of ${phoneNumber} is not connected.`);
      return traffic;
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
  const response = await fetch(`${control}${path}`, { ...init, signal: AbortSignal.timeout(askTimeoutMs) });
  const text = await response.text();
  if (!response.ok) throw new Error(`The simulator answered ${path} with ${response.status}: ${text}`);
  return JSON.parse(text) as unknown;
}
