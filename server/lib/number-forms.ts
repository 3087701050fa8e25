/**
 * Some countries changed how mobile numbers are written, and WhatsApp kept what an account was registered with: one person
 * has two numbers, of which WhatsApp knows one and people write either. A number is in digits, country code first.
 *
 * - Brazil (ANATEL resolution 553): mobile numbers got a 9 before their eight digits, which begin with 6 to 9.
 * - Mexico (IFT, 2019): the 1 after the country code is gone from mobile numbers.
 * - Argentina: a 9 after the country code when a mobile number is dialled from abroad.
 */
const brazilShort = /^(55[1-9][1-9])([6-9]\d{7})$/;
const brazilLong = /^(55[1-9][1-9])9([6-9]\d{7})$/;
const mexico = /^521?([2-9]\d{9})$/;
const argentina = /^549?([1-3]\d{9})$/;

/** The same text for every way to write one number; the number itself where there is only one. */
export function numberKey(phoneNumber: string): string {
  // Asked for every one of fifty thousand recipients: most numbers are of another country.
  if (!phoneNumber.startsWith('5')) return phoneNumber;
  if (phoneNumber.startsWith('55')) return phoneNumber.replace(brazilLong, '$1$2');
  if (phoneNumber.startsWith('52')) return phoneNumber.replace(mexico, '52$1');
  if (phoneNumber.startsWith('54')) return phoneNumber.replace(argentina, '54$1');
  return phoneNumber;
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
  if (!key.startsWith('5')) return undefined;
  if (brazilShort.test(key)) return key.replace(brazilShort, '$19$2');
  if (mexico.test(key)) return key.replace(mexico, '521$1');
  if (argentina.test(key)) return key.replace(argentina, '549$1');
  return undefined;
}
