import assert from 'node:assert/strict';
import { inWords, passkeyGate, readSuspension, ruleForClose } from '../../server/whatsapp/disconnect-table.js';

describe('what a close code means', () => {
  const linked: [number | null, string][] = [
    [515, 'reconnect_now'],
    [401, 'unlink'],
    [402, 'pause'],
    [403, 'stop'],
    [405, 'stop'],
    [406, 'stop'],
    [408, 'reconnect'],
    [409, 'stop'],
    [411, 'stop'],
    [428, 'reconnect'],
    [440, 'stop'],
    [500, 'reconnect'],
    [503, 'reconnect'],
    [413, 'reconnect_few'],
    [418, 'reconnect_few'],
    [516, 'reconnect'],
    [null, 'reconnect'],
  ];
  for (const [code, action] of linked) {
    it(`answers ${String(code)} on a linked account with ${action}`, () => {
      assert.equal(ruleForClose(code, 'linked').action, action);
      assert.match(inWords(ruleForClose(code, 'linked')), /^[A-Z].*\.$/);
    });
  }

  it('has a remedy in words exactly where it does not mend by itself', () => {
    for (const [code] of linked) {
      const { action, remedy } = ruleForClose(code, 'linked');
      const needsPerson = ['stop', 'unlink', 'reconnect_few'].includes(action);
      assert.equal(remedy !== null, needsPerson, String(code));
    }
    assert.match(passkeyGate.remedy ?? '', /passkey/);
  });

  it('tells the end of the codes from a lost connection while linking, and 515 is a restart still', () => {
    assert.equal(ruleForClose(408, 'codes_ended').action, 'link_expired');
    assert.equal(ruleForClose(408, 'linking').action, 'reconnect');
    assert.equal(ruleForClose(428, 'linking').action, 'reconnect');
    assert.equal(ruleForClose(515, 'linking').action, 'reconnect_now');
  });

  it('reads the end and the reason of a suspension', () => {
    assert.deepEqual(readSuspension({ code: '106', expire: '3600' }), {
      retryAfterMs: 3_660_000,
      reason: 'too many messages to a broadcast list',
    });
    assert.deepEqual(readSuspension({}), { retryAfterMs: 3_660_000, reason: null });
  });
});
