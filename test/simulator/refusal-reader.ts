import { deepEqual, match } from 'node:assert/strict';
import type { Refusal } from '../../simulator/state/refusal-log.js';
import { eventually } from '../support/eventually.js';
import type { TestSimulator } from '../support/simulator.js';

/** What is refused, in what words, and by whom it was sent when that is of interest. */
export interface Refused {
  rule: string;
  says: RegExp;
  from?: RegExp;
}

/** Reads the simulator's refusals as a tester would: over HTTP. */
export class RefusalReader {
  constructor(private readonly simulator: TestSimulator) {}

  clear(): Promise<unknown> {
    return this.simulator.ask('DELETE', '/admin/refusals');
  }

  async all(): Promise<Refusal[]> {
    return (await this.simulator.ask<{ refusals: Refusal[] }>('GET', '/admin/refusals')).refusals;
  }

  /** Waits for one refusal, which must be the only one since the last `clear`. */
  async only(refused: Refused): Promise<void> {
    await this.these(refused);
  }

  /** Waits for these refusals, in this order, and no other ones since the last `clear`. */
  async these(...expected: Refused[]): Promise<void> {
    const rules = expected.map(({ rule }) => rule);
    const refusals = await eventually(async () => {
      const all = await this.all();
      const found = all.map(({ rule }) => rule);
      deepEqual(found, rules, JSON.stringify(all));
      return all;
    });
    for (const [index, { says, from }] of expected.entries()) {
      match(refusals[index]?.reason ?? '', says);
      if (from) match(refusals[index]?.from ?? '', from);
    }
  }
}
