import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname, networkInterfaces } from 'node:os';
import { AppError } from './app-error.js';
import { newId } from './ids.js';

/** A run of a server that holds something in the database: a session, or the key of a request. */
export interface OwnerProcess {
  /** One per start of a server; never used again. */
  id: string;
  /** The name for people; two processes may have the same. */
  node: string;
  /** Where `pid` means something. Equal only for processes that can see each other. */
  machine: string;
  pid: number;
}

/** Another process has the session by now, and what was to be done for it is that one's to do. */
export class NoLongerOursError extends AppError {
  constructor() {
    super('conflict', 'Another process has taken the session over. Try again in a moment.');
  }
}

/** Servers that live in this very process. Their number says nothing about one another. */
const aliveHere = new Set<string>();

/** This server, until {@link endOwnerProcess}. */
export function beginOwnerProcess(node: string): OwnerProcess {
  const id = newId();
  aliveHere.add(id);
  return { id, node, machine: machineName(), pid: process.pid };
}

export function endOwnerProcess({ id }: OwnerProcess): void {
  aliveHere.delete(id);
}

/**
 * Whether `other` has certainly ended, as seen from `me`. A number that now belongs to another program, or a process on
 * another machine, is not certain: then only the end of its lease counts.
 */
export function hasEnded(me: OwnerProcess, other: Omit<OwnerProcess, 'node'>): boolean {
  if (other.machine !== me.machine) return false;
  if (other.pid === process.pid) return !aliveHere.has(other.id);
  try {
    process.kill(other.pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ESRCH';
  }
}

/**
 * On Linux the boot and the namespace of process numbers: two containers never have the same, nor one machine before and
 * after a restart. Elsewhere the host name with the addresses of its network cards.
 */
function machineName(): string {
  const cards = Object.values(networkInterfaces()).flatMap((card) => (card ?? []).map(({ mac }) => mac));
  let place = [hostname(), ...new Set(cards)].sort().join(' ');
  try {
    place = `${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()} ${readlinkSync('/proc/self/ns/pid')}`;
  } catch {
    // Not Linux.
  }
  return createHash('sha256').update(place).digest('base64url').slice(0, 22);
}
