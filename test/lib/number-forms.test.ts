import assert from 'node:assert/strict';
import { formsOfNumber, numberKey } from '../../server/lib/number-forms.js';

describe('ways to write one phone number', () => {
  for (const [country, one, other] of [
    ['Brazil, Belo Horizonte', '5531988887777', '553188887777'],
    ['Brazil, São Paulo', '5511961234567', '551161234567'],
    ['Mexico', '5215512345678', '525512345678'],
    ['Mexico, Monterrey', '5218112345678', '528112345678'],
    ['Argentina, Buenos Aires', '5491122334455', '541122334455'],
    ['Argentina, Córdoba', '5493514445555', '543514445555'],
    ['Ivory Coast, 01', '2250141234567', '22541234567'],
    ['Ivory Coast, 05', '2250505123456', '22505123456'],
    ['Ivory Coast, 07', '2250758123456', '22558123456'],
    ['Benin', '2290161234567', '22961234567'],
  ] as const) {
    it(`${country}: with and without the mobile digit is the same person`, () => {
      assert.equal(numberKey(one), numberKey(other));
      assert.deepEqual(formsOfNumber(one), [one, other]);
      assert.deepEqual(formsOfNumber(other), [other, one]);
    });
  }

  for (const [what, number] of [
    ['a landline of Brazil, to which no mobile number belongs', '553133334444'],
    ['a mobile number of Brazil that never had eight digits', '5531933334444'],
    ['a number of Brazil that is too short', '5531888877'],
    ['a number of Mexico that is too long', '52155123456789'],
    ['a number of Ivory Coast that never had eight digits', '2250718139912'],
    ['a number of Ivory Coast of another network', '2250148834567'],
    ['a landline of Ivory Coast', '2252722412345'],
    ['a number of Benin that is too long', '22901612345678'],
    ['a number of Togo, which begins with the same digits', '22890123456'],
    ['a number of Peru, which begins with the same digit', '51987654321'],
    ['a number of Germany', '4915112345678'],
    ['a number of the United States', '15551234567'],
  ] as const) {
    it(`${what}, is written in one way`, () => {
      assert.equal(numberKey(number), number);
      assert.deepEqual(formsOfNumber(number), [number]);
    });
  }
});
