import assert from 'node:assert/strict';
import type { Answers, Attack } from '../../bench/attacks/attack.js';
import type { Bystander } from '../../bench/bystander.js';
import type { Tenant } from '../../bench/tenant.js';
import { eventually } from '../support/eventually.js';
import { bystanderMeetsNoError } from './bystander.js';

/** So often a bystander has read, posted and come back while an attack goes on. */
const rounds = 10;

/**
 * Attacks until a bystander has done all that a bystander does several times without an error, and `meanwhile` is done.
 * Resolves to how the attack was answered.
 */
export async function attackBeside(
  bystander: Bystander,
  attack: Attack,
  attacker: Tenant,
  meanwhile: () => Promise<unknown> = () => Promise.resolve(),
): Promise<Answers> {
  await attack.prepare?.(attacker);
  return bystanderMeetsNoError(bystander, async () => {
    const until = new AbortController();
    const over = attack.run(attacker, until.signal);
    const before = bystander.postsMs.length;
    try {
      await meanwhile();
      await eventually(() => assert.ok(bystander.postsMs.length >= before + rounds, 'too few rounds yet'), {
        what: 'the rounds of the bystander',
        timeoutMs: 90_000,
      });
    } finally {
      until.abort();
    }
    return over;
  });
}
