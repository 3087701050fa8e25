import assert from 'node:assert/strict';
import type { Candidate } from '../../server/audiences/candidate.js';
import { sharedFacts } from '../../server/audiences/shared-facts.js';
import { numberKey } from '../../server/lib/number-forms.js';

const place = { organizationId: 'default', listId: 'L1' };
const phone = (index: number): string => String(491_700_000_000 + index);
const person = (phoneNumber: string | null): Candidate => ({
  phoneNumber,
  lid: phoneNumber === null ? '77' : null,
  personId: null,
  name: null,
  lastViewedAt: null,
});

describe('what people have in common', () => {
  /** As the store answers: by the key of each number. */
  async function shared(
    known: Record<string, Record<string, string>>,
    people: (string | null)[],
    names = ['name', 'plan'],
  ) {
    const asked: number[] = [];
    const facts = new Map(
      Object.entries(known).map(([number, values]) => [numberKey(number), new Map(Object.entries(values))]),
    );
    const store = {
      factsOf: (of: typeof place, numbers: readonly string[]) => {
        assert.deepEqual(of, place);
        asked.push(numbers.length);
        return Promise.resolve(facts);
      },
    };
    return { ...(await sharedFacts(store, place, people.map(person), names)), asked };
  }

  it('is what each of them has, the same', async () => {
    const known = { [phone(1)]: { name: 'Ann', plan: 'gold' }, [phone(2)]: { name: 'Ben', plan: 'gold' } };
    const both = await shared(known, [phone(1), phone(2)], ['name', 'plan', 'street']);
    assert.deepEqual([both.shared, both.differing], [{ plan: 'gold' }, ['name']]);
    assert.deepEqual((await shared(known, [phone(1)])).shared, { name: 'Ann', plan: 'gold' });
    assert.deepEqual((await shared(known, [])).shared, {});
  });

  it('is not what one of them lacks, whoever comes first', async () => {
    const known = { [phone(1)]: { plan: 'gold' } };
    for (const people of [
      [phone(1), phone(2)],
      [phone(2), phone(1)],
      [phone(1), null],
      [null, phone(1)],
    ]) {
      const { shared: found, differing } = await shared(known, people);
      assert.deepEqual([found, differing], [{}, ['plan']], String(people));
    }
  });

  it('is known by any way to write a number', async () => {
    const { shared: found } = await shared({ '553188887777': { plan: 'gold' } }, ['5531988887777']);
    assert.deepEqual(found, { plan: 'gold' });
  });

  it('is asked of all of them, a thousand at a time, and of nobody once nothing is shared', async () => {
    const people = Array.from({ length: 2_001 }, (_, index) => phone(index));
    const known = Object.fromEntries(people.map((number) => [number, { plan: 'gold' }]));
    assert.deepEqual((await shared(known, people, ['plan'])).asked, [1_000, 1_000, 1]);
    known[phone(2_000)] = { plan: 'silver' };
    const { shared: found, differing } = await shared(known, people, ['plan']);
    assert.deepEqual([found, differing], [{}, ['plan']]);
    known[phone(1)] = { plan: 'silver' };
    assert.deepEqual((await shared(known, people, ['plan'])).asked, [1_000]);
  });
});
