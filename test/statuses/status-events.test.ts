import assert from 'node:assert/strict';
import type { AppEvent } from '../../server/contract/events.js';
import type { StatusState } from '../../server/contract/statuses.js';
import { noPlan } from '../../server/statuses/plan.js';
import {
  maySettle,
  statusDeleted,
  statusDeletionProgress,
  statusProgress,
  statusSettled,
  statusesUpdated,
} from '../../server/statuses/status-events.js';
import type { StatusRecord } from '../../server/statuses/status.js';

const place = { organizationId: 'acme', sessionId: 'acc1' };
const recordIn = (state: StatusState): StatusRecord => ({
  ...place,
  id: 'S1',
  messageId: 'M1',
  type: 'text',
  content: 'hi',
  caption: null,
  style: {},
  media: null,
  preview: null,
  links: null,
  state,
  errorCode: null,
  errorMessage: null,
  audience: null,
  leftOut: 0,
  counts: { targeted: 9, included: 5, delivered: 0, viewed: 0, reacted: 0, replied: 0, clicked: 0 },
  deleteRequestedAt: 1,
  revokeId: null,
  revokeAttempts: 0,
  takenBack: 2,
  deletionError: null,
  attempts: 1,
  createdBy: 'test',
  createdAt: 1,
  updatedAt: 1,
  scheduledAt: null,
  startedAt: null,
  waitingUntil: null,
  waitingReason: null,
  note: null,
  sentAt: null,
  expiresAt: null,
  peopleForgottenAt: null,
  plan: noPlan,
});

describe('what is told of a status', () => {
  it('goes to those who may see its account, by the name of what happened', () => {
    const told: [AppEvent, string, object][] = [
      [statusesUpdated(recordIn('sent')), 'statuses-updated', { sessionId: 'acc1' }],
      [statusDeleted(recordIn('deleted')), 'status-deleted', { sessionId: 'acc1', statusId: 'S1' }],
      [
        statusDeletionProgress(recordIn('sent')),
        'status-deletion-progress',
        { sessionId: 'acc1', statusId: 'S1', done: 2, total: 5 },
      ],
      [
        statusProgress(recordIn('sending'), 3, 9),
        'status-progress',
        { sessionId: 'acc1', statusId: 'S1', state: 'sending', done: 3, total: 9 },
      ],
    ];
    for (const [event, name, payload] of told) assert.deepEqual(event, { ...place, name, payload });
    for (const [state, name] of [
      ['sent', 'status-sent'],
      ['failed', 'status-failed'],
    ] as const) {
      const event = statusSettled(recordIn(state));
      assert.deepEqual([event.name, event.organizationId, event.sessionId], [name, 'acme', 'acc1']);
      assert.ok('id' in event.payload && event.payload.id === 'S1');
    }
  });

  it('makes whoever waits for an outcome look, where it may be one', () => {
    for (const state of ['sent', 'failed', 'canceled', 'deleted', 'expired'] as const) {
      assert.equal(maySettle(statusProgress(recordIn(state), 0, 0)), true, state);
    }
    for (const state of ['scheduled', 'queued', 'sending'] as const) {
      assert.equal(maySettle(statusProgress(recordIn(state), 0, 0)), false, state);
    }
    assert.equal(maySettle(statusSettled(recordIn('sent'))), true);
    assert.equal(maySettle(statusSettled(recordIn('failed'))), true);
    assert.equal(maySettle({ ...place, name: 'session-deleted', payload: { sessionId: 'acc1' } }), true);
    assert.equal(maySettle(statusesUpdated(place)), false);
  });
});
