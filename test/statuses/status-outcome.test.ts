import assert from 'node:assert/strict';
import { deservesAnotherAttempt, settlementOf } from '../../server/statuses/status-outcome.js';
import type { PublishOutcome, RecipientOutcome } from '../../server/whatsapp/gateway.js';

const at = new Date('2026-01-01T10:00:00Z');
function recipients(...outcomes: RecipientOutcome[]) {
  return outcomes.map((outcome, index) => ({
    person: { phoneNumber: `49170000000${String(index)}`, lid: null },
    outcome,
  }));
}

describe('how an attempt to post settles a status', () => {
  it('is sent when WhatsApp acknowledged it and somebody got it', () => {
    const settlement = settlementOf({ result: 'acknowledged', at, recipients: recipients('included', 'no_device') }, 2);
    assert.deepEqual(settlement, { state: 'sent', at, failure: null });
  });

  it('is sent when it was meant for the own account alone', () => {
    assert.deepEqual(settlementOf({ result: 'acknowledged', at, recipients: [] }, 0), {
      state: 'sent',
      at,
      failure: null,
    });
  });

  it('failed when it was acknowledged but left out everyone who was named', () => {
    const settlement = settlementOf({ result: 'acknowledged', at, recipients: recipients('no_lid', 'key_error') }, 2);
    assert.equal(settlement.state, 'failed');
    assert.equal(settlement.failure.code, 'empty_audience');
    assert.match(settlement.failure.message, /None of the 2 people/);
  });

  it('says in words what each refusal of WhatsApp means', () => {
    for (const [code, words] of [
      ['400', /addressed in mixed ways.*looked up anew/],
      ['401', /not allowed to send.*Check the account on its phone/],
      ['429', /posts too much.*Wait an hour/],
      ['463', /restricted this account.*Open WhatsApp on its phone/],
      ['479', /did not accept the form.*link the account anew/],
      ['599', /refused the post \(599\)\. Try again later/],
    ] as const) {
      const settlement = settlementOf({ result: 'rejected', code, recipients: recipients('included') }, 1);
      assert.equal(settlement.state, 'failed');
      assert.equal(settlement.failure.code, code);
      assert.ok(settlement.failure.message.includes(`(${code})`));
      assert.match(settlement.failure.message, words);
      assert.match(settlement.failure.message, /\.$/);
    }
  });

  it('failed as unconfirmed when no acknowledgement came', () => {
    const settlement = settlementOf(
      { result: 'unconfirmed', connectionLost: false, recipients: recipients('included') },
      1,
    );
    assert.equal(settlement.state === 'failed' && settlement.failure.code, 'unconfirmed');
  });

  it('is tried again, and then failed in words, while nobody can say from whom the phone hides statuses', () => {
    const outcome: PublishOutcome = {
      ...{ result: 'not_sent', reason: 'x', connectionLost: false, storyPrivacyIsUnknown: true, recipients: [] },
    };
    assert.deepEqual(
      [1, 3].map((attempts) => deservesAnotherAttempt(outcome, attempts, 2)),
      [true, false],
    );
    const settlement = settlementOf(outcome, 2);
    assert.equal(settlement.state === 'failed' && settlement.failure.code, 'not_sent');
    assert.match(settlement.state === 'failed' ? settlement.failure.message : '', /hides its statuses.*storyPrivacy/);
  });

  it('never shows the inner reason of a failed preparation', () => {
    const settlement = settlementOf(
      { result: 'not_sent', reason: 'ECONNRESET 10.0.0.1', connectionLost: false, recipients: [] },
      1,
    );
    assert.equal(settlement.state === 'failed' && settlement.failure.code, 'not_sent');
    assert.doesNotMatch(settlement.state === 'failed' ? settlement.failure.message : '', /ECONNRESET/);
  });

  it('is tried again when nothing left, or when the connection took the answer with it, and not for ever', () => {
    const lost: PublishOutcome = { result: 'unconfirmed', connectionLost: true, recipients: [] };
    assert.equal(deservesAnotherAttempt(lost, 1, 1), true);
    assert.equal(deservesAnotherAttempt({ ...lost, connectionLost: false }, 1, 1), false);
    assert.equal(deservesAnotherAttempt(lost, 3, 1), false);
    const unanswered: PublishOutcome = { result: 'not_sent', reason: '', connectionLost: false, recipients: [] };
    assert.equal(deservesAnotherAttempt(unanswered, 2, 1), true);
    assert.equal(deservesAnotherAttempt({ ...unanswered, recipients: recipients('no_lid') }, 1, 1), false);
    assert.equal(deservesAnotherAttempt({ result: 'rejected', code: '479', recipients: [] }, 1, 1), false);
  });
});
