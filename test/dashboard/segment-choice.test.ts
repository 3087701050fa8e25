import assert from 'node:assert/strict';
import { segmentSchema, type Segment } from '../../server/contract/segments.js';
import { emptySegmentChoice, segmentChoiceOf, segmentOf } from '../../public/src/draft/segment-choice.js';

describe('the choice of a segment in the composer', () => {
  const lately = { type: 'viewed', posts: 5 } as const;
  const picked: readonly Segment[] = [
    { type: 'viewed', days: 7 },
    { type: 'liked', posts: 10 },
    { type: 'replied', days: 30 },
    { type: 'never_viewed' },
    { type: 'tagged', tag: 'vip' },
    { type: 'all', of: [{ type: 'viewed' }, { type: 'not', of: lately }] },
  ];

  it('asks for what was picked, and shows it again from a post', () => {
    for (const segment of picked) {
      const choice = segmentChoiceOf(segment);
      assert.notEqual(choice.segment, 'other');
      assert.deepEqual(segmentOf(choice), segment);
      assert.ok(segmentSchema.safeParse(segmentOf(choice)).success);
    }
    assert.equal(
      segmentChoiceOf({ type: 'all', of: [{ type: 'viewed' }, { type: 'not', of: lately }] }).segment,
      'lost',
    );
  });

  it('keeps what cannot be picked as it is', () => {
    const others: readonly Segment[] = [
      { type: 'viewed' },
      { type: 'on_list', listId: '01J00000000000000000000001' },
      {
        type: 'all',
        of: [
          { type: 'viewed', days: 3 },
          { type: 'not', of: lately },
        ],
      },
      { type: 'all', of: [{ type: 'viewed' }, { type: 'not', of: lately }, { type: 'liked' }] },
      { type: 'any', of: [{ type: 'liked' }, { type: 'tagged', tag: 'vip' }] },
    ];
    for (const segment of others) {
      assert.equal(segmentChoiceOf(segment).segment, 'other');
      assert.deepEqual(segmentOf(segmentChoiceOf(segment)), segment);
    }
  });

  it('is none while the tag is missing', () => {
    assert.equal(segmentOf({ ...emptySegmentChoice, segment: 'tagged' }), null);
  });
});
