import assert from 'node:assert/strict';
import { z } from 'zod';
import { chatCursor, contactCursor } from '../../server/contacts/list-cursor.js';
import { idCursor, textCursor, timeCursor, valuesCursor } from '../../server/lib/cursors.js';
import { Pages } from '../../server/lib/page.js';
import { latestViewFirst } from '../../server/viewers/viewers-cursor.js';

const nameAndAge = valuesCursor({ name: z.string().max(5), age: z.int() });
const base64url = (text: string): string => Buffer.from(text).toString('base64url');

describe('a page', () => {
  const pages = new Pages(timeCursor);
  const records = [1, 2, 3].map((at) => ({ at, id: `r${String(at)}` }));

  it('is read with one record more than it shows', () => {
    assert.deepEqual(pages.wanted({ limit: 2 }), { limit: 3, after: undefined });
    const cursor = timeCursor.write({ at: 5, id: 'a' });
    assert.deepEqual(pages.wanted({ limit: 1, cursor }), { limit: 2, after: { at: 5, id: 'a' } });
  });

  it('says where the next one begins, and nothing when it is the last', () => {
    const first = pages.cut(records, { limit: 2 }, (record) => record);
    assert.deepEqual(first.items, records.slice(0, 2));
    assert.deepEqual(pages.placeOf(first.nextCursor ?? ''), { at: 2, id: 'r2' });
    assert.equal(pages.cut(records, { limit: 3 }, (record) => record).nextCursor, null);
    assert.deepEqual(
      pages.cut([], { limit: 3 }, () => assert.fail('there is no last one')),
      { items: [], nextCursor: null },
    );
  });
});

describe('a cursor', () => {
  it('keeps the form that was given out before', () => {
    assert.equal(timeCursor.write({ at: 1_700_000_000_000, id: 'acc-1_x' }), base64url('1700000000000/acc-1_x'));
    assert.equal(nameAndAge.write({ age: 7, name: 'Anné' }), base64url('["Anné",7]'));
    assert.equal(idCursor.write('01J9ZX8K2QHV0M3T6R7P4N5W8C'), '01J9ZX8K2QHV0M3T6R7P4N5W8C');
    assert.equal(contactCursor.write({ personId: 'P', sortName: 'ann' }), base64url('["ann","P"]'));
    assert.equal(chatCursor.write({ key: 'K', lastMessageAt: 5 }), base64url('[5,"K"]'));
    const viewer = { personId: 'P', second: 3, first: 2, asOf: 1 };
    assert.equal(latestViewFirst.write(viewer), base64url('[1,2,3,"P"]'));
  });

  it('is read as it was written', () => {
    assert.deepEqual(timeCursor.read(timeCursor.write({ at: 0, id: 'a' })), { at: 0, id: 'a' });
    assert.deepEqual(nameAndAge.read(nameAndAge.write({ name: 'é/"', age: -1 })), { name: 'é/"', age: -1 });
    assert.equal(textCursor(/^a+$/).read('aa'), 'aa');
  });

  for (const [what, form, cursors] of [
    ['an id', idCursor, ['', 'abc', '01J9ZX8K2QHV0M3T6R7P4N5W8', `01J9ZX8K2QHV0M3T6R7P4N5W8C\n`]],
    ['a time and an id', timeCursor, ['', 'x', '5/a', base64url('5/'), base64url('-5/a'), base64url('5/a b')]],
    [
      'several values',
      nameAndAge,
      ['', 'x', '["a",1]', ...['{}', '["a"]', '["a",1,2]', '["a","1"]', '["a",1.5]', '["abcdef",1]'].map(base64url)],
    ],
  ] as const) {
    it(`is refused when it is none of the list: ${what}`, () => {
      for (const cursor of cursors) {
        assert.throws(
          () => new Pages<unknown>(form).wanted({ limit: 1, cursor }),
          {
            code: 'validation_error',
            message: /^The cursor ".*" is none of this list\. Take it whole from `nextCursor`/,
          },
          cursor,
        );
      }
    });
  }
});
