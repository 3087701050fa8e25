import assert from 'node:assert/strict';
import { sessionStates } from '../../server/contract/sessions.js';
import { fewAttempts, pauseBeforeAttempt, Reconnects } from '../../server/sessions/reconnects.js';
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

  it('take a start and the end of the link always, and a loss or an end whenever something is under way', () => {
    for (const state of sessionStates) {
      assert.equal(nextState(state, 'start'), 'starting', state);
      assert.equal(nextState(state, 'unlinked'), 'logged_out', state);
      assert.equal(nextState(state, 'lost'), isRunning(state) ? 'disconnected' : undefined, state);
      assert.equal(nextState(state, 'gave_up'), isRunning(state) ? 'failed' : undefined, state);
    }
  });

  it('take a code, one after the other and of the other kind, wherever the account is not linked yet', () => {
    for (const state of ['starting', 'waiting_for_qr', 'waiting_for_pairing_code', 'disconnected'] as const) {
      assert.equal(nextState(state, 'qr_shown'), 'waiting_for_qr', state);
      assert.equal(nextState(state, 'code_shown'), 'waiting_for_pairing_code', state);
      assert.equal(nextState(state, 'paired'), 'connecting', state);
    }
    for (const state of ['connecting', 'connected'] as const) {
      for (const event of ['qr_shown', 'code_shown', 'paired'] as const) {
        assert.equal(nextState(state, event), undefined, `${event} when ${state}`);
      }
    }
  });

  it('come back to the connection from a loss, and while WhatsApp asks for a new one', () => {
    for (const state of ['starting', 'disconnected', 'connecting', 'connected'] as const) {
      assert.equal(nextState(state, 'dial'), 'connecting', state);
    }
    for (const state of ['starting', 'disconnected', 'connecting'] as const) {
      assert.equal(nextState(state, 'opened'), 'connected', state);
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

describe('connections that are lost one after the other', () => {
  // A pause is between half and the whole of 1000, 2000, 4000 …: no two of these ranges meet.
  const pauses = { firstMs: 1_000, longestMs: 1_000_000 };
  const nth = (pauseMs: number): number => 1 + Math.floor(Math.log2(pauseMs / 500.5));
  let nowMs: number;
  let reconnects: Reconnects;
  beforeEach(() => {
    nowMs = 5_000;
    reconnects = new Reconnects(pauses, () => nowMs);
  });

  it('wait longer each time, also where each lasted for a moment', () => {
    assert.deepEqual(
      [1, 2, 3].map(() => nth(reconnects.pauseMs())),
      [1, 2, 3],
    );
    reconnects.opened();
    nowMs += 59_999;
    assert.equal(nth(reconnects.pauseMs()), 4);
  });

  it('begin again with the shortest pause after one that was steady, once', () => {
    for (const expected of [1, 2, 3]) assert.equal(nth(reconnects.pauseMs()), expected);
    reconnects.opened();
    nowMs += 60_000;
    assert.equal(nth(reconnects.pauseMs()), 1);
    assert.equal(nth(reconnects.pauseMs()), 2, 'the steady one does not count for the next loss too');
  });

  it('begin again when somebody starts the session', () => {
    for (let loss = 0; loss < fewAttempts; loss += 1) {
      assert.equal(reconnects.isLasting, false);
      reconnects.pauseMs();
    }
    assert.equal(reconnects.isLasting, true);
    for (let wish = 0; wish < 3; wish += 1) assert.equal(reconnects.mayReconnectAtOnce(), true);
    assert.equal(reconnects.mayReconnectAtOnce(), false);
    reconnects.begin();
    assert.equal(reconnects.isLasting, false);
    assert.equal(reconnects.mayReconnectAtOnce(), true);
    assert.equal(nth(reconnects.pauseMs()), 1);
  });

  it('may be asked for at once again after one that opened', () => {
    for (let wish = 0; wish < 4; wish += 1) reconnects.mayReconnectAtOnce();
    reconnects.opened();
    assert.equal(reconnects.mayReconnectAtOnce(), true);
  });
});
