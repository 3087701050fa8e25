import assert from 'node:assert/strict';
import { foldFacts, gainsOf, mergeViews, viewKey, type Fact, type View } from '../../server/viewers/view.js';
import type { ReceiptKind } from '../../server/whatsapp/gateway.js';

function fact(kind: ReceiptKind | 'replied', at: number, personId = 'p'): Fact {
  return { statusId: 's', personId, kind, at };
}
function reacted(emoji: string | null, at: number, { told = at, personId = 'p' } = {}): Fact {
  return { statusId: 's', personId, kind: 'reacted', at: told, reaction: { emoji, reactedAt: new Date(at) } };
}
function view(of: Partial<View>): View {
  const nothing = {
    deliveredAt: null,
    viewedAt: null,
    playedAt: null,
    reaction: null,
    reactedAt: null,
    repliedAt: null,
  };
  return { statusId: 's', personId: 'p', ...nothing, ...of };
}
function rowsOf(known: Map<string, View>, facts: Fact[]): View[] {
  return foldFacts(known, facts).map(({ after }) => after);
}
function known(...views: View[]): Map<string, View> {
  return new Map(views.map((view) => [viewKey(view), view]));
}

describe('folding receipts into views', () => {
  it('counts a person once, though two of their devices tell of it', () => {
    const fold = foldFacts(known(), [fact('read', 20), fact('read', 10), fact('read', 10)]);
    assert.deepEqual(fold, [{ before: undefined, after: view({ deliveredAt: 10, viewedAt: 10 }) }]);
    assert.deepEqual(gainsOf(fold), new Map([['s', { delivered: 1, viewed: 1, reacted: 0, replied: 0 }]]));
  });

  it('takes a view as a delivery, and a played voice note as a view', () => {
    assert.deepEqual(rowsOf(known(), [fact('played', 5)]), [view({ deliveredAt: 5, viewedAt: 5, playedAt: 5 })]);
    assert.deepEqual(rowsOf(known(), [fact('delivered', 5)]), [view({ deliveredAt: 5 })]);
  });

  it('takes a reply as a view, and counts who replied once, at the earliest time', () => {
    const fold = foldFacts(known(), [fact('replied', 7), fact('replied', 5)]);
    assert.deepEqual(fold, [{ before: undefined, after: view({ deliveredAt: 5, viewedAt: 5, repliedAt: 5 }) }]);
    assert.deepEqual(gainsOf(fold), new Map([['s', { delivered: 1, viewed: 1, reacted: 0, replied: 1 }]]));
    const again = foldFacts(known(view({ deliveredAt: 5, viewedAt: 5, repliedAt: 5 })), [fact('replied', 4)]);
    assert.deepEqual(gainsOf(again), new Map());
  });

  it('changes nothing when everything was known', () => {
    const row = view({ deliveredAt: 5, viewedAt: 8 });
    const fold = foldFacts(known(row), [fact('delivered', 9), fact('read', 8)]);
    assert.deepEqual(fold, []);
  });

  it('moves a time back without counting again when an earlier receipt comes late', () => {
    const row = view({ deliveredAt: 5, viewedAt: 8 });
    const fold = foldFacts(known(row), [fact('read', 7)]);
    assert.deepEqual(fold, [{ before: row, after: { ...row, viewedAt: 7 } }]);
    assert.equal(gainsOf(fold).size, 0);
  });

  it('counts only the view of somebody whose delivery was counted before', () => {
    const row = view({ deliveredAt: 5 });
    assert.deepEqual(
      gainsOf(foldFacts(known(row), [fact('read', 9)])),
      new Map([['s', { delivered: 0, viewed: 1, reacted: 0, replied: 0 }]]),
    );
  });

  it('counts a person who is gone for another one once less', () => {
    const gone = view({ personId: 'q', deliveredAt: 5, viewedAt: 8, reaction: '💚', reactedAt: 9 });
    const stays = view({ deliveredAt: 6 });
    const merged = { ...mergeViews(stays, gone) };
    const changes = [
      { before: gone, after: undefined },
      { before: stays, after: merged },
    ];
    assert.deepEqual(gainsOf(changes), new Map([['s', { delivered: -1, viewed: 0, reacted: 0, replied: 0 }]]));
    const toNobody = [
      { before: gone, after: undefined },
      { before: undefined, after: { ...gone, personId: 'p' } },
    ];
    assert.equal(gainsOf(toNobody).size, 0);
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
    const expected = byPerson(rowsOf(known(), facts));
    for (let turn = 0; turn < facts.length; turn += 1) {
      facts.push(...facts.splice(0, 1));
      assert.deepEqual(byPerson(rowsOf(known(), facts)), expected);
    }
  });

  it('takes the last reaction, also when it comes first, and none after it was taken back', () => {
    const fold = (before: View[], facts: Fact[]) => {
      const changes = foldFacts(known(...before), facts);
      return { rows: changes.map(({ after }) => after), gains: gainsOf(changes) };
    };
    const first = fold([], [reacted('😂', 20), reacted('💚', 10)]);
    assert.deepEqual(first.rows, [view({ deliveredAt: 10, viewedAt: 10, reaction: '😂', reactedAt: 20 })]);
    assert.deepEqual(first.gains, new Map([['s', { delivered: 1, viewed: 1, reacted: 1, replied: 0 }]]));
    const other = fold(first.rows, [reacted('🔥', 30)]);
    assert.equal(other.rows[0]?.reaction, '🔥');
    assert.equal(other.gains.size, 0);
    const back = fold(other.rows, [reacted(null, 40), reacted('💚', 35)]);
    assert.deepEqual(back.rows, [view({ deliveredAt: 10, viewedAt: 10, reaction: null, reactedAt: 40 })]);
    assert.deepEqual(back.gains, new Map([['s', { delivered: 0, viewed: 0, reacted: -1, replied: 0 }]]));
    assert.deepEqual(fold(back.rows, [reacted('🔥', 30)]), { rows: [], gains: new Map() });
  });

  it('counts as viewed what somebody reacted to, at WhatsApp’s time', () => {
    assert.deepEqual(rowsOf(known(), [reacted('💚', 10, { told: 12 })]), [
      view({ deliveredAt: 12, viewedAt: 12, reaction: '💚', reactedAt: 10 }),
    ]);
  });

  it('keeps the last reaction when two people turn out to be one, also one that was taken back', () => {
    const liked = view({ reaction: '💚', reactedAt: 5 });
    const takenBack = view({ personId: 'q', reaction: null, reactedAt: 9 });
    assert.deepEqual(mergeViews(liked, takenBack), view({ reaction: null, reactedAt: 9 }));
    assert.deepEqual(mergeViews(takenBack, liked), takenBack);
    assert.deepEqual(mergeViews(view({ reaction: '🔥', reactedAt: 10 }), takenBack).reaction, '🔥');
    assert.deepEqual(mergeViews(view({}), takenBack), view({ reaction: null, reactedAt: 9 }));
    assert.deepEqual(mergeViews(liked, view({ personId: 'q' })), liked);
  });

  it('keeps the earlier times when two people turn out to be one', () => {
    const one = view({ deliveredAt: 5 });
    const other = view({ personId: 'q', deliveredAt: 7, viewedAt: 7 });
    assert.deepEqual(mergeViews(one, other), view({ deliveredAt: 5, viewedAt: 7 }));
  });
});
