import assert from 'node:assert/strict';
import {
  deservesAnotherAttempt,
  emptyAudience,
  mayBeOnPhones,
  outcomeInWords,
  rejectionInWords,
  settlementOf,
} from '../../server/statuses/status-outcome.js';
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
      result: 'not_sent',
      reason: 'x',
      connectionLost: false,
      storyPrivacyIsUnknown: true,
      recipients: [],
    };
    assert.deepEqual(
      [1, 3].map((attempts) => deservesAnotherAttempt(outcome, attempts, 2)),
      [true, false],
    );
    const settlement = settlementOf(outcome, 2);
    assert.equal(settlement.state === 'failed' && settlement.failure.code, 'not_sent');
    assert.match(settlement.state === 'failed' ? settlement.failure.message : '', /hides its statuses.*storyPrivacy/);
  });

  it('gives the right words to each end that is not WhatsApp’s refusal', () => {
    const notSent: PublishOutcome = { result: 'not_sent', reason: 'x', connectionLost: false, recipients: [] };
    const ends: [PublishOutcome, string, RegExp][] = [
      [{ ...notSent, upload: 'refused' }, 'whatsapp_error', /media servers did not take the file.*nobody was sent/],
      [{ ...notSent, upload: 'file_gone' }, 'media_missing', /gone from the server\. Upload it again/],
      [{ ...notSent, ownPhoneIsMissing: true }, 'own_phone_missing', /no keys for the phone of this account/],
      [{ ...notSent, nobodyLeft: true }, 'empty_audience', /None of the 2 people/],
      [notSent, 'not_sent', /could not be prepared, and nothing was sent/],
      [{ ...notSent, recipients: recipients('included', 'no_lid') }, 'not_sent', /could not be prepared/],
      [{ ...notSent, recipients: recipients('no_lid') }, 'empty_audience', /None of the 2 people/],
      [
        { result: 'unconfirmed', connectionLost: false, recipients: [] },
        'unconfirmed',
        /did not confirm it in time\. Look at the phone before you try again/,
      ],
    ];
    for (const [outcome, code, words] of ends) {
      const settlement = settlementOf(outcome, 2);
      assert.equal(settlement.state, 'failed');
      assert.equal(settlement.failure.code, code);
      assert.match(settlement.failure.message, words);
    }
    assert.match(emptyAudience(1).message, /^The one person .* Check the number\.$/);
    assert.equal(rejectionInWords('599'), 'WhatsApp refused the post (599). Try again later.');
  });

  it('is sent to a part, with how many got it and why the others did not', () => {
    const rest = { result: 'unconfirmed', connectionLost: false } as const;
    const partly = { result: 'partly_sent', at, rest, recipients: recipients('included') } as const;
    const settlement = settlementOf(partly, 3, 2);
    assert.deepEqual([settlement.state, settlement.failure?.code], ['sent', 'partly_sent']);
    assert.match(settlement.failure?.message ?? '', /^Only a part of the audience.*: 2 of 3\. The post left, but/);
    const whole = { result: 'acknowledged', at, recipients: recipients('no_lid') } as const;
    assert.equal(settlementOf(whole, 3, 2).state, 'sent', 'an earlier attempt reached two');
    assert.equal(deservesAnotherAttempt({ ...partly, rest: { ...rest, connectionLost: true } }, 9, 3), true);
    assert.equal(deservesAnotherAttempt(partly, 1, 3), false);
    const refused = { ...partly, rest: { result: 'rejected', code: '463' } } as const;
    assert.equal(deservesAnotherAttempt(refused, 1, 3), false);
  });

  it('leaves it open whether somebody may see it only where WhatsApp had it and did not refuse it', () => {
    const status = { state: 'sending', startedAt: 1, errorCode: null } as const;
    for (const [more, included, may] of [
      [{}, 0, true],
      [{ startedAt: null }, 0, false],
      [{ startedAt: null }, 1, true],
      [{ state: 'sent', startedAt: null }, 0, true],
      [{ state: 'failed', errorCode: '463' }, 0, false],
      [{ state: 'failed', errorCode: '463' }, 1, true],
      [{ state: 'failed', errorCode: 'unconfirmed' }, 0, true],
      [{ state: 'failed', errorCode: 'unconfirmed', startedAt: null }, 0, false],
    ] as const) {
      assert.equal(mayBeOnPhones({ ...status, ...more }, included), may, JSON.stringify([more, included]));
    }
  });

  it('says for each recipient what became of them', () => {
    for (const [outcome, words] of [
      ['included', /^It was sent to this person\.$/],
      ['pending', /^Nothing was sent to this person yet\.$/],
      ['no_device', /lists no device/],
      ['no_lid', /no hidden id for this number.*only post to hidden ids/],
      ['no_number', /Only the hidden id.*only post to phone numbers/],
      ['not_on_whatsapp', /^This number is not on WhatsApp\.$/],
      ['key_error', /gave no keys/],
      ['opted_out', /does not want to be posted to any more/],
      ['own_account', /own account/],
      ['excepted', /among the exceptions/],
      ['story_privacy_denied', /hides statuses from this person/],
      ['story_privacy_not_allowed', /chosen people only, and this person is not one/],
      ['story_privacy_unknown', /whether this person is one of them/],
      ['opt_out_unknown', /one of the numbers that opted out/],
      ['exception_unknown', /one of the exceptions/],
    ] as const) {
      assert.match(outcomeInWords(outcome), words);
    }
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
    assert.equal(deservesAnotherAttempt({ ...unanswered, upload: 'refused' }, 1, 1), true);
    assert.equal(deservesAnotherAttempt({ ...unanswered, upload: 'file_gone', connectionLost: true }, 1, 1), false);
    assert.equal(deservesAnotherAttempt({ ...unanswered, nobodyLeft: true, connectionLost: true }, 1, 1), false);
    assert.equal(deservesAnotherAttempt({ result: 'rejected', code: '479', recipients: [] }, 1, 1), false);
  });
});
