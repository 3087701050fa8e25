import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { statusStates } from '../../server/contract/statuses.js';
import { life } from '../../server/statuses/status-life.js';

const server = 'server';

function sources(folder = server): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => path.join(folder, file));
}

describe('the life of a status', () => {
  it('can come to every state but the one in which it is planned, and leave every one that is not an end', () => {
    const steps = Object.values(life);
    const reached = new Set(steps.map(({ to }) => to).filter((to) => to !== 'same'));
    const left = new Set(steps.flatMap(({ from, to }) => (to === 'same' ? [] : from)));
    assert.deepEqual(
      statusStates.filter((state) => !reached.has(state)),
      ['scheduled'],
    );
    assert.deepEqual(
      statusStates.filter((state) => !left.has(state)),
      ['canceled', 'deleted', 'expired'],
    );
  });

  it('is told to lists by every step that people see', () => {
    const silent = Object.entries(life).flatMap(([name, { tells }]) => (tells.includes('lists') ? [] : [name]));
    assert.deepEqual(silent, ['claim', 'put_back', 'claim_deletion', 'put_back_deletion']);
  });

  it('is changed by its steps alone: nobody else calls the store for it', () => {
    const matching = (expression: RegExp) =>
      sources()
        .filter((file) => expression.test(readFileSync(file, 'utf8')))
        .map((file) => path.relative(server, file));
    const ofStore = matching(/from '\.{1,2}\/(statuses\/)?statuses-store\.js'/);
    const callers = matching(/\.(insert|change|expire|setWaiting)\(tx\b/).filter((file) => ofStore.includes(file));
    assert.deepEqual(callers, ['statuses/status-steps.ts']);
  });
});
