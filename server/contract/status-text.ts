/** The most characters of a text status, counted as a reader sees them. */
export const maxTextLength = 700;

const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' });

/** Where every code unit is a character of its own, which saves the segmenter's time. */
const plain = /^[\x20-\x7e\n]*$/;

/** Characters as a reader counts them: an emoji with its modifiers is one. */
export function countCharacters(text: string): number {
  if (plain.test(text)) return text.length;
  let count = 0;
  for (const _end of characterEnds(text)) count += 1;
  return count;
}

/** The segmenter takes longer for each character the longer its text is. A character may be longer than this. */
const segmentedUnits = 256;

/** Where each character ends. */
function* characterEnds(text: string): Generator<number, void> {
  let start = 0;
  let units = segmentedUnits;
  while (start < text.length) {
    const wished = start + units;
    const end = isHighSurrogate(text.charCodeAt(wished - 1)) ? wished + 1 : wished;
    let lastIndex = 0;
    for (const { index } of graphemes.segment(text.slice(start, end))) {
      if (index > 0) yield start + index;
      lastIndex = index;
    }
    if (end >= text.length) {
      yield text.length;
      return;
    }
    // The last one may go on behind what was looked at.
    start += lastIndex;
    units = lastIndex > 0 ? segmentedUnits : units * 2;
  }
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** What is wrong with a text that has too many characters, and how it could go out all the same. Undefined when it fits. */
export function tooLongInWords(text: string): string | undefined {
  const length = countCharacters(text);
  if (length <= maxTextLength) return undefined;
  const parts = String(splitText(text).length);
  return `A text status has at most ${String(maxTextLength)} characters; this has ${String(length)}. Shorten it, or split it into ${parts} statuses.`;
}

/** Where a text is cut best, best first: between paragraphs, lines, sentences, words. */
const seams = [/\n\s*\n/gu, /\n/gu, /(?<=[.!?…。！？])\s+/gu, /\s+/gu];
/** A part is not made shorter than this share of what fits only to end at a better seam. */
const shortestShare = 0.5;

/**
 * Cuts a text into parts that each fit into one status, in order, at the ends of paragraphs, sentences or words as far as
 * there are any. One part: it fits as it is. Nothing but white space at the cuts is lost.
 */
export function splitText(text: string, maxLength = maxTextLength): string[] {
  const parts: string[] = [];
  let rest = text.trim();
  while (rest !== '') {
    const fitting = firstCharacters(rest, maxLength);
    const part = fitting.length === rest.length ? rest : rest.slice(0, cutOf(rest, fitting.length));
    parts.push(part.trimEnd());
    rest = rest.slice(part.length).trimStart();
  }
  return parts;
}

function firstCharacters(text: string, maxLength: number): string {
  const start = text.slice(0, maxLength + 1);
  if (plain.test(start)) return start.slice(0, maxLength);
  let count = 0;
  for (const end of characterEnds(text)) {
    count += 1;
    if (count === maxLength) return text.slice(0, end);
  }
  return text;
}

function cutOf(text: string, fits: number): number {
  // One more, so that a seam right behind what fits counts.
  const window = text.slice(0, fits + 1);
  for (const seam of seams) {
    const cut = [...window.matchAll(seam)].findLast(({ index }) => index <= fits)?.index ?? 0;
    if (cut >= fits * shortestShare) return cut;
  }
  return fits;
}
