import assert from 'node:assert/strict';
import { AudiencesService, type AddressBook } from '../../server/audiences/audiences-service.js';
import type { Candidate } from '../../server/audiences/candidate.js';
import type { CandidatesReportStore } from '../../server/audiences/candidates-report-store.js';
import {
  leaveOutBy,
  leavesNobodyOut,
  numbersToLookUp,
  withFound,
  type LeaveOutRules,
} from '../../server/audiences/left-out.js';
import { maxAudienceSize, type Audience } from '../../server/contract/audiences.js';
import type { FoundNumber, PersonAddress, StatusSetting } from '../../server/whatsapp/gateway.js';

const owner = { sessionId: 'acc1', organizationId: 'default', ownNumber: '491700000000', lid: '900@lid' };
const numbered = (phoneNumber: string): PersonAddress => ({ phoneNumber, lid: null });
const hidden = (lid: string): PersonAddress => ({ phoneNumber: null, lid });
const [one, two, three] = ['491700000001', '491700000002', '491700000003'];

describe('the rules of an audience', () => {
  let known: Partial<Record<'listMembers' | 'tagged' | 'optedOut', string[] | undefined>>;
  let viewed: Record<string, number>;
  let mode: StatusSetting | null;
  let listed: PersonAddress[];
  let answer: Map<string, FoundNumber> | undefined;
  let asked: (readonly string[])[];
  /** Somebody who is known by both names once WhatsApp was asked. */
  let paired: PersonAddress | undefined;

  beforeEach(() => {
    known = {};
    viewed = {};
    mode = 'contacts';
    listed = [];
    answer = undefined;
    asked = [];
    paired = undefined;
  });

  function service(): AudiencesService {
    const candidates: Partial<CandidatesReportStore> = {
      listMembers: () => Promise.resolve('listMembers' in known ? known.listMembers : []),
      tagged: () => Promise.resolve(known.tagged ?? []),
      optedOut: () => Promise.resolve(known.optedOut ?? []),
      hasOptedOut: (_organizationId, _sessionId, number) => Promise.resolve(known.optedOut?.includes(number) === true),
      candidatesOf: (_sessionId, addresses) =>
        Promise.resolve(
          addresses.map((address): Candidate => ({
            ...((asked.length > 0 && paired) || address),
            personId: null,
            name: null,
            lastViewedAt: viewed[address.phoneNumber ?? ''] ?? null,
          })),
        ),
    };
    const book: AddressBook = {
      listSaved: () => Promise.resolve([numbered(one), numbered(two)]),
      storyPrivacyList: () => Promise.resolve(mode && { mode, people: listed }),
      storyPrivacyMode: () => Promise.resolve(mode),
      isOnStoryPrivacyList: (_sessionId, personId) => Promise.resolve(personId === 'listed'),
    };
    const segments = { people: () => Promise.resolve([]) };
    return new AudiencesService(candidates as CandidatesReportStore, book, segments, (_sessionId, numbers) => {
      asked.push(numbers);
      return Promise.resolve(answer);
    });
  }
  const of = (numbers: string[], more: object = {}): Audience => ({
    kind: 'numbers',
    numbers,
    storyPrivacy: 'apply',
    ...more,
  });
  const phones = (people: readonly PersonAddress[]) => people.map(({ phoneNumber, lid }) => phoneNumber ?? lid);
  const resolve = async (audience: Audience) => {
    const { included, undecided, excluded, isPhoneListMissing } = await service().resolve(owner, audience);
    const out = (some: typeof excluded) => some.map(({ person, reason }) => [person.phoneNumber ?? person.lid, reason]);
    return { included: phones(included), undecided: out(undecided), excluded: out(excluded), isPhoneListMissing };
  };

  it('send first to those who viewed last, and never to the account itself', async () => {
    viewed = { [one]: 1, [three]: 3 };
    const { included, excluded } = await resolve(of([one, two, three, '491700000000']));
    assert.deepEqual(included, [three, one, two]);
    assert.deepEqual(excluded, [['491700000000', 'own_account']]);
    mode = 'allowlist';
    listed = [hidden('900'), hidden('901')];
    const contacts = await resolve({ kind: 'contacts', storyPrivacy: 'apply' });
    assert.deepEqual([contacts.included, contacts.excluded], [['901'], [['900', 'own_account']]]);
    assert.deepEqual((await resolve({ kind: 'contacts', storyPrivacy: 'ignore' })).included, [one, two]);
  });

  it('leave out whoever is excepted by number, list or tag, or opted out', async () => {
    known = { listMembers: [two], tagged: [three], optedOut: ['491700000004'] };
    const except = { numbers: [one], listIds: ['L1'], tags: ['vip'] };
    const { included, excluded } = await resolve(of([one, two, three, '491700000004', '491700000005'], { except }));
    assert.deepEqual(included, ['491700000005']);
    assert.deepEqual(excluded, [
      ...[one, two, three].map((phone) => [phone, 'excepted']),
      ['491700000004', 'opted_out'],
    ]);
    known = { listMembers: undefined };
    await assert.rejects(resolve(of([one], { except: { listIds: ['L1'] } })), { code: 'not_found' });
  });

  it('say when the phone’s list is not known, where it counts', async () => {
    mode = null;
    assert.equal((await resolve(of([one]))).isPhoneListMissing, true);
    assert.equal((await resolve(of([one], { storyPrivacy: 'ignore' }))).isPhoneListMissing, false);
    assert.equal(await service().statusSetting('acc1'), 'contacts');
    mode = 'denylist';
    assert.equal((await resolve(of([one]))).isPhoneListMissing, false);
    assert.equal(await service().statusSetting('acc1'), 'denylist');
  });

  it('have a limit', async () => {
    const many = Array.from({ length: maxAudienceSize + 1 }, (_, index) => String(491_700_000_000 + index));
    await assert.rejects(resolve(of(many)), { code: 'validation_error' });
  });

  it('are uncertain about those whom WhatsApp was not asked about, but for exceptions', async () => {
    mode = 'denylist';
    listed = [hidden('77')];
    assert.deepEqual((await resolve(of([one]))).undecided, [[one, 'story_privacy_unknown']]);
    assert.deepEqual(asked, [[one]]);
    answer = new Map([[one, { exists: true, phoneNumber: one, lid: '77' }]]);
    const { undecided, excluded } = await resolve(of([one]));
    assert.deepEqual([undecided, excluded], [[], [[one, 'story_privacy_denied']]]);
    mode = 'allowlist';
    answer = undefined;
    assert.deepEqual((await resolve(of([one]))).undecided, [[one, 'story_privacy_not_allowed']]);
    answer = new Map([[one, { exists: true, phoneNumber: one, lid: null }]]);
    assert.deepEqual((await resolve(of([one]))).excluded, [[one, 'story_privacy_not_allowed']]);
    answer = undefined;
    listed = [hidden('77')];
    const except = { numbers: [two] };
    const chosen = await resolve({ kind: 'contacts', storyPrivacy: 'apply', except });
    assert.deepEqual([chosen.undecided, chosen.excluded], [[], [['77', 'exception_unknown']]]);
    mode = 'allowlist';
    answer = new Map();
    const many = Array.from({ length: 2_001 }, (_, index) => String(491_700_000_000 + index + 1));
    const { undecided: open } = await resolve(of(many));
    assert.equal(asked.at(-1)?.length, 2_000, 'the post itself asks about all');
    assert.equal(open.length, 2_001);
  });

  it('know those who turned out to be one by the question itself', async () => {
    answer = new Map([[two, { exists: true, phoneNumber: two, lid: null }]]);
    paired = { phoneNumber: two, lid: '77' };
    mode = 'allowlist';
    listed = [hidden('77'), numbered(two)];
    const chosen = await resolve({ kind: 'contacts', storyPrivacy: 'apply', except: { numbers: [two] } });
    assert.deepEqual(asked, [[two]]);
    assert.deepEqual([...new Set(chosen.excluded.map(([, reason]) => reason))], ['excepted']);
    assert.deepEqual([chosen.included, chosen.undecided], [[], []]);
  });

  it('leave out a device that asks again of somebody who opted out or is hidden from', async () => {
    const isLeftOut = (personId: string, storyPrivacy: 'apply' | 'ignore' = 'apply') =>
      service().isLeftOut(owner, { personId, phoneNumber: one }, storyPrivacy);
    for (const [how, onList, offList] of [
      ['denylist', true, false],
      ['allowlist', false, true],
      ['contacts', false, false],
      [null, false, false],
    ] as const) {
      mode = how;
      assert.deepEqual([await isLeftOut('listed'), await isLeftOut('other')], [onList, offList], String(how));
      assert.equal(await isLeftOut('listed', 'ignore'), false);
      assert.equal(await isLeftOut('other', 'ignore'), false);
    }
    known = { optedOut: [one] };
    assert.equal(await isLeftOut('other', 'ignore'), true);
  });

  const rules = (more: Partial<LeaveOutRules> = {}): LeaveOutRules => ({
    own: { phoneNumber: null, lid: null },
    optedOut: [],
    excepted: [],
    phoneList: null,
    ...more,
  });
  const outOf = (of: LeaveOutRules, person: PersonAddress) => {
    const out = leaveOutBy(of)(person);
    return out && [out.reason, out.isCertain];
  };

  it('doubt only where two names may be one person’s', () => {
    assert.deepEqual(outOf(rules({ optedOut: [numbered(one)] }), hidden('77')), ['opt_out_unknown', false]);
    assert.deepEqual(outOf(rules({ excepted: [numbered(one)] }), hidden('77')), ['exception_unknown', false]);
    assert.equal(outOf(rules({ optedOut: [{ ...numbered(one), isNobody: true }] }), hidden('77')), undefined);
    assert.equal(outOf(rules({ optedOut: [{ phoneNumber: one, lid: '78' }] }), hidden('77')), undefined);
    const allowing = { mode: 'allowlist', people: [{ phoneNumber: one, lid: '78' }] } as const;
    assert.deepEqual(outOf(rules({ phoneList: allowing }), hidden('77')), ['story_privacy_not_allowed', true]);
    const found = new Map([[one, { exists: false, phoneNumber: one, lid: null }]]);
    assert.deepEqual(
      withFound(rules({ optedOut: [numbered(one), numbered(two)] }), found).optedOut.map(({ isNobody }) => isNobody),
      [true, false],
    );
  });

  it('leave nobody out where no list names anybody, and ask about those who may be meant', () => {
    const phoneList = (how: StatusSetting, people: PersonAddress[]) => rules({ phoneList: { mode: how, people } });
    assert.equal(leavesNobodyOut(rules()), true);
    assert.equal(leavesNobodyOut(phoneList('contacts', [numbered(one)])), true);
    assert.equal(leavesNobodyOut(phoneList('denylist', [])), true);
    assert.equal(leavesNobodyOut(phoneList('denylist', [numbered(one)])), false);
    assert.equal(leavesNobodyOut(phoneList('allowlist', [])), false);
    assert.deepEqual(numbersToLookUp(rules({ optedOut: [numbered(one)] }), [hidden('77'), numbered(two)]), [one]);
    assert.deepEqual(numbersToLookUp(phoneList('denylist', [hidden('77')]), [numbered(two)]), [two]);
    assert.deepEqual(numbersToLookUp(phoneList('denylist', [numbered(one)]), [numbered(two)]), []);
  });

  it('know somebody by any way to write a number, on lists and among those who are meant', () => {
    const [written, own] = ['5531988887777', '553188887777'];
    for (const [listed, meant] of [
      [written, own],
      [own, written],
    ] as const)
      assert.deepEqual(outOf(rules({ optedOut: [numbered(listed)] }), numbered(meant)), ['opted_out', true]);
  });

  it('say the own account first, and leave out somebody who opted out whatever else there is', () => {
    const own = numbered(one);
    assert.deepEqual(outOf(rules({ own, optedOut: [own] }), own), ['own_account', true]);
    assert.equal(leavesNobodyOut(rules({ optedOut: [own] })), false);
    const allowing = { mode: 'allowlist', people: [hidden('77'), numbered(two)] } as const;
    assert.equal(outOf(rules({ phoneList: allowing }), numbered(two)), undefined);
  });

  it('are asked about exceptions too, and compared by what was found of every list', () => {
    assert.deepEqual(numbersToLookUp(rules({ excepted: [numbered(one)] }), [hidden('77')]), [one]);
    const found = new Map([[one, { exists: true, phoneNumber: one, lid: '77' }]]);
    const phoneList = { mode: 'denylist', people: [numbered(one)] } as const;
    assert.deepEqual(outOf(withFound(rules({ excepted: [numbered(one)] }), found), hidden('77')), ['excepted', true]);
    assert.deepEqual(outOf(withFound(rules({ phoneList }), found), hidden('77')), ['story_privacy_denied', true]);
    const known = rules({ optedOut: [{ phoneNumber: one, lid: '78' }] });
    assert.equal(withFound(known, found).optedOut[0]?.lid, '78');
  });

  it('of a session are those of who opted out, and of the phone where its list counts', async () => {
    known = { optedOut: [one] };
    mode = 'denylist';
    const of = await service().rulesOfSession(owner, 'ignore');
    assert.deepEqual([of.optedOut, of.phoneList], [[numbered(one)], null]);
    assert.equal((await service().rulesOfSession(owner, 'apply')).phoneList?.mode, 'denylist');
  });

  it('take as many people as a post may have', async () => {
    const many = Array.from({ length: maxAudienceSize }, (_, index) => String(491_800_000_000 + index));
    assert.equal((await resolve(of(many))).included.length, maxAudienceSize);
  });
});
