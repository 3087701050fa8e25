import assert from 'node:assert/strict';
import fc from 'fast-check';
import { getCountries, getExampleNumber, parsePhoneNumberFromString } from 'libphonenumber-js/max';
import examples from 'libphonenumber-js/examples.mobile.json' with { type: 'json' };
import { phoneNumbersSchema, readPhoneNumber, splitNumbers } from '../../server/contract/values/phone-numbers.js';

const mobiles = getCountries().flatMap((country) => {
  const number = getExampleNumber(country, examples)?.number;
  return number === undefined ? [] : [number.slice(1)];
});

function digits(written: string): string | undefined {
  return readPhoneNumber(written).digits;
}

describe('reading a phone number that somebody wrote', () => {
  for (const [what, written, expected] of [
    ['bare', '919812345678', '919812345678'],
    ['with plus, blanks and dashes', '+49 151-2345 6789', '4915123456789'],
    ['with 00', '0044 7911 123456', '447911123456'],
    ['with 00 and a trunk zero in brackets', '0049 (0)151 23456789', '4915123456789'],
    ['the trunk zero of Britain in brackets', '+44 (0)7911 123456', '447911123456'],
    ['the trunk zero of Germany in brackets', '+49 (0) 151 23456789', '4915123456789'],
    ['a trunk zero without brackets', '+33 06 12 34 56 78', '33612345678'],
    ['a trunk zero in the bracket of the area', '+44 (07911) 123456', '447911123456'],
    ['the 0 of a landline of Rome, which belongs to it', '+39 06 698 82222', '390669882222'],
    ['the 0 of a mobile of the Ivory Coast, which belongs to it', '+225 07 01 23 45 67', '2250701234567'],
    ['the code in brackets', '(+91) 98123 45678', '919812345678'],
    ['marks of direction around it', '\u202a+91 98123 45678\u202c', '919812345678'],
    ['a mark of direction before it', '\u200e919812345679', '919812345679'],
    ['isolates of a messenger, and a byte order mark', '\ufeff\u2068+972 50-234-5678\u2069', '972502345678'],
    ['a hyphen that does not break', '+91\u201198123\u201145671', '919812345671'],
    ['an en dash', '+91 98123\u201345672', '919812345672'],
    ['a minus sign and a narrow blank', '+91\u202f98123\u221245672', '919812345672'],
    ['Arabic digits', '٩١٩٨١٢٣٤٥٦٧٨', '919812345678'],
    ['Persian digits', '۹۸۹۱۲۳۴۵۶۷۸۹', '989123456789'],
    ['digits of Devanagari', '+९१ ९८१२३ ४५६७८', '919812345678'],
    ['digits, plus and brackets of full width', '＋８１（０）９０－１２３４－５６７８', '819012345678'],
    ['bold digits of mathematics', '𝟗𝟏𝟗𝟖𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖', '919812345678'],
    ['decimals of a number column', '6281234567890.0', '6281234567890'],
    ['two decimals of a number column', '919812345678.00', '919812345678'],
    ['a text of a spreadsheet', "'+919812345678", '919812345678'],
    ['a formula that is a text', '="919812345678"', '919812345678'],
    ['groups with dots', '+33.6.12.34.56.78', '33612345678'],
    ['a web form’s dot', '+91.9812345678', '919812345678'],
    ['the former form of Mexico, which WhatsApp goes on to use', '+52 1 55 1234 5678', '5215512345678'],
    ['the former form of Brazil', '553188887777', '553188887777'],
    ['the former form of Benin', '+229 61 23 45 67', '22961234567'],
    ['the former form of a landline of Benin, bare', '22921301234', '22921301234'],
    ['the former form of the Ivory Coast', '+225 58 12 34 56', '22558123456'],
    ['the same of another network, bare', '22507123456', '22507123456'],
    ['a slash behind the area', '+43 664/1234567', '436641234567'],
    ['a trunk zero and a slash', '0049 (0)151/23456789', '4915123456789'],
    ['two slashes', '+49/30/1234567', '49301234567'],
    ['the comma of the list that it was in', '+420 601 123 456,', '420601123456'],
    ['the end of a sentence', '‏+972 50-234-5678.', '972502345678'],
    ['a number that costs nothing everywhere', '+800 1234 5678', '80012345678'],
    ['a ship', '+870 773 123 456', '870773123456'],
    ['digits of Bengal', '+৮৮০ ১৭১২ ৩৪৫৬৭৮', '8801712345678'],
    ['digits of Burma', '+၉၅ ၉ ၂၁၂ ၃၄၅၆', '9592123456'],
    ['a satellite phone', '+8816 1234 5678', '881612345678'],
    ['six digits of the Faroe Islands', '+298 211234', '298211234'],
  ] as const) {
    it(`${what}: ${written}`, () => {
      assert.deepEqual(readPhoneNumber(written), { digits: expected });
    });
  }

  for (const [what, written, why] of [
    ['a number that a spreadsheet has shortened', '9.19812E+11', /shortened/],
    ['the same with a comma', '9,19812E+11', /shortened/],
    ['half a number', '919812345678.5', /decimal/],
    ['a formula', '=919812345678', /formula/],
    ['a sum', '=A1+49', /formula/],
    ['an extension', '+1 202 555 0101 ext. 5', /extension/],
    ['two numbers in one', '+49 151 23456789 / 0151 98765432', /two numbers/],
    ['two numbers side by side', '4930123456 4930123457', /two numbers/],
    ['decimals with a comma', '919812345678,0', /comma/],
    ['letters', '1-800-FLOWERS', /letters/],
    ['the letter O', '+49 151 O3456789', /letters/],
    ['superscript', '+49 151 2345678²', /"²"/],
    ['a mark that turns what follows around', '\u202e919812345678', /<U\+202E>/],
    ['a 0 in brackets and another one', '+49(0)030000', /0 in brackets, and another 0/],
    ['the same of a British mobile', '+44 (0) 07911 123456', /0 in brackets, and another 0/],
    ['the same of a French one', '0033 (0)06 12 34 56 78', /0 in brackets, and another 0/],
    ['no country code', '07911 123456', /no country code/],
    ['a local number of India, which would be one of Iran', '9812345678', /Iran \(\+98\)/],
    ['a local number of China, which would be American', '13812345678', /seems to lack its country code/],
    [
      'an American number without its code, which would be Egyptian',
      '(202) 555-0101',
      /Egypt \(\+20\).* begin with \+ and the code of its own/,
    ],
    ['a code that no country has', '+999 123 4567', /no country has/],
    [
      'too few digits for Britain',
      '+44 7911 12345',
      /the United Kingdom \(\+44\) have 10 digits after \+44; this has 9/,
    ],
    ['too many for India', '+91 98123 456789', /India \(\+91\) have 10 digits after \+91; this has 11/],
    ['half a mobile number of Germany', '+49 151 123', /Germany \(\+49\) have 10 or 11 digits/],
    ['an American area that cannot be', '+1 000 000 0000', /no number of the United States \(\+1\) begins like that/],
    ['sixteen digits', '+4915123456789012', /no phone number has more than 15/],
    ['words', 'none', /no digits/],
    [
      'a former landline of the Ivory Coast',
      '+225 22 41 12 34',
      /Ivoire \(\+225\) have 10 digits after \+225; this has 8/,
    ],
    ['a former number of Benin with a digit too few', '+229 6123456', /Benin \(\+229\) have 10 digits/],
    ['a number and the end of its neighbour', '+49 30 1234567/68', /two numbers/],
    ['two short numbers of one island', '+683 4567/4568', /two numbers/],
    ['a code of the network', '*100#', /code that a phone dials/],
    ['the number of the police', '110', /too short.* Begin with \+/],
    ['a number with the 8 of Russia in brackets', '+7 (8) 912 345-67-89', /too short or too long.* this has 11/],
    ['a letter that looks like a 1', '+4915l23456789', /letters/],
  ] as const) {
    it(`${what} is refused: ${written}`, () => {
      const { problem = '' } = readPhoneNumber(written);
      assert.match(problem, why);
      assert.match(problem, /^The number ".*\.$/, 'a sentence that names what was written');
    });
  }

  it('a range newer than the metadata is taken with a plus', () => {
    assert.equal(parsePhoneNumberFromString('+15551234567')?.isValid(), false);
    assert.equal(digits('+1 555 123 4567'), '15551234567');
  });

  it('numbers stand in one text between lines, commas and semicolons of any script', () => {
    assert.deepEqual(splitNumbers('1\r\n2, 3;4\t5،6、7\n\n,'), ['1', '2', '3', '4', '5', '6', '7']);
  });

  it('of many, each is kept once, and every bad one is named where it stands', () => {
    const schema = phoneNumbersSchema(5);
    assert.deepEqual(schema.parse(['+919812345678', '91 98123 45678']), ['919812345678']);
    const { error } = schema.safeParse(['+919812345678', 'x', '12']);
    assert.deepEqual(
      error?.issues.map(({ path }) => path),
      [[1], [2]],
    );
  });
});

const zeros = [0x30, 0x660, 0x6f0, 0x966, 0x9e6, 0xe50, 0xff10, 0x1d7ce, 0x1e950];
const harmless = ['', '', ' ', '-', '\u00a0', '\u2009', '\u200e', '\u2011', '\u2013', '\u2060'];

describe('whatever somebody writes', () => {
  const mobile = fc.constantFrom(...mobiles);

  it('mobile numbers of every country are read as they are', () => {
    for (const number of mobiles) assert.equal(digits(`+${number}`), number);
  });

  it('decoration and scripts change nothing', () => {
    const written = fc.tuple(
      mobile,
      fc.constantFrom(...zeros),
      fc.array(fc.constantFrom(...harmless), { minLength: 15, maxLength: 15 }),
      fc.constantFrom('+', '00', '＋', '\u202a+', "'+"),
    );
    fc.assert(
      fc.property(written, ([number, zero, marks, plus]) => {
        // A plain row of seven digits beside another may be a number of its own.
        const text = [...number].map((digit, at) => inScript(digit, zero) + (at % 4 === 3 ? (marks[at] ?? '') : ''));
        assert.equal(digits(plus + text.join('')), number);
      }),
    );
  });

  it('what is accepted has the digits that were written, but for 00, one trunk zero and decimals that are nothing', () => {
    const part = fc.constantFrom(...'0123456789', ...'0123456789', ...' +-().,/;x#eE=\'"\u200f٣５', '(0)', '.0', '00');
    const beginnings = fc.constantFrom('', '+49', '+44 (0)', '0044', '91981', '+1 202', '+39 0');
    fc.assert(
      fc.property(beginnings, fc.array(part, { maxLength: 18 }), (beginning, parts) => {
        const written = beginning + parts.join('');
        const read = digits(written);
        if (read === undefined) return;
        const plain = written.replaceAll('٣', '3').replaceAll('５', '5').replaceAll(/\D/g, '');
        const isDecimal = /\.0+\D*$/.test(written) && /^0+$/.test(plain.slice(read.length));
        assert.ok(mayMean(plain, read) || (isDecimal && plain.startsWith(read)), `${written} became ${read}`);
        assert.equal(digits(`+${read}`), read, 'reading what was read changes nothing');
      }),
      { numRuns: 5_000 },
    );
  });

  it('a letter, a comma or a second plus within a number refuses it', () => {
    const foreign = fc.constantFrom('e', 'O', 'x', ',', ';', '+', '\n', '_', '²', '\u0000', '\ud800');
    fc.assert(
      fc.property(mobile, foreign, fc.nat({ max: 20 }), (number, mark, place) => {
        const at = 1 + (place % (number.length - 1));
        assert.equal(digits(`+${number.slice(0, at)}${mark}${number.slice(at)}`), undefined);
      }),
    );
  });

  it('no text at all makes it fail', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 120 }), (text) => {
        const { problem = '' } = readPhoneNumber(text);
        assert.ok(problem.length > 0 || /\p{Nd}/u.test(text));
      }),
    );
  });
});

function inScript(digit: string, zero: number): string {
  return String.fromCodePoint(zero + Number(digit));
}

function mayMean(written: string, read: string): boolean {
  const starts = written.startsWith('00') ? [written, written.slice(2)] : [written];
  return starts.some((start) => {
    const withoutOneZero = [...start].map((digit, at) =>
      digit === '0' ? start.slice(0, at) + start.slice(at + 1) : '',
    );
    return start === read || withoutOneZero.includes(read);
  });
}
