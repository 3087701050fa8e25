/*
 * What every text in this system is: Unicode without U+0000, which PostgreSQL does not take, and without half a surrogate
 * pair, which is no character and which JSON and UTF-8 do not carry. Callers are told; what comes from elsewhere is mended.
 */

const halves = /\p{Surrogate}/gu;
const instead = '\ufffd';

/** Why a text cannot be kept, to go behind "This"; undefined for one that can. */
export function whyNotText(text: string): string | undefined {
  if (text.includes('\u0000')) return 'has the character U+0000 in it, which no text can have. Take it out.';
  if (text.search(halves) >= 0) {
    return 'has half a character in it (a surrogate without its other half). Send the whole character, or none.';
  }
  return undefined;
}

/** A text of somebody else's, at most so many UTF-16 units long, cut between characters; without what no text can have. */
export function asText(text: string, maxLength = Infinity): string {
  const whole = text.length > maxLength ? text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '') : text;
  return whole.replaceAll('\u0000', '').replaceAll(halves, instead);
}
