import assert from 'node:assert/strict';
import { planResolution, type Person } from '../../server/people/person.js';

function ids(): () => string {
  let last = 0;
  return () => `new-${String((last += 1))}`;
}
const number = '491700000001';
const otherNumber = '491700000002';
const numbered: Person = { id: 'a', phoneNumber: number, lid: null };
const hidden: Person = { id: 'b', phoneNumber: null, lid: '100' };

describe('giving addresses their people', () => {
  it('makes one person for an address that comes many times', () => {
    const plan = planResolution(
      [],
      [
        { phoneNumber: number, lid: null },
        { phoneNumber: number, lid: null },
      ],
      ids(),
    );
    assert.deepEqual(plan.ids, ['new-1', 'new-1']);
    assert.deepEqual(plan.created, [{ id: 'new-1', phoneNumber: number, lid: null }]);
  });

  it('finds those who are known and writes nothing', () => {
    const plan = planResolution(
      [numbered, hidden],
      [
        { phoneNumber: null, lid: '100' },
        { phoneNumber: number, lid: null },
      ],
      ids(),
    );
    assert.deepEqual(plan, { ids: ['b', 'a'], created: [], changed: [], releasedIds: [], merges: [] });
  });

  it('learns the other half of a known person', () => {
    const plan = planResolution([hidden], [{ phoneNumber: number, lid: '100' }], ids());
    assert.deepEqual(plan.ids, ['b']);
    assert.deepEqual(plan.changed, [{ id: 'b', phoneNumber: number, lid: '100' }]);
    assert.deepEqual(plan.releasedIds, []);
  });

  it('merges two who turn out to be one, and the older survives', () => {
    const plan = planResolution(
      [numbered, hidden],
      [
        { phoneNumber: null, lid: '100' },
        { phoneNumber: number, lid: '100' },
      ],
      ids(),
    );
    assert.deepEqual(plan.ids, ['a', 'a']);
    assert.deepEqual(plan.merges, [{ survivorId: 'a', goneId: 'b' }]);
    assert.deepEqual(plan.changed, [{ id: 'a', phoneNumber: number, lid: '100' }]);
  });

  it('writes only one person when two new halves meet in the same batch', () => {
    const plan = planResolution(
      [],
      [
        { phoneNumber: number, lid: null },
        { phoneNumber: null, lid: '100' },
        { phoneNumber: number, lid: '100' },
      ],
      ids(),
    );
    assert.deepEqual(new Set(plan.ids), new Set(['new-1']));
    assert.deepEqual(plan.created, [{ id: 'new-1', phoneNumber: number, lid: '100' }]);
    assert.deepEqual(plan.merges, []);
  });

  it('follows a person to a new number and lets somebody else have the old one', () => {
    const moved: Person = { id: 'a', phoneNumber: number, lid: '100' };
    const plan = planResolution(
      [moved],
      [
        { phoneNumber: otherNumber, lid: '100' },
        { phoneNumber: number, lid: '200' },
      ],
      ids(),
    );
    assert.deepEqual(plan.ids, ['a', 'new-1']);
    assert.deepEqual(plan.changed, [{ id: 'a', phoneNumber: otherNumber, lid: '100' }]);
    assert.deepEqual(plan.releasedIds, ['a']);
    assert.deepEqual(plan.created, [{ id: 'new-1', phoneNumber: number, lid: '200' }]);
  });

  it('does not mix up two people when a LID moves from one to the other', () => {
    const one: Person = { id: 'a', phoneNumber: number, lid: '100' };
    const two: Person = { id: 'b', phoneNumber: otherNumber, lid: '200' };
    const plan = planResolution([one, two], [{ phoneNumber: number, lid: '200' }], ids());
    assert.deepEqual(plan.ids, ['a']);
    assert.deepEqual(plan.merges, []);
    assert.deepEqual(plan.changed, [
      { id: 'a', phoneNumber: number, lid: '200' },
      { id: 'b', phoneNumber: otherNumber, lid: null },
    ]);
    assert.deepEqual(plan.releasedIds, ['a', 'b'], 'what each had must be free for others');
  });

  it('follows a chain of merges to the last survivor', () => {
    const third: Person = { id: 'c', phoneNumber: null, lid: '300' };
    const plan = planResolution(
      [numbered, hidden, third],
      [
        { phoneNumber: number, lid: '100' },
        { phoneNumber: number, lid: '300' },
        { phoneNumber: null, lid: '300' },
      ],
      ids(),
    );
    assert.equal(new Set(plan.ids).size, 1);
    assert.ok(plan.merges.every((merge) => merge.survivorId === plan.ids[0]));
  });

  it('leads everybody to the last survivor, however often one was thought to be it', () => {
    const known: Person[] = [
      { ...numbered, id: 'b' },
      { ...hidden, id: 'c' },
      { id: 'a', phoneNumber: null, lid: '300' },
    ];
    const pairs = ['100', '300'].map((lid) => ({ phoneNumber: number, lid }));
    const plan = planResolution(known, pairs, ids());
    assert.deepEqual(plan.ids, ['a', 'a']);
    assert.deepEqual(plan.merges, [
      { survivorId: 'a', goneId: 'b' },
      { survivorId: 'a', goneId: 'c' },
    ]);
  });

  it('keeps who is known rather than who is new, whatever their ids', () => {
    const addresses = [
      { phoneNumber: number, lid: null },
      { phoneNumber: number, lid: '100' },
    ];
    const plan = planResolution([hidden], addresses, () => '0');
    assert.deepEqual([plan.ids, plan.created, plan.merges], [['b', 'b'], [], []]);
    assert.deepEqual(plan.changed, [{ id: 'b', phoneNumber: number, lid: '100' }]);
  });

  it('does not find somebody by the LID or number that they had before', () => {
    const moved: Person = { id: 'a', phoneNumber: number, lid: '100' };
    const addresses = [
      { phoneNumber: number, lid: '200' },
      { phoneNumber: null, lid: '100' },
      { phoneNumber: otherNumber, lid: '200' },
      { phoneNumber: number, lid: null },
    ];
    const plan = planResolution([moved], addresses, ids());
    assert.deepEqual(plan.ids, ['a', 'new-1', 'a', 'new-2']);
    assert.deepEqual(plan.changed, [{ id: 'a', phoneNumber: otherNumber, lid: '200' }]);
  });

  it('takes a pair for one person where only one of two has both halves', () => {
    const pair = [{ phoneNumber: number, lid: '100' }];
    const whole: Person = { id: 'b', phoneNumber: otherNumber, lid: '100' };
    assert.deepEqual(planResolution([numbered, whole], pair, ids()).merges, [{ survivorId: 'a', goneId: 'b' }]);
    const known: Person = { id: 'a', phoneNumber: number, lid: '300' };
    assert.deepEqual(planResolution([known, hidden], pair, ids()).merges, [{ survivorId: 'a', goneId: 'b' }]);
  });

  for (const [country, canonical, typed] of [
    ['Brazil', '553188887777', '5531988887777'],
    ['Mexico', '5215512345678', '525512345678'],
    ['Argentina', '5493514445555', '543514445555'],
  ] as const) {
    it(`a number of ${country} is one person whichever way it is written`, () => {
      const known: Person = { id: 'a', phoneNumber: typed, lid: null };
      const addresses = [canonical, typed].map((phoneNumber) => ({ phoneNumber, lid: null }));
      assert.deepEqual(planResolution([known], addresses, ids()).ids, ['a', 'a']);
      assert.deepEqual(planResolution([], addresses, ids()).ids, ['new-1', 'new-1']);

      const paired = planResolution([known], [{ phoneNumber: canonical, lid: '100' }], ids());
      assert.deepEqual(paired.changed, [{ id: 'a', phoneNumber: canonical, lid: '100' }]);
      assert.deepEqual(paired.releasedIds, ['a']);
    });
  }

  it('makes one of those who were known by both forms of a number, as soon as a LID comes with one of them', () => {
    const long: Person = { id: 'a', phoneNumber: '5531988887777', lid: null };
    const short: Person = { id: 'b', phoneNumber: '553188887777', lid: null };
    const plan = planResolution([long, short], [{ phoneNumber: '553188887777', lid: '100' }], ids());
    assert.deepEqual(plan.merges, [{ survivorId: 'a', goneId: 'b' }]);
    assert.deepEqual(plan.changed, [{ id: 'a', phoneNumber: '553188887777', lid: '100' }]);
  });

  it('says that who survives changed, also with the address that it had', () => {
    const whole: Person = { id: 'a', phoneNumber: '553188887777', lid: '100' };
    const written: Person = { id: 'b', phoneNumber: '5531988887777', lid: null };
    const plan = planResolution([whole, written], [{ phoneNumber: '553188887777', lid: '100' }], ids());
    assert.deepEqual(plan.merges, [{ survivorId: 'a', goneId: 'b' }]);
    assert.deepEqual([plan.changed, plan.releasedIds], [[whole], []]);
  });

  it('keeps two apart whose numbers look like one but whose LIDs differ', () => {
    const long: Person = { id: 'a', phoneNumber: '5531988887777', lid: '100' };
    const short: Person = { id: 'b', phoneNumber: '553188887777', lid: '200' };
    const pairs = [
      { phoneNumber: '553188887777', lid: '200' },
      { phoneNumber: '5531988887777', lid: '100' },
    ];
    const plan = planResolution([long, short], pairs, ids());
    assert.deepEqual([plan.ids, plan.changed, plan.merges], [['b', 'a'], [], []]);
    const other = planResolution([long], [{ phoneNumber: '553188887777', lid: '200' }], ids());
    assert.deepEqual(other.created, [{ id: 'new-1', phoneNumber: '553188887777', lid: '200' }]);
  });
});
