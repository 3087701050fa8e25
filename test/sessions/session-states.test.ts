import assert from 'node:assert/strict';
import { sessionStates } from '../../server/contract/sessions.js';
import { pauseBeforeAttempt } from '../../server/sessions/backoff.js';
import { isRunning, nextState, transitions } from '../../server/sessions/session-states.js';

describe('the states of a session', () => {
  it('are all reached by some event and left by some other', () => {
    const reached = new Set(Object.values(transitions).map(({ to }) => to));
    for (const state of sessionStates) {
      assert.ok(reached.has(state), `${state} is reached`);
      assert.ok(
        Object.values(transitions).some(({ from, to }) => from.includes(state) && to !== state),
        `${state} is left`,
      );
    }
  });

  it('go from the start over a code and the phone to the connection', () => {
    assert.equal(nextState('stopped', 'start'), 'starting');
    assert.equal(nextState('starting', 'qr_shown'), 'waiting_for_qr');
    assert.equal(nextState('waiting_for_qr', 'paired'), 'connecting');
    assert.equal(nextState('connecting', 'opened'), 'connected');
  });

  it('do not come alive again by what a connection reports after the stop', () => {
    for (const event of ['dial', 'qr_shown', 'code_shown', 'paired', 'opened', 'lost', 'gave_up'] as const) {
      assert.equal(nextState('stopped', event), undefined, event);
    }
  });

  it('can always be stopped', () => {
    for (const state of sessionStates) assert.equal(nextState(state, 'stop'), 'stopped');
    assert.equal(isRunning('stopped'), false);
  });
});

describe('the pause before a reconnect', () => {
  const pauses = { firstMs: 1_000, longestMs: 300_000 };
  it('doubles up to five minutes and is between half and the whole of that', () => {
    assert.equal(
      pauseBeforeAttempt(1, pauses, () => 1),
      1_000,
    );
    assert.equal(
      pauseBeforeAttempt(1, pauses, () => 0),
      500,
    );
    assert.equal(
      pauseBeforeAttempt(4, pauses, () => 1),
      8_000,
    );
    assert.equal(
      pauseBeforeAttempt(1_000, pauses, () => 1),
      pauses.longestMs,
    );
  });
});
