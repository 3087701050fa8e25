/**
 * Marks that no eye sees: joiners, directions, byte order. Chat programs and address books put them around numbers. Not the
 * one that shows what follows from right to left: then an eye reads another number.
 */
const invisible = /(?!\u202e)\p{Default_Ignorable_Code_Point}/gu;
/** Blanks of every width, and the empty cell of Braille. */
const spaces = /[\t\p{Zs}\u2800]/gu;
/** Hyphens and dashes of every script, the minus sign, and the long vowel mark that Japanese numbers are written with. */
const dashes = /[\p{Pd}\u2212\u30fc]/gu;
const pluses = /[\uff0b\ufe62\u2795]/g;
const openBrackets = /[([\uff08\uff3b]/g;
const closeBrackets = /[)\]\uff09\uff3d]/g;
const dots = /[\uff0e\u00b7\u2024]/g;
/** Nothing of all this: ASCII without square brackets. */
const plain = /^[ -Z^-~]*$/;

/**
 * A number as it was written, in plain characters: every script's digits as 0 to 9, any dash as `-`, any blank as one, any
 * bracket as a round one, and without marks that no eye sees. All else stays as it is.
 */
export function plainForm(written: string): string {
  if (plain.test(written)) return written.trim();
  return written
    .replaceAll(invisible, '')
    .replaceAll(spaces, ' ')
    .replaceAll(dashes, '-')
    .replaceAll(pluses, '+')
    .replaceAll(openBrackets, '(')
    .replaceAll(closeBrackets, ')')
    .replaceAll(dots, '.')
    .replaceAll(/\p{Nd}/gu, digitOf)
    .trim();
}

/** 0 to 9 for a decimal digit of any script: Unicode has them in rows of ten, one row behind the other at most. */
function digitOf(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  let first = code;
  while (/\p{Nd}/u.test(String.fromCodePoint(first - 1))) first -= 1;
  return String((code - first) % 10);
}
