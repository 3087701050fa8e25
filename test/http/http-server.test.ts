import assert from 'node:assert/strict';
import { HttpServer } from '../../server/http/http-server.js';

describe('the listening socket', () => {
  const megabyte = 1024 * 1024;
  const limitsFor = (largestBodyBytes: number) => {
    const { node } = new HttpServer(() => undefined, { host: '127.0.0.1', port: 0, largestBodyBytes });
    return { requestTimeout: node.requestTimeout, timeout: node.timeout };
  };

  it('waits for the largest upload over a slow line, and for no request less than five minutes', () => {
    assert.equal(limitsFor(megabyte).requestTimeout, 300_000);
    // 64 kB a second.
    assert.equal(limitsFor(64 * megabyte).requestTimeout, 1_048_576);
  });

  it('gives an answer all the time that it needs', () => {
    assert.equal(limitsFor(megabyte).timeout, 0);
  });
});
