/**
 * Some countries changed how mobile numbers are written, and WhatsApp kept what an account was registered with: one person
 * has two numbers, of which WhatsApp knows one and people write either. A number is in digits, country code first.
 *
 * - Brazil (ANATEL resolution 553): mobile numbers got a 9 before their eight digits, which begin with 6 to 9.
 * - Mexico (IFT, 2019): the 1 after the country code is gone from mobile numbers.
 * - Argentina: a 9 after the country code when a mobile number is dialled from abroad.
 * - Ivory Coast (ARTCI, 2021): mobile numbers got the two digits of their network, which the second of the eight digits
 *   before tells: 01, 05 or 07 (WAHA #1894).
 * - Benin (ARCEP, 2024): all numbers got 01 before their eight digits.
 */
const brazilShort = /^(55[1-9][1-9])([6-9]\d{7})$/;
const brazilLong = /^(55[1-9][1-9])9([6-9]\d{7})$/;
const mexico = /^521?([2-9]\d{9})$/;
const argentina = /^549?([1-3]\d{9})$/;
const ivoryCoastLong = /^225(?:01(?=\d[0-3])|05(?=\d[4-6])|07(?=\d[7-9]))([04-9]\d{7})$/;
const ivoryCoastShort = /^225([04-9](\d)\d{6})$/;
const benin = /^229(?:01)?([2-9]\d{7})$/;

/** The same text for every way to write one number; the number itself where there is only one. */
export function numberKey(phoneNumber: string): string {
  // Asked for every one of fifty thousand recipients: most numbers are of another country.
  if (!mayHaveTwoForms(phoneNumber)) return phoneNumber;
  if (phoneNumber.startsWith('55')) return phoneNumber.replace(brazilLong, '$1$2');
  if (phoneNumber.startsWith('52')) return phoneNumber.replace(mexico, '52$1');
  if (phoneNumber.startsWith('54')) return phoneNumber.replace(argentina, '54$1');
  if (phoneNumber.startsWith('225')) return phoneNumber.replace(ivoryCoastLong, '225$1');
  if (phoneNumber.startsWith('229')) return phoneNumber.replace(benin, '229$1');
  return phoneNumber;
}

function mayHaveTwoForms(phoneNumber: string): boolean {
  return phoneNumber.startsWith('5') || phoneNumber.startsWith('22');
}

/** Every way to write this number, as it is given first. */
export function formsOfNumber(phoneNumber: string): string[] {
  const key = numberKey(phoneNumber);
  const other = otherForm(key);
  if (other === undefined) return [phoneNumber];
  return phoneNumber === key ? [key, other] : [phoneNumber, key];
}

/** The way to write a number that is not the one of {@link numberKey}. */
function otherForm(key: string): string | undefined {
  if (!mayHaveTwoForms(key)) return undefined;
  if (brazilShort.test(key)) return key.replace(brazilShort, '$19$2');
  if (mexico.test(key)) return key.replace(mexico, '521$1');
  if (argentina.test(key)) return key.replace(argentina, '549$1');
  if (benin.test(key)) return key.replace(benin, '22901$1');
  const [, eight, second] = ivoryCoastShort.exec(key) ?? [];
  if (eight === undefined || second === undefined) return undefined;
  return `225${second < '4' ? '01' : second < '7' ? '05' : '07'}${eight}`;
}
