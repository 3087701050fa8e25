import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { LinkPreviews } from '../../server/links/link-previews.js';
import { FetchRefusal, refusedBy } from '../../server/outbound/fetch-refusal.js';
import type { OutboundFetcher } from '../../server/outbound/outbound-fetcher.js';

type Outbound = Pick<OutboundFetcher, 'fetchText' | 'fetchBytes'>;

describe('what was seen of a page', () => {
  let asked: { url: string; organizationId: string }[];
  let isBusy: boolean;
  let previews: LinkPreviews;

  beforeEach(() => {
    [asked, isBusy] = [[], false];
    const outbound: Outbound = {
      fetchText: (url, { organizationId }) => {
        asked.push({ url, organizationId });
        if (isBusy) return Promise.resolve(refusedBy(new FetchRefusal('busy')));
        return Promise.resolve({ result: 'fetched', url, contentType: 'text/html', text: '<title>There</title>' });
      },
      fetchBytes: () => assert.fail('no picture is named'),
    };
    previews = new LinkPreviews(outbound, () => Promise.resolve(undefined));
  });

  const read = async (address: number | string): Promise<string> =>
    (await previews.read(`https://example.com/${String(address)}`, 'acme')).result;

  it('is remembered for a while, and asked for in the name of whoever wants it', async () => {
    assert.deepEqual([await read(1), await read(1)], ['preview', 'preview']);
    assert.deepEqual(asked, [{ url: 'https://example.com/1', organizationId: 'acme' }]);
  });

  it('is looked at anew after five minutes', async () => {
    let nowMs = 0;
    const now = mock.method(performance, 'now', () => nowMs);
    try {
      for (nowMs of [0, 5 * 60_000 - 1, 5 * 60_000]) await read(1);
    } finally {
      now.mock.restore();
    }
    assert.equal(asked.length, 2);
  });

  it('is another organization’s own matter, also how busy one of them is', async () => {
    isBusy = true;
    const [one, other] = [
      previews.read('https://example.com/', 'acme'),
      previews.read('https://example.com/', 'umbrella'),
    ];
    assert.deepEqual([(await one).result, (await other).result], ['busy', 'busy']);
    assert.deepEqual(
      asked.map(({ organizationId }) => organizationId),
      ['acme', 'umbrella'],
    );
  });

  it('makes place for others, the oldest first', async () => {
    for (let page = 1; page <= 201; page += 1) await read(page);
    await read(2);
    assert.equal(asked.length, 201);
    await read(1);
    assert.equal(asked.length, 202);
  });

  it('is nothing while too much is being read: that is said, and not remembered', async () => {
    isBusy = true;
    const outcome = await previews.read('https://example.com/', 'acme');
    assert.ok(outcome.result === 'busy');
    assert.deepEqual([outcome.failure.code, outcome.failure.retryAfterSeconds], ['unavailable', 30]);
    isBusy = false;
    assert.equal((await previews.read('https://example.com/', 'acme')).result, 'preview');
  });

  it('goes without a picture when those it names take too long together', async () => {
    const head = [1, 2, 3].map((image) => `<meta property=og:image content="/${String(image)}.png">`).join('');
    const allowedMs: number[] = [];
    const over = new AbortController();
    const timeout = mock.method(AbortSignal, 'timeout', (ms: number) => {
      allowedMs.push(ms);
      return over.signal;
    });
    const ended: [string, boolean | undefined][] = [];
    const slow: Outbound = {
      fetchText: (url) =>
        Promise.resolve({ result: 'fetched', url, contentType: 'text/html', text: `<title>Slow</title>${head}` }),
      fetchBytes: (_url, { organizationId, signal }) => {
        ended.push([organizationId, signal?.aborted]);
        // The time of all is over during the second one.
        if (ended.length === 2) over.abort();
        return Promise.resolve(refusedBy(new FetchRefusal('too_slow')));
      },
    };
    try {
      const outcome = await new LinkPreviews(slow, () => assert.fail('there is no picture')).read(
        'https://example.com/',
        'acme',
      );
      assert.deepEqual(outcome, { result: 'preview', preview: { title: 'Slow', description: null, thumbnail: null } });
    } finally {
      timeout.mock.restore();
    }
    assert.deepEqual(allowedMs, [10_000]);
    assert.deepEqual(ended, [
      ['acme', false],
      ['acme', false],
      ['acme', true],
    ]);
  });
});
