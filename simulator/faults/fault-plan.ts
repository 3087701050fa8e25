import { setTimeout as pause } from 'node:timers/promises';
import type { Companion, LoginFailure } from '../state/account.js';
import type { OutgoingMessage } from '../wire/message-stanza.js';

const maxFaults = 1_000;
const maxDelayMs = 10 * 60_000;

/** Something that goes wrong on purpose, for one account or for all, a number of times. */
export type Fault = FaultScope & FaultKind;

export interface FaultScope {
  /** The account's phone number; every account when left out. */
  phoneNumber?: string | undefined;
  /** How often it happens; every time when left out. */
  times?: number | undefined;
}

export type FaultKind =
  /** Requests of a namespace (and first child): an error, an answer that comes late, or none. */
  | {
      on: 'query';
      xmlns: string;
      child?: string | undefined;
      code?: number | undefined;
      text?: string | undefined;
      delayMs?: number | undefined;
      unanswered?: boolean | undefined;
    }
  /**
   * One person, by number or LID, inside a usync answer: in the part that is named (`devices`, `lid`, `contact`), or in the
   * first one that was asked for.
   */
  | { on: 'usync-user'; user: string; protocol?: string | undefined; code: number; text: string }
  /** One person, by number or LID, inside a prekey answer; one of the person's devices when it is named. */
  | { on: 'prekeys'; user: string; device?: number | undefined; code: number; text: string }
  /** Messages: refused with this ack error, or delivered with the ack late, missing, or with other news in it. */
  | {
      on: 'message';
      error?: string | undefined;
      dropAck?: boolean | undefined;
      ackDelayMs?: number | undefined;
      phash?: string | undefined;
      refreshLid?: boolean | undefined;
      onlyStatuses?: boolean | undefined;
    }
  /** Logins: a failure node instead of success. */
  | { on: 'login'; reason: string; attributes?: Record<string, string> | undefined };

export interface MessageFault {
  refuse?: string | undefined;
  dropAck?: boolean | undefined;
  ackDelayMs?: number | undefined;
  phash?: string | undefined;
  refreshLid?: boolean | undefined;
}

interface Planned {
  id: number;
  fault: Fault;
  remaining: number;
}

/** The faults that are due. Each occurrence uses one up. */
export class FaultPlan {
  private readonly planned: Planned[] = [];
  private nextId = 1;

  /** Returns the fault's number, with which it can be withdrawn. */
  add(fault: Fault): number {
    if (this.planned.length >= maxFaults) throw new RangeError(`${maxFaults} faults are planned already`);
    const id = this.nextId++;
    this.planned.push({ id, fault, remaining: fault.times ?? Number.POSITIVE_INFINITY });
    return id;
  }

  withdraw(id: number): boolean {
    const index = this.planned.findIndex((planned) => planned.id === id);
    if (index >= 0) this.planned.splice(index, 1);
    return index >= 0;
  }

  clear(): void {
    this.planned.length = 0;
  }

  list(): { id: number; fault: Fault; remaining: number | null }[] {
    return this.planned.map(({ id, fault, remaining }) => ({
      id,
      fault,
      remaining: Number.isFinite(remaining) ? remaining : null,
    }));
  }

  /** Undefined when nothing is wrong; a delay has passed by then. */
  async onQuery(
    companion: Companion,
    xmlns: string,
    child: string,
  ): Promise<{ code: number; text: string } | 'unanswered' | undefined> {
    const fault = this.take('query', companion, (due) => due.xmlns === xmlns && (due.child ?? child) === child);
    if (!fault) return undefined;
    if (fault.delayMs) await pause(Math.min(fault.delayMs, maxDelayMs), undefined, { ref: false });
    if (fault.unanswered) return 'unanswered';
    return fault.code === undefined ? undefined : { code: fault.code, text: fault.text ?? 'internal-server-error' };
  }

  /** `names` are those that the person goes by, `protocols` what is asked about the person. */
  onUsyncUser(
    companion: Companion,
    names: readonly string[],
    protocols: readonly string[],
  ): { protocol: string; code: number; text: string } | undefined {
    const [first = ''] = protocols;
    const fault = this.take(
      'usync-user',
      companion,
      (due) => names.includes(due.user) && protocols.includes(due.protocol ?? first),
    );
    return fault && { protocol: fault.protocol ?? first, code: fault.code, text: fault.text };
  }

  onPreKeys(
    companion: Companion,
    names: readonly string[],
    device: number,
  ): { code: number; text: string } | undefined {
    const isMeant = (due: { user: string; device?: number | undefined }): boolean =>
      names.includes(due.user) && (due.device ?? device) === device;
    return this.take('prekeys', companion, isMeant);
  }

  onMessage(companion: Companion, message: OutgoingMessage): MessageFault | undefined {
    const isStatus = message.to === 'status@broadcast';
    const fault = this.take('message', companion, (due) => isStatus || due.onlyStatuses !== true);
    return fault && { ...fault, refuse: fault.error };
  }

  onLogin(companion: Companion): LoginFailure | undefined {
    const fault = this.take('login', companion, () => true);
    return fault && { reason: fault.reason, attributes: fault.attributes ?? {} };
  }

  private take<K extends FaultKind['on']>(
    on: K,
    companion: Companion,
    applies: (fault: Extract<FaultKind, { on: K }>) => boolean,
  ): Extract<FaultKind, { on: K }> | undefined {
    for (const planned of this.planned) {
      const { fault } = planned;
      if (!isKind(fault, on)) continue;
      if (fault.phoneNumber !== undefined && fault.phoneNumber !== companion.account.phoneNumber) continue;
      if (!applies(fault)) continue;
      planned.remaining -= 1;
      if (planned.remaining <= 0) this.withdraw(planned.id);
      return fault;
    }
    return undefined;
  }
}

function isKind<K extends FaultKind['on']>(fault: Fault, on: K): fault is Extract<FaultKind, { on: K }> & FaultScope {
  return fault.on === on;
}
