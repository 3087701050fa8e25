import assert from 'node:assert/strict';
import { FetchRefusal, refusedBy } from '../../server/outbound/fetch-refusal.js';

const failed = (code: string): Error => Object.assign(new Error('It failed.'), { code });

describe('what a failure on the way to a web address means', () => {
  const reasons: Record<string, readonly string[]> = {
    too_slow: ['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'],
    unreadable: [
      ...['Z_DATA_ERROR', 'ERR__ERROR_FORMAT_PADDING_1', 'ERR_BROTLI_DECODER_ERROR'],
      ...['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'UND_ERR_HEADERS_OVERFLOW'],
    ],
    unreachable: ['ECONNREFUSED', 'ENOTFOUND', 'CERT_HAS_EXPIRED', ''],
  };
  for (const [reason, codes] of Object.entries(reasons)) {
    for (const code of codes) {
      it(`${code === '' ? 'without a code' : code} is ${reason}`, () => {
        assert.equal(refusedBy(failed(code)).reason, reason);
        assert.equal(refusedBy(new TypeError('fetch failed', { cause: failed(code) })).reason, reason);
      });
    }
  }

  it('is ours where it was refused by us, and no error at all is unreachable', () => {
    assert.equal(refusedBy(new Error('outer', { cause: new FetchRefusal('busy') })).reason, 'busy');
    assert.equal(refusedBy('nothing').reason, 'unreachable');
  });
});
