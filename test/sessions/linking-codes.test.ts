import assert from 'node:assert/strict';
import { AppError } from '../../server/lib/app-error.js';
import { LinkingCodes } from '../../server/sessions/linking-codes.js';

describe('the codes that a session shows', () => {
  it('are not shown any more when they have run out', () => {
    let nowMs = 1_000;
    const codes = new LinkingCodes({ now: () => new Date(nowMs) });
    codes.showQr({ qr: 'qr', qrCode: 'picture', expiresAt: new Date(2_000), lifeMs: 1_000 });
    codes.showPairingCode({ pairingCode: 'ABCD-EFGH', phoneNumber: '4915123456789', expiresAt: new Date(3_000) });
    nowMs = 1_999;
    assert.equal(codes.qr?.qr, 'qr');
    nowMs = 2_000;
    assert.equal(codes.qr, undefined);
    assert.equal(codes.pairingCode?.pairingCode, 'ABCD-EFGH');
    nowMs = 3_000;
    assert.equal(codes.pairingCode, undefined);
  });

  describe('to those who wait', () => {
    const minute = 60_000;
    const expiresAt = new Date(Date.now() + 60 * minute);
    const qr = { qr: 'qr', qrCode: 'picture', expiresAt, lifeMs: minute };
    const pairing = { pairingCode: 'ABCD-EFGH', phoneNumber: '4915123456789', expiresAt };
    let codes: LinkingCodes;
    beforeEach(() => {
      codes = new LinkingCodes({ now: () => new Date() });
    });
    const anything = () => codes.qr?.qr ?? codes.pairingCode?.pairingCode ?? codes.failure;

    const ends: [what: string, happen: () => void, hear: string][] = [
      ['a QR code', () => codes.showQr(qr), 'qr'],
      ['a pairing code', () => codes.showPairingCode(pairing), 'ABCD-EFGH'],
      ['why there is none', () => codes.fail('No.'), 'No.'],
    ];
    for (const [what, happen, hear] of ends) {
      it(`are told at once, all of them: ${what}`, async () => {
        const waiting = [1, 2, 3].map(() => codes.waitFor(anything, minute));
        happen();
        assert.deepEqual(await Promise.all(waiting), [hear, hear, hear]);
      });
    }

    it('are over when somebody ended it, for all of them and for those who come later, until it begins again', async () => {
      codes.showQr(qr);
      const over = new AppError('conflict', 'It was stopped.');
      const waiting = [1, 2].map(() =>
        assert.rejects(
          codes.waitFor(() => undefined, minute),
          over,
        ),
      );
      codes.end(over);
      await Promise.all(waiting);
      assert.equal(codes.qr, undefined);
      await assert.rejects(codes.waitFor(anything, minute), over);
      codes.begin();
      const next = codes.waitFor(anything, minute);
      codes.showQr(qr);
      assert.equal(await next, 'qr');
    });

    it('end with the time, and when whoever waits has left', async () => {
      assert.equal(await codes.waitFor(anything, 1), undefined);
      const gone = new AbortController();
      const waiting = codes.waitFor(anything, minute, gone.signal);
      gone.abort();
      assert.equal(await waiting, undefined);
      codes.showQr(qr);
      assert.equal(await codes.waitFor(() => codes.pairingCode, minute, gone.signal), undefined);
    });

    it('are not the ones before: a failure takes the codes away, and what begins takes all', () => {
      codes.showQr(qr);
      codes.showPairingCode(pairing);
      codes.fail('No.');
      assert.deepEqual([codes.qr, codes.pairingCode, codes.failure], [undefined, undefined, 'No.']);
      codes.begin();
      assert.equal(codes.failure, undefined);
      codes.showQr(qr);
      codes.showPairingCode(pairing);
      codes.begin();
      assert.deepEqual([codes.qr, codes.pairingCode], [undefined, undefined]);
    });
  });
});
