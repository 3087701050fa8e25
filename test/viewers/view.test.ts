import assert from 'node:assert/strict';
import { foldFacts, mergeViews, viewKey, type Fact, type View } from '../../server/viewers/view.js';

function fact(kind: Fact['kind'], at: number, personId = 'p'): Fact {
  return { statusId: 's', personId, kind, at };
}
function known(...views: View[]): Map<string, View> {
  return new Map(views.map((view) => [viewKey(view), view]));
}

describe('folding receipts into views', () => {
  it('counts a person once, though two of their devices tell of it', () => {
    const fold = foldFacts(known(), [fact('read', 20), fact('read', 10), fact('read', 10)]);
    assert.deepEqual(fold.changed, [{ statusId: 's', personId: 'p', deliveredAt: 10, viewedAt: 10, playedAt: null }]);
    assert.deepEqual(fold.gains, new Map([['s', { delivered: 1, viewed: 1 }]]));
  });

  it('takes a view as a delivery, and a played voice note as a view', () => {
    assert.deepEqual(foldFacts(known(), [fact('played', 5)]).changed, [
      { statusId: 's', personId: 'p', deliveredAt: 5, viewedAt: 5, playedAt: 5 },
    ]);
    assert.deepEqual(foldFacts(known(), [fact('delivered', 5)]).changed, [
      { statusId: 's', personId: 'p', deliveredAt: 5, viewedAt: null, playedAt: null },
    ]);
  });

  it('changes nothing when everything was known', () => {
    const row = { statusId: 's', personId: 'p', deliveredAt: 5, viewedAt: 8, playedAt: null };
    const fold = foldFacts(known(row), [fact('delivered', 9), fact('read', 8)]);
    assert.deepEqual(fold, { changed: [], gains: new Map() });
  });

  it('moves a time back without counting again when an earlier receipt comes late', () => {
    const row = { statusId: 's', personId: 'p', deliveredAt: 5, viewedAt: 8, playedAt: null };
    const fold = foldFacts(known(row), [fact('read', 7)]);
    assert.deepEqual(fold.changed, [{ ...row, viewedAt: 7 }]);
    assert.equal(fold.gains.size, 0);
  });

  it('counts only the view of somebody whose delivery was counted before', () => {
    const row = { statusId: 's', personId: 'p', deliveredAt: 5, viewedAt: null, playedAt: null };
    assert.deepEqual(foldFacts(known(row), [fact('read', 9)]).gains, new Map([['s', { delivered: 0, viewed: 1 }]]));
  });

  it('gives the same rows in whatever order receipts come', () => {
    const facts = [
      fact('delivered', 3),
      fact('read', 9),
      fact('read', 7),
      fact('played', 8),
      fact('delivered', 2, 'q'),
    ];
    const byPerson = (rows: View[]) => [...rows].sort((a, b) => a.personId.localeCompare(b.personId));
    const expected = byPerson(foldFacts(known(), facts).changed);
    for (let turn = 0; turn < facts.length; turn += 1) {
      facts.push(...facts.splice(0, 1));
      assert.deepEqual(byPerson(foldFacts(known(), facts).changed), expected);
    }
  });

  it('keeps the earlier times when two people turn out to be one', () => {
    const one = { statusId: 's', personId: 'p', deliveredAt: 5, viewedAt: null, playedAt: null };
    const other = { statusId: 's', personId: 'q', deliveredAt: 7, viewedAt: 7, playedAt: null };
    assert.deepEqual(mergeViews(one, other), {
      statusId: 's',
      personId: 'p',
      deliveredAt: 5,
      viewedAt: 7,
      playedAt: null,
    });
  });
});
