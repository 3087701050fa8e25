import assert from 'node:assert/strict';
import type { PostContent } from '../../server/statuses/status-contents.js';
import { fillerOf, missingVariables, textsOf } from '../../server/statuses/variables.js';

const plain: PostContent = { type: 'text', content: '', caption: null, style: {}, media: null, preview: null };
const address = 'https://example.com/{{price}}';

describe('what variables make of a post', () => {
  const fill = (shown: Partial<PostContent>, variables: Record<string, string> = { price: '5' }) =>
    fillerOf({
      variables,
      at: Date.parse('2026-12-24T22:00:00Z'),
      timeZone: 'UTC',
      session: { sessionName: 'Shop', ownNumber: '491700000001' },
    })({ ...plain, ...shown });

  it('is its text and its caption, and never its address or the name of its file', () => {
    assert.equal(fill({ content: '{{account}} {{number}} {{price}}' }).content, 'Shop 491700000001 5');
    for (const type of ['url', 'image', 'video', 'audio'] as const) {
      const { content, caption } = fill({ type, content: address, caption: 'Only {{price}}' });
      assert.deepEqual([content, caption], [address, 'Only 5'], type);
      assert.equal(fill({ type, content: address }).caption, null);
    }
    const link = { type: 'url', content: address, caption: '{{a}}' } as const;
    assert.deepEqual(missingVariables(textsOf(link), {}), ['a']);
    assert.deepEqual(missingVariables(textsOf({ type: 'text', content: '{{a}} {{b}} {{date}}' }), { b: '' }), ['a']);
  });

  it('is refused where its caption becomes too long, and has no caption where nothing is left of it', () => {
    const picture = { type: 'image', content: 'a.jpg', caption: '{{price}}{{price}}' } as const;
    assert.throws(
      () => fill(picture, { price: 'a'.repeat(600) }),
      (error: { code: string; details: { fields: object } }) =>
        error.code === 'validation_error' && 'caption' in error.details.fields,
    );
    assert.equal(fill(picture, { price: ' ' }).caption, null);
  });
});
