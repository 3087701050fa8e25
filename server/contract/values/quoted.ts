const shownCharacters = 60;

/** What somebody wrote, in quotation marks for a sentence: shortened, and with what no eye can see made visible. */
export function quoted(text: string): string {
  return `"${shortened(text)}"`;
}

/** The same without quotation marks. */
export function shortened(text: string): string {
  const seen = text.slice(0, shownCharacters).replaceAll(/[\p{C}\p{Zl}\p{Zp}]/gu, visible);
  return `${seen}${text.length > shownCharacters ? '…' : ''}`;
}

function visible(character: string): string {
  return `<U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}>`;
}
