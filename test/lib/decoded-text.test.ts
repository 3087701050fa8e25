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

  it('may be in UTF-16 without a mark, either way round', () => {
    const text = 'Prénom;Mobile\r\nZoé;+33 6 12 34 56 78';
    assert.equal(decodedText(Buffer.from(text, 'utf16le')), text);
    assert.equal(decodedText(Buffer.from(text, 'utf16le').swap16()), text);
    const japanese = '氏名,携帯\n山田,+81 90-1234-5678';
    assert.equal(decodedText(Buffer.from(japanese, 'utf16le')), japanese);
    assert.equal(decodedText(Buffer.from('a name and a\0byte of 0')), 'a name and a\0byte of 0');
  });

  it('loses the characters that are damaged, and not all the others', () => {
    const damaged = Buffer.concat([Buffer.from('Größe für'), Buffer.from([0xc3]), Buffer.from('…')]);
    assert.equal(decodedText(damaged), 'Größe für\ufffd…');
    const japanese = Buffer.from([0x93, 0xfa, 0x96, 0x7b, 0xff]);
    assert.equal(decodedText(japanese, ['shift_jis']), '日本\ufffd');
    assert.equal(decodedText(Buffer.from([0xe9, 0x74, 0xe9]), ['utf-8']), 'été');
  });

  it('has the charset that a content type names', () => {
    for (const type of ['text/csv; charset=utf-8', "text/csv;CHARSET='utf-8'", 'text/csv; a=b; charset="utf-8"']) {
      assert.equal(charsetOf(type), 'utf-8');
    }
    assert.equal(charsetOf('text/csv'), undefined);
  });
});
