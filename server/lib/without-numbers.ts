/** Seven digits or more, in any script, however they are decorated. */
const phoneNumber = /\p{Nd}(?:[\s\p{Cf}().,/_~\u2010-\u2015\u2212-]{0,3}\p{Nd}){6,}/gu;

/** The text for the log: of whatever could be a phone number, the last four digits. */
export function withoutNumbers(text: string): string {
  return text.replace(phoneNumber, (number) => `…${(number.match(/\p{Nd}/gu) ?? []).slice(-4).join('')}`);
}
