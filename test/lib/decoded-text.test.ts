import assert from 'node:assert/strict';
import { charsetOf, decodedText } from '../../server/lib/decoded-text.js';

describe('text of bytes', () => {
  it('in the code page of the Western Windows has its quotation marks, dashes and the euro, also under its other names', () => {
    const bytes = Buffer.from([0x80, 0x93, 0x61, 0x94, 0x96, 0x9f, 0x81, 0xe9]);
    for (const charsets of [[], ['windows-1252'], ['iso-8859-1'], [undefined, 'LATIN1']]) {
      assert.equal(decodedText(bytes, charsets), '€“a”–Ÿ\u0081é');
    }
  });

  it('goes by its mark before anything else, by what is named if that fits, and loses a character that is cut off', () => {
    assert.equal(decodedText(Buffer.from('\ufeffé', 'utf16le'), ['utf-8']), 'é');
    assert.equal(decodedText(Buffer.from('\ufeffé', 'utf16le').swap16()), 'é');
    assert.equal(decodedText(Buffer.from('\ufeffé')), 'é');
    assert.equal(decodedText(Buffer.from([0xef, 0xf0]), ['nonsense', 'koi8-r']), 'ОП');
    assert.equal(decodedText(Buffer.from('aé').subarray(0, 2), ['utf-8']), 'a');
  });

  it('has the charset that a content type names', () => {
    for (const type of ['text/csv; charset=utf-8', "text/csv;CHARSET='utf-8'", 'text/csv; a=b; charset="utf-8"']) {
      assert.equal(charsetOf(type), 'utf-8');
    }
    assert.equal(charsetOf('text/csv'), undefined);
  });
});
