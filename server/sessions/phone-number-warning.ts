import { parsePhoneNumberFromString } from 'libphonenumber-js/max';

/**
 * What looks wrong about a number, in words, or null. `digits` are those of the contract's rule, which alone decides what
 * is refused: numbering plans change faster than any list of them.
 */
export function phoneNumberWarning(digits: string | null): string | null {
  if (digits === null) return null;
  const parsed = parsePhoneNumberFromString(`+${digits}`);
  if (parsed === undefined) return `+${digits} does not begin with a country code that is known. Check the number.`;
  const { country, countryCallingCode } = parsed;
  const where = country === undefined ? `+${countryCallingCode}` : `${country} (+${countryCallingCode})`;
  if (digits.startsWith('521') && digits.length === 13) {
    return 'Mexican numbers have no 1 after the country code any more: write +52 and the ten digits.';
  }
  if (!parsed.isPossible()) return `+${digits} is too long or too short for a number of ${where}. Check the number.`;
  if (digits.slice(countryCallingCode.length).startsWith('0') && countryCallingCode !== '39') {
    return `+${digits} has a 0 after the country code +${countryCallingCode}. Leave that 0 out.`;
  }
  if (!parsed.isValid()) return `+${digits} is not a number that ${where} is known to give out. Check the number.`;
  if (parsed.getType() === 'FIXED_LINE') {
    return `+${digits} is a landline of ${where}. That works only where WhatsApp Business is registered on it.`;
  }
  return null;
}
