import assert from 'node:assert/strict';
import { preferredWaitSeconds } from '../../server/http/prefer-wait.js';

describe('the wait in a Prefer header', () => {
  it('is read alone and among other preferences', () => {
    assert.equal(preferredWaitSeconds('wait=30'), 30);
    assert.equal(preferredWaitSeconds('respond-async, Wait = "5"; x=1'), 5);
  });

  it('is at most a minute', () => {
    assert.equal(preferredWaitSeconds('wait=3600'), 60);
  });

  it('is ignored when it makes no sense', () => {
    for (const header of [undefined, '', 'wait', 'wait=soon', 'wait=-1', 'await=3', `${'x,'.repeat(500)}wait=3`]) {
      assert.equal(preferredWaitSeconds(header), undefined, header);
    }
  });
});
