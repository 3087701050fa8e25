import assert from 'node:assert/strict';
import { rootPrincipal } from '../../server/access/principal.js';
import { nobodyResolved, type ResolvedAudience } from '../../server/audiences/audiences-service.js';
import type { Candidate } from '../../server/audiences/candidate.js';
import type { Pace } from '../../server/contract/pace.js';
import type { Session } from '../../server/contract/sessions.js';
import { AudiencePreviews } from '../../server/posting/audience-preview.js';

const startsAt = '2026-03-02T08:00:00.000Z';

describe('a preview of an audience', () => {
  const person = (index: number): Candidate => ({
    personId: null,
    phoneNumber: String(491_700_000_000 + index),
    lid: null,
    name: null,
    lastViewedAt: index === 0 ? Date.parse(startsAt) : null,
  });
  const people = (count: number, from = 0) => Array.from({ length: count }, (_, index) => person(from + index));
  const previewsOf = (resolved: Partial<ResolvedAudience>, msPerPerson: number | null = null) =>
    new AudiencePreviews(
      { get: (_principal, id) => Promise.resolve({ sessionId: id, ownNumber: null } as Session) },
      { resolve: () => Promise.resolve({ ...nobodyResolved, ...resolved }) } as never,
      { recentMsPerPerson: (id) => Promise.resolve(id === 'acc1' ? (msPerPerson ?? undefined) : 1_000_000) },
      { get: (id: string) => Promise.resolve({ nextPostAt: id === 'acc1' ? startsAt : null } as Pace) },
    );
  function preview(resolved: Partial<ResolvedAudience>, msPerPerson: number | null = null, sessionId = 'acc1') {
    const previews = previewsOf(resolved, msPerPerson);
    return previews.preview(rootPrincipal, sessionId, { targetNumbers: ['491700000000'] });
  }

  it('says when it would begin and how long it would take, by the posts of this account or by what is usual', async () => {
    const included = people(1_001);
    assert.deepEqual(
      [await preview({ included }), await preview({ included }, 20), await preview({ included }, null, 'acc2')].map(
        ({ startsAt: begins, estimatedSeconds }) => [begins, estimatedSeconds],
      ),
      [
        [startsAt, 8],
        [startsAt, 23],
        [null, 1_001_002],
      ],
    );
    assert.equal((await preview({})).estimatedSeconds, 2);
  });

  it('counts all and shows fifty, with the reasons in words', async () => {
    const undecided = people(20, 100).map((one) => ({ person: one, reason: 'opt_out_unknown' as const }));
    const excluded = people(40, 200).map((one) => ({ person: one, reason: 'opted_out' as const }));
    const shown = await preview({ included: people(51), undecided, excluded });
    assert.deepEqual(shown.counts, { included: 51, excluded: 60 });
    assert.deepEqual([shown.included.length, shown.excluded.length], [50, 50]);
    assert.deepEqual(shown.included.slice(0, 2), [
      { phoneNumber: '491700000000', lid: null, name: null, lastViewedAt: startsAt },
      { phoneNumber: '491700000001', lid: null, name: null, lastViewedAt: null },
    ]);
    assert.deepEqual(
      shown.excludedByReason.map(({ reason, count }) => [reason, count]),
      [
        ['opt_out_unknown', 20],
        ['opted_out', 40],
      ],
    );
    assert.equal(shown.excludedByReason[1]?.message, 'This person does not want to be posted to.');
    assert.deepEqual([shown.excluded[20]?.reason, shown.excluded[20]?.phoneNumber], ['opted_out', '491700000200']);
  });

  it('shows the key of one session nothing of the lists of its organization', async () => {
    const key = { ...rootPrincipal, organizationId: 'default', sessionId: 'acc1' };
    const audience = { kind: 'list', listId: 'L', storyPrivacy: 'apply' } as const;
    await assert.rejects(previewsOf({ included: people(1) }).preview(key, 'acc1', { audience }), { code: 'not_found' });
  });

  it('notes that the phone’s list is not known', async () => {
    assert.equal((await preview({ included: people(1) })).note, null);
    const { note } = await preview({ included: people(1), isPhoneListMissing: true });
    assert.equal(note?.code, 'story_privacy_unknown');
  });
});
