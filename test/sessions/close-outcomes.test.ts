import assert from 'node:assert/strict';
import { causeDuringLastCode, causeOfError, closedEvent } from '../../server/whatsapp/connection/close-facts.js';
import { passkeyGate } from '../../server/whatsapp/connection/disconnect-table.js';
import { eventually } from '../support/eventually.js';
import { describeRunners, type OpenedRunner, qrOf } from './open-runner.js';

/** What Baileys says of an end, which carries WhatsApp's code. */
const boom = (message: string, statusCode: number, data?: object): Error =>
  Object.assign(new Error(message), { output: { statusCode }, ...(data && { data }) });

describeRunners('what WhatsApp ends a connection with', ({ started, connected }) => {
  const end = (session: OpenedRunner, error: unknown, isLinked = true): Promise<void> =>
    session.tells(closedEvent(causeOfError(error), isLinked));
  const sentence = /^[A-Z].*\.$/;

  const forPeople: [code: number, what: string, remedy: RegExp][] = [
    [403, 'the account is locked, or its phone is gone', /on the phone.*start the session/],
    [405, 'the client is out of date', /Update this server/],
    [406, 'the number is banned', /Ask for a review/],
    [409, 'the client introduces itself wrongly', /Update this server/],
    [411, 'the account has no linked devices', /Update WhatsApp on the phone/],
    [440, 'another program has taken the place of this one', /Stop that program/],
  ];
  for (const [code, what, remedy] of forPeople) {
    it(`${String(code)}, ${what}: it waits for a person, and says what to do`, async () => {
      const session = await connected();
      await end(session, boom('Stream Errored', code));
      const { state, desiredState, lastError, nextRetryAt, jid } = await session.record();
      assert.deepEqual([state, desiredState, nextRetryAt], ['failed', 'stopped', null]);
      assert.equal(lastError?.code, code);
      assert.match(lastError.remedy ?? '', remedy);
      assert.match(lastError.message, sentence);
      assert.ok(lastError.message.endsWith(lastError.remedy ?? '?'));
      assert.deepEqual([session.opened.length, session.side.forgotten], [1, 0], 'it stays linked');
      assert.notEqual(jid, null);
    });
  }

  const passing: [code: number | null, what: string][] = [
    [408, 'nothing was heard'],
    [428, 'the stream was ended in order'],
    [500, 'something broke'],
    [503, 'WhatsApp is not available'],
    [516, 'a code nobody knows'],
    [null, 'no code at all'],
  ];
  for (const [code, what] of passing) {
    for (const isLinked of [true, false]) {
      it(`${String(code)}, ${what}: it tries again by itself, ${isLinked ? 'linked' : 'while it links'}`, async () => {
        const session = await (isLinked ? connected() : started());
        await end(session, code === null ? new Error('gone') : boom('Connection Closed', code), isLinked);
        const { state, desiredState, lastError, nextRetryAt } = await session.record();
        assert.deepEqual([state, desiredState, lastError?.code], ['disconnected', 'started', code]);
        assert.notEqual(nextRetryAt, null);
        assert.equal(lastError?.remedy, null);
        assert.match(lastError.message, sentence);
      });
    }
  }

  it('515: connects again at once, and it is no failure', async () => {
    for (const isLinked of [true, false]) {
      const session = await (isLinked ? connected() : started());
      await end(session, boom('Stream Errored (restart required)', 515), isLinked);
      assert.deepEqual([session.opened.length, (await session.record()).lastError], [2, null]);
    }
  });

  it('401: the account is unlinked and its credentials are gone; while linking it is a refusal', async () => {
    const session = await connected();
    await end(session, boom('Stream Errored (conflict)', 401));
    const { state, lastError } = await session.record();
    assert.deepEqual([state, session.side.forgotten], ['logged_out', 1]);
    assert.match(lastError?.message ?? '', /unlinked/);
    assert.match(lastError?.remedy ?? '', /link it anew/);
    const linking = await started();
    await end(linking, boom('Connection Failure', 401), false);
    const refused = await linking.record();
    assert.equal(refused.state, 'logged_out');
    assert.match(refused.lastError?.message ?? '', /refused the attempt to link/);
  });

  for (const code of [400, 413, 418, 499]) {
    it(`${String(code)}, a refusal nobody knows: it is tried a few times, with what helps if it lasts`, async () => {
      const session = await connected({ pauses: { firstMs: 1, longestMs: 1 } });
      for (let refusal = 1; refusal <= 5; refusal += 1) {
        await end(session, boom('Connection Failure', code));
        assert.equal((await session.record()).desiredState, 'started');
        await eventually(() => assert.equal(session.opened.length, refusal + 1));
      }
      await end(session, boom('Connection Failure', code));
      const { state, lastError } = await session.record();
      assert.equal(state, 'failed');
      assert.match(lastError?.message ?? '', new RegExp(`code ${String(code)}.*update this server`));
    });
  }

  const suspensions: [attributes: object | undefined, minutes: number, reason: RegExp][] = [
    [{ code: '106', expire: '3600' }, 61, /too many messages to a broadcast list\.$/],
    [{ code: '102', expire: '60' }, 2, /too many people blocked the number\.$/],
    [{ code: '999', expire: '7200' }, 121, /until the suspension is over\.$/],
    [{ code: '101' }, 61, /did not save the number\.$/],
    [{ expire: '-5' }, 61, /until the suspension is over\.$/],
    [{ expire: 'soon' }, 61, /until the suspension is over\.$/],
    [undefined, 61, /until the suspension is over\.$/],
  ];
  for (const [attributes, minutes, reason] of suspensions) {
    it(`402 with ${JSON.stringify(attributes)}: waits until a minute after the end, and says why`, async () => {
      const session = await connected();
      await end(session, boom('Connection Failure', 402, attributes));
      const { state, lastError, nextRetryAt } = await session.record();
      const waitsMs = (nextRetryAt?.getTime() ?? 0) - session.side.now.getTime();
      assert.deepEqual([state, waitsMs / 60_000, lastError?.remedy], ['disconnected', minutes, null]);
      assert.match(lastError?.message ?? '', reason);
    });
  }

  it('the last code that nobody used: whoever waits hears of it, whether Baileys or WhatsApp was first to end it', async () => {
    const ends = [
      causeOfError(boom('QR refs attempts ended', 408)),
      causeDuringLastCode(causeOfError(boom('Connection Terminated by Server', 428))),
    ];
    for (const cause of ends) {
      const session = await started();
      await session.tells(qrOf(session));
      await session.tells(closedEvent(cause, false));
      const { state, lastError } = await session.record();
      assert.deepEqual([state, lastError?.code], ['failed', 408]);
      assert.match(session.runner.codes.failure ?? '', /in time.*new QR code or pairing code\.$/);
    }
    const other = causeOfError(boom('Connection was lost', 408));
    assert.deepEqual(causeDuringLastCode(other), other);
  });

  it('the passkey of the account: it says how to go on, whatever the code', async () => {
    const session = await started();
    await session.tells(closedEvent({ code: 408, reason: 'r', rule: passkeyGate }, false));
    const { state, lastError } = await session.record();
    assert.equal(state, 'failed');
    assert.match(lastError?.remedy ?? '', /Remove the passkey/);
  });

  it('something that is no error: it tries again', async () => {
    const session = await connected();
    await end(session, 1006);
    assert.deepEqual(
      [(await session.record()).state, (await session.record()).lastError?.code],
      ['disconnected', null],
    );
  });
});
