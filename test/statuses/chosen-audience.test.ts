import assert from 'node:assert/strict';
import { rootPrincipal, type Principal } from '../../server/access/principal.js';
import { nobodyResolved } from '../../server/audiences/audiences-service.js';
import type { Candidate } from '../../server/audiences/candidate.js';
import {
  audienceOf,
  countStrangers,
  recipientsOf,
  requireVisibleAudience,
  resolveChosen,
  snapshotOf,
} from '../../server/statuses/chosen-audience.js';
import type { Audience } from '../../server/contract/audiences.js';
import type { Session } from '../../server/contract/sessions.js';

describe('the numbers of a post', () => {
  it('mean the own account when they are its own, whichever way that is written', () => {
    for (const [ownNumber, typed] of [
      ['553188887777', '5531988887777'],
      ['5215512345678', '525512345678'],
      ['22961234567', '2290161234567'],
      ['4915112345678', '4915112345678'],
    ] as const) {
      assert.deepEqual(audienceOf({ ownNumber }, { targetNumbers: [typed, ownNumber] }), { kind: 'self' });
      const numbers = ['4915100000001'];
      const audience = { kind: 'numbers', numbers, storyPrivacy: 'apply' };
      assert.deepEqual(audienceOf({ ownNumber }, { targetNumbers: [typed, ...numbers] }), audience);
    }
    assert.deepEqual(audienceOf({ ownNumber: null }, { targetNumbers: [] }), { kind: 'self' });
  });
});

describe('lists and tags of the organization', () => {
  const of = (sessionId: string | null): Principal => ({ ...rootPrincipal, organizationId: 'default', sessionId });
  const segment = (type: string) => ({ kind: 'segment', segment: { type, tag: 'vip', days: 7 } });
  for (const [audience, hidden] of [
    [{ kind: 'list', listId: 'L' }, /^The list/],
    [segment('tagged'), /^The tag/],
    [{ kind: 'contacts', except: { listIds: ['L'] } }, /^The list/],
    [{ kind: 'numbers', numbers: ['1'], except: { tags: ['vip'] } }, /^The tag/],
    [segment('viewed'), undefined],
    [{ kind: 'contacts', except: { numbers: ['1'], listIds: [], tags: [] } }, undefined],
    [{ kind: 'self' }, undefined],
    [undefined, undefined],
  ] as const) {
    it(`are ${hidden ? 'hidden from' : 'no matter to'} the key of one session: ${JSON.stringify(audience)}`, () => {
      const ask = (sessionId: string | null) => {
        requireVisibleAudience(of(sessionId), audience as Audience | undefined);
      };
      ask(null);
      if (hidden) assert.throws(() => ask('acc1'), { code: 'not_found', message: hidden });
      else ask('acc1');
    });
  }
});

describe('the choice that is kept with a status', () => {
  const person = (phoneNumber: string, personId: string | null = null): Candidate => ({
    personId,
    phoneNumber,
    lid: null,
    name: null,
    lastViewedAt: null,
  });
  const resolved = {
    ...nobodyResolved,
    included: [person('491700000001', 'p1')],
    undecided: [{ person: person('491700000002'), reason: 'opt_out_unknown' as const }],
    excluded: ['3', '4'].map((digit) => ({ person: person(`49170000000${digit}`), reason: 'excepted' as const })),
  };

  it('tells how many were excepted by number, and never which', () => {
    const except = { numbers: ['491700000003', '491700000004'], listIds: ['L1'], tags: ['vip'] };
    assert.deepEqual(snapshotOf({ kind: 'contacts', storyPrivacy: 'ignore', except }, resolved), {
      kind: 'contacts',
      excluded: 2,
      storyPrivacy: 'ignore',
      except: { numbers: 2, listIds: ['L1'], tags: ['vip'] },
    });
    assert.deepEqual(snapshotOf({ kind: 'list', listId: 'L2', storyPrivacy: 'apply', except: {} }, nobodyResolved), {
      kind: 'list',
      excluded: 0,
      storyPrivacy: 'apply',
      listId: 'L2',
      except: { numbers: 0, listIds: [], tags: [] },
    });
    const segment = { type: 'viewed', days: 7 } as const;
    assert.deepEqual(snapshotOf({ kind: 'segment', segment, storyPrivacy: 'apply' }, nobodyResolved), {
      kind: 'segment',
      excluded: 0,
      storyPrivacy: 'apply',
      segment,
    });
    assert.deepEqual(snapshotOf({ kind: 'self' }, nobodyResolved), { kind: 'self', excluded: 0 });
  });

  it('has those of whom only the post finds out whether they are left out', () => {
    assert.deepEqual(
      recipientsOf(resolved).map(({ phoneNumber }) => phoneNumber),
      ['491700000001', '491700000002'],
    );
    assert.equal(countStrangers(recipientsOf(resolved)), 1);
  });

  it('is refused when nobody is left, with the reason, and not where nobody was asked for', async () => {
    const numbers: Audience = { kind: 'numbers', numbers: ['491700000003'], storyPrivacy: 'apply' };
    const resolve = (of: typeof resolved, audience: Audience = numbers) =>
      resolveChosen({ resolve: () => Promise.resolve(of) }, {} as Session, audience);
    await assert.rejects(resolve({ ...resolved, included: [], undecided: [] }), {
      code: 'empty_audience',
      message: /besides the own account\. This person is among the exceptions/,
      details: { excluded: 2 },
    });
    const onlyUndecided = { ...resolved, included: [] };
    assert.equal(await resolve(onlyUndecided), onlyUndecided);
    await resolve({ ...resolved, included: [], undecided: [] }, { kind: 'self' });
  });
});
