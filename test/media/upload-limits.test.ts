import assert from 'node:assert/strict';
import sharp from 'sharp';
import { sizeInWords } from '../../server/contract/values/file-size.js';
import type { UploadLimits } from '../../server/contract/upload-limits.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

describe('what is told before a file is uploaded', () => {
  let server: TestServer;
  before(async () => {
    server = await startTestServer();
  });
  after(() => server.stop());

  const limits = async (): Promise<UploadLimits> => {
    const response = await server.request.get('/api/uploads/limits').expect(200);
    return (response.body as { data: UploadLimits }).data;
  };

  it('names the largest file, 256 MB unless it was set, and the formats of every kind', async () => {
    const { maxBytes, kinds } = await limits();
    assert.equal(maxBytes, 256 * 1024 * 1024);
    assert.deepEqual(
      kinds.map(({ kind, url, field }) => [kind, url, field]),
      [
        ['image', '/api/upload-image', 'image'],
        ['video', '/api/upload-video', 'video'],
        ['audio', '/api/upload-audio', 'audio'],
      ],
    );
    for (const { formats } of kinds)
      assert.ok(formats.length >= 4 && formats.every(({ endings }) => endings.length > 0));
  });

  it('leads a client that only follows it to an upload', async () => {
    const [image] = (await limits()).kinds;
    assert.ok(image);
    const picture = await sharp({ create: { width: 9, height: 9, channels: 3, background: '#fff' } })
      .png()
      .toBuffer();
    await server.request.post(image.url).attach(image.field, picture, 'a.png').expect(201);
  });
});

describe('a size in words', () => {
  const cases: [number, string][] = [
    [0, '0 kB'],
    [1, '1 kB'],
    [655_360, '640 kB'],
    [1_500_000, '1.4 MB'],
    [256 * 1024 ** 2, '256 MB'],
    [2_147_483_648, '2 GB'],
    [20 * 1024 ** 3, '20 GB'],
    [1.5 * 1024 ** 4, '1.5 TB'],
  ];
  for (const [bytes, words] of cases) {
    it(words, () => {
      assert.equal(sizeInWords(bytes), words);
    });
  }
});
