/*
 * What every text in this system is: Unicode without U+0000, which PostgreSQL does not take, and without half a surrogate
 * pair, which is no character and which JSON and UTF-8 do not carry. Callers are told; what comes from elsewhere is mended.
 * And composed (NFC), so that what looks the same is found, and is one tag and one name.
 */

const halves = /\p{Surrogate}/gu;
const instead = '\ufffd';
const isAscii = /^\p{ASCII}*$/u;

/** Why a text cannot be kept, to go behind "This"; undefined for one that can. */
export function whyNotText(text: string): string | undefined {
  if (text.includes('\u0000')) return 'has the character U+0000 in it, which no text can have. Take it out.';
  if (!text.isWellFormed()) {
    return 'has half a character in it (a surrogate without its other half). Send the whole character, or none.';
  }
  return undefined;
}

/** A text that can be kept, as it is kept. A web address stays as it is: its server may know the other form only. */
export function composed(text: string): string {
  return isAscii.test(text) || /^https?:\/\/\S+$/i.test(text) ? text : text.normalize('NFC');
}

/** A text of somebody else's, at most so many UTF-16 units long, cut between characters; without what no text can have. */
export function asText(text: string, maxLength = Infinity): string {
  const whole = text.length > maxLength ? text.slice(0, maxLength).replace(/[\ud800-\udbff]$/, '') : text;
  const kept = composed(whole.replaceAll('\u0000', '').replaceAll(halves, instead));
  // A few characters are longer when they are composed.
  return kept.length > maxLength ? asText(kept.slice(0, -1), maxLength) : kept;
}
