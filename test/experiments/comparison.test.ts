import assert from 'node:assert/strict';
import type { StatusRecord } from '../../server/statuses/status.js';
import { compare, notesOf } from '../../server/experiments/comparison.js';

const now = Date.parse('2026-03-02T12:00:00Z');
const hourMs = 3_600_000;

/** One version that so many people got, so many hours ago. */
function version(included: number, viewed: number, hoursAgo = 30, more: object = {}): StatusRecord {
  const counts = { targeted: included, included, delivered: included, viewed, reacted: 0, replied: 0 };
  const sentAt = now - hoursAgo * hourMs;
  return { counts, sentAt, state: 'expired', deleteRequestedAt: null, ...more } as StatusRecord;
}
const sentence = (a: StatusRecord, b: StatusRecord) => compare({ a, b }, now)[0]?.sentence;
const codes = (a: StatusRecord | undefined, b: StatusRecord | undefined) =>
  notesOf({ a, b }, now).map(({ code }) => code);

describe('what an A/B test comes to', () => {
  it('is said in people of a hundred, whichever version is ahead', () => {
    assert.equal(
      sentence(version(1_000, 200), version(1_000, 260)),
      'B was viewed by 2 to 10 people more of 100 than A.',
    );
    assert.equal(
      sentence(version(1_000, 260), version(1_000, 200)),
      'A was viewed by 2 to 10 people more of 100 than B.',
    );
  });

  it('is said in people of a thousand where it is less than one of a hundred', () => {
    assert.equal(
      sentence(version(25_000, 25), version(25_000, 75)),
      'B was viewed by 1 to 3 people more of 1,000 than A.',
    );
  });

  it('is open where chance may make the difference, and too early while people still view', () => {
    assert.equal(
      sentence(version(100, 20), version(100, 24)),
      'No clear difference: B may have been viewed by up to 8 people fewer or up to 15 more of 100 than A, which can be chance.',
    );
    assert.match(sentence(version(100, 20, 3), version(100, 24, 3)) ?? '', /^Too early to say: B may/);
    assert.match(sentence(version(100, 20, 24), version(100, 24, 24)) ?? '', /^No clear difference: B may/);
    for (const [a, b] of [
      [30, 3],
      [3, 30],
    ]) {
      assert.match(sentence(version(100, 20, a), version(100, 24, b)) ?? '', /^Too early to say: B may/);
    }
    assert.equal(sentence(version(100, 20), version(0, 0)), 'Too early to say: B has reached nobody.');
  });

  it('comes with what one has to know: too young, apart, taken back, not out, forgotten', () => {
    assert.deepEqual(codes(version(9, 1), version(9, 1)), ['lower_bound']);
    assert.deepEqual(codes(version(9, 1, 23), version(9, 1, 23)), ['young', 'lower_bound']);
    assert.deepEqual(codes(version(9, 1, 24), version(9, 1, 24)), ['lower_bound']);
    assert.deepEqual(codes(version(9, 1, 30), version(9, 1, 23)), ['young', 'apart', 'lower_bound']);
    assert.deepEqual(codes(version(9, 1, 30), version(9, 1, 31)), ['apart', 'lower_bound']);
    assert.deepEqual(codes(version(9, 1, 31), version(9, 1, 30)), ['apart', 'lower_bound']);
    assert.deepEqual(codes(version(9, 1, 30), version(9, 1, 30.5)), ['lower_bound']);
    assert.deepEqual(codes(version(9, 1), version(9, 1, 30, { state: 'deleted' })), ['taken_back', 'lower_bound']);
    assert.deepEqual(codes(version(9, 1, 30, { deleteRequestedAt: now }), version(9, 1)), [
      'taken_back',
      'lower_bound',
    ]);
    assert.deepEqual(codes(undefined, version(9, 1)), ['not_out', 'lower_bound']);
    for (const state of ['scheduled', 'queued', 'sending', 'failed', 'canceled']) {
      assert.deepEqual(codes(version(9, 0, 0, { sentAt: null, state }), version(9, 1)), ['not_out', 'lower_bound']);
    }
  });

  it('never counts more viewers than people who got it', () => {
    assert.deepEqual(compare({ a: version(3, 4), b: version(3, 1) }, now)[0]?.a, { people: 3, of: 3, share: 1 });
  });
});
