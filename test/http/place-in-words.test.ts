import assert from 'node:assert/strict';
import { dotted, placeAtStart } from '../../server/http/place-in-words.js';

describe('where a value stands', () => {
  const cases: [PropertyKey[], string, string][] = [
    [['name'], 'name', 'name'],
    [['style', 'font'], 'font in style', 'style.font'],
    [['audience', 'numbers', 3], 'The 4th of numbers in audience', 'audience.numbers.3'],
    [
      ['members', 10, 'fields', 'last order'],
      '"last order" in fields in the 11th of members',
      'members.10.fields.last order',
    ],
    [['numbers', 20_001], 'The 20,002nd of numbers', 'numbers.20001'],
    [['grid', 111, 2], 'The 3rd of the 112th of grid', 'grid.111.2'],
    [['a', 'b', 'c', 'd', 'e', 'f', 'g'], 'g in f in e in d in c in b far down', 'a.b.c.d.e.f.g'],
  ];
  for (const [path, words, name] of cases) {
    it(`is "${words}"`, () => {
      assert.deepEqual([placeAtStart(path), dotted(path)], [words, name]);
    });
  }

  it('is short, however long or deep the names are', () => {
    assert.equal(placeAtStart(['x'.repeat(900)]), `"${'x'.repeat(60)}…"`);
    const deep = Array.from({ length: 100_000 }, () => 0);
    assert.ok(placeAtStart(deep).length < 100 && dotted(deep).length < 100);
  });
});
