import assert from 'node:assert/strict';
import { memoryAuthState } from '../../bench/memory-auth-state.js';
import { numbersOfLids } from '../../server/whatsapp/publishing/recipient-devices.js';

describe('the numbers behind LIDs', () => {
  it('are those of the pairs that were seen, and of nobody else', async () => {
    const { keys } = memoryAuthState();
    await keys.set({
      'lid-mapping': { '100_reverse': '491700000001', '491700000001': '100', '300_reverse': '491700000003' },
    });
    assert.deepEqual(await numbersOfLids({ keys }, ['100', '200']), new Map([['100', '491700000001']]));
    assert.deepEqual(await numbersOfLids({ keys }, []), new Map());
  });
});
