import assert from 'node:assert/strict';
import fc from 'fast-check';
import { asText, whyNotText } from '../../server/contract/values/texts.js';
import { parseBody, parseParams, parseQuery } from '../../server/http/parse-request.js';
import { chatCursor, contactCursor } from '../../server/contacts/list-cursor.js';
import { Pages } from '../../server/lib/page.js';
import { safeCell, plainCell } from '../../server/lib/csv/spreadsheet-cell.js';
import { z } from 'zod';

const anything = fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) });

describe('texts', () => {
  it('have no U+0000 and no half of a character', () => {
    for (const text of ['a\u0000', '\ud83d', '\ude00 \ud83d', 'x\udc00y'])
      assert.ok(whyNotText(text), JSON.stringify(text));
    for (const text of ['', 'a\n', '😀', '\u0001', '\ufffd', '👩‍👩‍👧']) assert.equal(whyNotText(text), undefined);
  });

  it('of others are mended and cut between characters', () => {
    assert.equal(asText('ab\u0000c'), 'abc');
    assert.equal(asText('a\ud800b'), 'a\ufffdb');
    assert.equal(asText('ab😀', 3), 'ab');
    fc.assert(
      fc.property(anything, fc.nat({ max: 12 }), (text, length) => {
        const kept = asText(text, length);
        assert.equal(whyNotText(kept), undefined);
        assert.ok(kept.length <= length);
      }),
    );
  });
});

describe('texts that look the same', () => {
  const loose = z.looseObject({});
  for (const [what, given, kept] of [
    ['an accent behind its letter', 'Cafe\u0301', 'Caf\u00e9'],
    ['a Korean syllable in parts', '\u1112\u1161\u11ab', '\ud55c'],
    ['a Vietnamese vowel with two marks', 'e\u0302\u0301', '\u1ebf'],
  ] as const) {
    it(`are kept as one: ${what}`, () => {
      assert.deepEqual(parseBody(loose, { deep: [{ name: given }] }), { deep: [{ name: kept }] });
      assert.deepEqual(parseQuery(z.object({ search: z.string() }), { search: given }), { search: kept });
      assert.equal(asText(given), kept);
    });
  }

  it('stay as they are in a web address, whose server may know only the one', () => {
    const url = 'https://example.com/Cafe\u0301.jpg';
    assert.deepEqual(parseBody(loose, { url }), { url });
  });
});

describe('a request with a text that no database can hold', () => {
  const cursorOf = (values: unknown[]): string => Buffer.from(JSON.stringify(values)).toString('base64url');
  const loose = z.looseObject({});
  for (const [where, parse] of [
    ['in a field of the body', () => parseBody(loose, { name: 'a\u0000b' })],
    ['deep in the body', () => parseBody(loose, { audience: { except: { tags: ['ok', 'x\ud800'] } } })],
    ['in the name of a field', () => parseBody(loose, { 'a\u0000': 1 })],
    ['in a field that takes anything', () => parseBody(z.object({ metadata: z.unknown() }), { metadata: ['\udfff'] })],
    ['in the query', () => parseQuery(z.object({ search: z.string() }), { search: '\u0000' })],
    ['in the path', () => parseParams(z.object({ id: z.string() }), { id: 'a\u0000' })],
    ['in the cursor of contacts', () => new Pages(contactCursor).placeOf(cursorOf(['a\u0000', 'p']))],
    ['in the cursor of chats', () => new Pages(chatCursor).placeOf(cursorOf([1, '\ud800']))],
  ] as const) {
    it(`is refused: ${where}`, () => {
      assert.throws(parse, { name: 'AppError', code: 'validation_error' });
    });
  }

  it('is told which text it was, with what cannot be seen made visible', () => {
    assert.throws(
      () => parseBody(loose, { style: { name: 'a\u0000b' } }),
      /name in style: "a<U\+0000>b" has the character U\+0000/,
    );
  });

  it('is found in a body nested as deeply as JSON allows', () => {
    const body: unknown = JSON.parse(`${'['.repeat(50_000)}"\\u0000"${']'.repeat(50_000)}`);
    assert.throws(() => parseBody(z.unknown(), { body }), /U\+0000/);
  });
});

describe('cells of an export', () => {
  const formulas = ['=1+1', 'a;=1', 'vip,+49', 'x\t@SUM(A1)', 'a\n-1', '＝1', 'a; =HYPERLINK("http://x")', '|=cmd'];
  // Written into a file, the marks are doubled; where a semicolon ends cells, the two begin one and end nothing.
  const behindQuotes = [';"=1+1', 'a;" "=1', '"\t"@SUM(A1)', ',""\n""-1'];
  for (const text of [...formulas, ...behindQuotes]) {
    it(`hold no formula whatever separates them: ${JSON.stringify(text)}`, () => {
      const cell = safeCell(text);
      assert.doesNotMatch(cell, /(^|[,;|\t\r\n])["\s]*[=+\-@＝＋－＠]/);
      assert.equal(plainCell(cell), text);
    });
  }

  it('are read in one go, however long what stands before a formula is', () => {
    const long = `${' \n"'.repeat(300_000)}a;=1`;
    assert.equal(plainCell(safeCell(long)), long);
  });

  it('come back as they were, also with apostrophes of their own', () => {
    const text = fc.string({ unit: fc.constantFrom(..."''=+-@,;|\"a1 \t\n"), maxLength: 12 });
    fc.assert(fc.property(text, (written) => plainCell(safeCell(written)) === written));
  });

  it('are otherwise what they were', () => {
    for (const text of ['', 'Asha Rao', 'a-b', '1+1=2', 'me@x.org']) assert.equal(safeCell(text), text);
  });
});
