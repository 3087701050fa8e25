import assert from 'node:assert/strict';
import fc from 'fast-check';
import { parseColor } from '../../server/contract/values/css-colors.js';
import { countCharacters, maxTextLength, splitText } from '../../server/contract/status-text.js';
import { captionSchema, contentSchema } from '../../server/contract/statuses.js';

const family = '👨‍👩‍👧‍👦';

/** Of one unit, of many, of any number of them, and such as belong to what stands before. */
const pieces = [
  'a',
  'ä',
  'e\u0301',
  '\u0301',
  '👍',
  '🏽',
  family,
  '\u200d',
  '🇩',
  '🇩🇪',
  'क्ष',
  '\u1100',
  '\u1161',
  '\r',
  '\n',
  '𝅗𝅥',
];

describe('the characters of a text', () => {
  it('are those that a reader sees, however long it is and whatever stands where', () => {
    const segmenter = new Intl.Segmenter(undefined, { granularity: 'grapheme' });
    const runs = fc.array(fc.tuple(fc.constantFrom(...pieces), fc.nat({ max: 400 })), { maxLength: 6 });
    fc.assert(
      fc.property(runs, fc.nat({ max: 8 }), (parts, shift) => {
        const text = 'x'.repeat(shift) + parts.map(([piece, times]) => piece.repeat(times)).join('');
        assert.equal(countCharacters(text), [...segmenter.segment(text)].length);
      }),
      { numRuns: 60 },
    );
  });

  it('are not counted where they are certainly too many', () => {
    const text = family.repeat(3_000);
    for (const schema of [contentSchema, captionSchema]) {
      assert.deepEqual(
        schema.safeParse(text).error?.issues.map(({ code }) => code),
        ['too_big'],
      );
    }
  });
});

describe('splitting a text that is too long for one status', () => {
  it('leaves a text that fits as it is, counted as a reader counts', () => {
    const text = family.repeat(maxTextLength);
    assert.equal(countCharacters(text), maxTextLength);
    assert.deepEqual(splitText(text), [text]);
    assert.deepEqual(splitText('  hello \n'), ['hello']);
    assert.deepEqual(splitText(' \n '), []);
  });

  it('cuts between paragraphs, then sentences, then words, and only then within a word', () => {
    assert.deepEqual(splitText('One two three.\n\nFour five six.', 20), ['One two three.', 'Four five six.']);
    assert.deepEqual(splitText('One two. Three four five six.', 14), ['One two.', 'Three four', 'five six.']);
    assert.deepEqual(splitText('Donaudampfschifffahrt', 8), ['Donaudam', 'pfschiff', 'fahrt']);
    assert.deepEqual(splitText(`${'x'.repeat(10)} yes`, 10), ['x'.repeat(10), 'yes']);
  });

  it('does not waste most of a part for the sake of a paragraph', () => {
    const text = `Hi.\n\n${'word '.repeat(30).trim()}`;
    const parts = splitText(text, 100);
    assert.equal(parts.length, 2);
    assert.ok(countCharacters(parts[0] ?? '') > 80);
  });

  it('loses nothing but white space, and never cuts a character', () => {
    const text = Array.from({ length: 400 }, (_, at) => (at % 7 === 0 ? family : `w${String(at)}`)).join(' ');
    const parts = splitText(text, 50);
    assert.ok(parts.every((part) => countCharacters(part) <= 50));
    assert.equal(parts.join(' '), text);
    const dense = family.repeat(120);
    assert.deepEqual(
      splitText(dense, 50).map((part) => countCharacters(part)),
      [50, 50, 20],
    );
    assert.equal(splitText(dense, 50).join(''), dense);
  });

  it('cuts the longest text that is accepted', () => {
    const longest = 'word. '.repeat(2_400);
    assert.equal(splitText(longest).join(' ').replaceAll(/\s+/g, ' '), longest.trim());
  });
});

describe('colours', () => {
  it('are read in the usual notations', () => {
    const same = ['#1f6f5c', '#1F6F5C', ' #1F6F5C ', 'rgb(31, 111, 92)', 'rgb(31 111 92)', 'RGB(31,111,92)'];
    for (const text of same) assert.equal(parseColor(text), '#1F6F5C', text);
    assert.equal(parseColor('#fa0'), '#FFAA00');
    assert.equal(parseColor('rgb(100%, 50%, 0%)'), '#FF8000');
    assert.equal(parseColor('RebeccaPurple'), '#663399');
    assert.equal(parseColor('yellowgreen'), '#9ACD32');
    assert.equal(parseColor('aliceblue'), '#F0F8FF');
  });

  it('that are none are refused, and so are those one can see through', () => {
    for (const text of [
      '',
      '#12',
      '#12345',
      '#12345678',
      'rgb(1,2)',
      'rgb(256,0,0)',
      'rgb(-1,0,0)',
      'rgba(0,0,0,.5)',
    ]) {
      assert.equal(parseColor(text), undefined, text);
    }
    for (const text of ['transparent', 'constructor', 'greenish', 'rgb(1,2,3,4)', 'url(x)', '0xff0000', '123456']) {
      assert.equal(parseColor(text), undefined, text);
    }
  });
});
