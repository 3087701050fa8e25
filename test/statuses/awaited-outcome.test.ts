import assert from 'node:assert/strict';
import type { Series } from '../../server/contract/planning/series.js';
import type { Status } from '../../server/contract/statuses.js';
import { postingFailure, seriesFailure, takingBackFailure } from '../../server/statuses/awaited-outcome.js';

const status = (more: Partial<Status>): Status => ({ error: null, deletionError: null, ...more }) as Status;
const failed = (code: string): Status => status({ state: 'failed', error: { code, message: 'Because.' } });

describe('whoever waited for an outcome', () => {
  it('is told in a code what stood in the way of a post', () => {
    for (const [reason, code] of [
      ['media_missing', 'conflict'],
      ['empty_audience', 'empty_audience'],
      ['not_found', 'not_found'],
      ['463', 'whatsapp_error'],
      ['unconfirmed', 'whatsapp_error'],
      ['missed', 'whatsapp_error'],
      ['series_stopped', 'whatsapp_error'],
    ] as const) {
      const failure = postingFailure(failed(reason));
      assert.deepEqual([failure?.code, failure?.message], [code, 'Because.'], reason);
      assert.deepEqual(failure?.details, { status: failed(reason) });
    }
    assert.equal(postingFailure(status({ state: 'canceled' }))?.code, 'conflict');
  });

  it('is told nothing of what went out, also to a part, or still may', () => {
    const partly = { code: 'partly_sent', message: 'Because.' };
    assert.equal(postingFailure(status({ state: 'sent', error: partly })), undefined);
    for (const state of ['scheduled', 'queued', 'sending', 'sent', 'deleted', 'expired'] as const) {
      assert.equal(postingFailure(status({ state })), undefined, state);
    }
  });

  it('is told of the first post of a series that failed', () => {
    const series = { statuses: [status({ state: 'sent' }), failed('463'), failed('series_stopped')] } as Series;
    const failure = seriesFailure(series);
    assert.deepEqual([failure?.code, failure?.message], ['whatsapp_error', 'Post 2 of the series: Because.']);
    assert.deepEqual(failure?.details, { series });
    assert.equal(seriesFailure({ ...series, statuses: series.statuses.slice(0, 1) }), undefined);
  });

  it('is told why a status is still there, unless it is not or may yet go', () => {
    const refused = {
      state: 'sent',
      deletionError: { code: '463', message: 'Because.' },
      deletingSince: null,
    } as const;
    const failure = takingBackFailure(status(refused));
    assert.deepEqual([failure?.code, failure?.message], ['whatsapp_error', 'Because.']);
    for (const other of [
      { deletingSince: '2026-03-02T08:00:00.000Z' },
      { state: 'deleted' },
      { state: 'canceled' },
      { deletionError: null },
    ] as const) {
      assert.equal(takingBackFailure(status({ ...refused, ...other })), undefined);
    }
  });
});
