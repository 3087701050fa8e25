/** A country whose numbers are written in two ways, one of which WhatsApp knows the person by. */
interface TwoWays {
  longer: RegExp;
  /** What the longer way has on top of the shorter one, and where. */
  extra: string;
  at: number;
}

/**
 * Brazil's mobile numbers got a ninth digit, `9` after the area code; Mexico's had a `1`, and Argentina's have a `9`, after
 * the country code when they are called from abroad. Ivory Coast's got two digits for their network in 2021, Benin's `01` in
 * 2024. Sources: whatsmeow #874, whatsapp-web.js #596, WAHA #1894, libphonenumber.
 */
const countries: readonly TwoWays[] = [
  { longer: /^55\d{2}9[6-9]\d{7}$/, extra: '9', at: 4 },
  { longer: /^521\d{10}$/, extra: '1', at: 2 },
  { longer: /^549\d{10}$/, extra: '9', at: 2 },
  { longer: /^22501[04-9][0-3]\d{6}$/, extra: '01', at: 3 },
  { longer: /^22505[04-9][4-6]\d{6}$/, extra: '05', at: 3 },
  { longer: /^22507[04-9][7-9]\d{6}$/, extra: '07', at: 3 },
  { longer: /^22901[2-9]\d{7}$/, extra: '01', at: 3 },
];

/** The other way to write this number, or undefined for the numbers that are written in one way only. */
export function otherWriting(phoneNumber: string): string | undefined {
  for (const { longer, extra, at } of countries) {
    if (longer.test(phoneNumber)) return phoneNumber.slice(0, at) + phoneNumber.slice(at + extra.length);
    const lengthened = phoneNumber.slice(0, at) + extra + phoneNumber.slice(at);
    if (longer.test(lengthened)) return lengthened;
  }
  return undefined;
}
