import assert from 'node:assert/strict';
import { filterOf, mergeViewers } from '../../public/src/posts/viewers/viewer-pages.js';
import { viewerFilters, type Viewer } from '../../server/contract/viewers.js';

function viewer(personId: string, facts: Partial<Pick<Viewer, 'deliveredAt' | 'viewedAt' | 'reaction'>>): Viewer {
  const nothingElse = { number: null, lid: null, name: personId, replied: false };
  return { personId, deliveredAt: null, viewedAt: null, reaction: null, ...facts, ...nothingElse };
}

describe('lists of viewers that are shown while news of people comes', () => {
  const at = '2026-03-01T10:00:00.000Z';
  const keys = viewerFilters.map((only) => ['viewers', 'S1', { search: '', only }]);
  let lists = new Map<readonly unknown[], ReturnType<typeof mergeViewers>>();
  beforeEach(() => {
    lists = new Map(keys.map((key) => [key, { pages: [{ items: [], total: 0, nextCursor: null }], pageParams: [''] }]));
  });

  function tell(...changed: Viewer[]): void {
    for (const [key, data] of lists) lists.set(key, mergeViewers(data, changed, filterOf(key)));
  }
  const shown = () =>
    Object.fromEntries(
      keys.map((key) => [
        filterOf(key).only,
        lists.get(key)?.pages.flatMap((page) => page.items.map(({ personId }) => personId)),
      ]),
    );

  it('have somebody whom it reached where those are shown, and not among those who viewed, missed or liked it', () => {
    tell(viewer('anna', { deliveredAt: at }));
    assert.deepEqual(shown(), { viewed: [], delivered: ['anna'], missed: [], liked: [], replied: [], all: ['anna'] });
  });

  it('have what somebody reacted with in the place where the person is, until it is taken back', () => {
    const viewed = { deliveredAt: at, viewedAt: at };
    tell(viewer('anna', viewed), viewer('ben', viewed));
    const reactions = (): unknown =>
      lists.get(keys[0] ?? [])?.pages.flatMap((page) => page.items.map(({ reaction }) => reaction));
    tell(viewer('ben', { ...viewed, reaction: '💚' }));
    assert.deepEqual(
      [reactions(), shown()['viewed']],
      [
        [null, '💚'],
        ['anna', 'ben'],
      ],
    );
    tell(viewer('ben', viewed));
    assert.deepEqual(
      [reactions(), shown()['viewed']],
      [
        [null, null],
        ['anna', 'ben'],
      ],
    );
  });

  it('have somebody who viewed it first, and no longer among those who missed it', () => {
    tell(viewer('anna', {}), viewer('ben', {}), viewer('cem', {}));
    tell(viewer('cem', { deliveredAt: at }));
    tell(viewer('ben', { deliveredAt: at, viewedAt: at, reaction: '💚' }));
    assert.deepEqual(shown(), {
      viewed: ['ben'],
      missed: ['anna'],
      liked: ['ben'],
      replied: [],
      delivered: ['ben', 'cem'],
      all: ['ben', 'anna', 'cem'],
    });
  });
});
