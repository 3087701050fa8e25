import assert from 'node:assert/strict';
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
});
