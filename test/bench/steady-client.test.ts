import assert from 'node:assert/strict';
import { SteadyClient } from '../../bench/steady-client.js';
import { eventually } from '../support/eventually.js';

describe('a client that asks steadily', () => {
  it('asks on while an answer is missing, and counts its time in full', async () => {
    const answers: (() => void)[] = [];
    const client = new SteadyClient(() => new Promise<void>((resolve) => answers.push(resolve)));
    await eventually(() => {
      assert.ok(answers.length >= 3);
    });
    const stopped = client.stop();
    for (const answer of answers) answer();
    const times = await stopped;
    assert.equal(times.count, answers.length);
    assert.ok(times.maxMs >= 95, `the first answer took ${String(times.maxMs)} ms`);
  });

  it('fails when a request was refused', async () => {
    let asked = 0;
    const client = new SteadyClient(() => {
      asked += 1;
      return asked === 1 ? Promise.reject(new Error('429')) : Promise.resolve();
    });
    await eventually(() => {
      assert.ok(asked >= 2);
    });
    await assert.rejects(client.stop(), /429/);
  });
});
