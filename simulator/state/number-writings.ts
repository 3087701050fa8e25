/** A country whose numbers are written in two ways, one of which WhatsApp knows the person by. */
interface TwoWays {
  longer: RegExp;
  /** What the longer way has on top of the shorter one, and where. */
  extra: string;
  at: number;
}

/**
 * Brazil's mobile numbers got a ninth digit, `9` after the area code; Mexico's had a `1`, and Argentina's have a `9`, after
 * the country code when they are called from abroad. Sources: whatsmeow #874, whatsapp-web.js #596, libphonenumber.
 */
const COUNTRIES: readonly TwoWays[] = [
  { longer: /^55\d{2}9[6-9]\d{7}$/, extra: '9', at: 4 },
  { longer: /^521\d{10}$/, extra: '1', at: 2 },
  { longer: /^549\d{10}$/, extra: '9', at: 2 },
];

/** The other way to write this number, or undefined for the numbers that are written in one way only. */
export function otherWriting(phoneNumber: string): string | undefined {
  for (const { longer, extra, at } of COUNTRIES) {
    if (longer.test(phoneNumber)) return phoneNumber.slice(0, at) + phoneNumber.slice(at + extra.length);
    const lengthened = phoneNumber.slice(0, at) + extra + phoneNumber.slice(at);
    if (longer.test(lengthened)) return lengthened;
  }
  return undefined;
}
