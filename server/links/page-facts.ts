import { setImmediate as nextTurn } from 'node:timers/promises';
import { Parser } from 'htmlparser2';

/** What a page says of itself. Empty where it says nothing. */
export interface PageFacts {
  title: string;
  description: string;
  /** As written on the page, best first: they may be relative. */
  images: string[];
  /** What the page's relative addresses are relative to, itself perhaps relative to the page. */
  base: string;
}

/** Best first: what is meant for previews, then what is meant for search results. */
const titles = ['og:title', 'twitter:title', '<title>'];
const descriptions = ['og:description', 'twitter:description', 'description'];
const images = ['og:image:secure_url', 'og:image', 'og:image:url', 'twitter:image', 'twitter:image:src', 'image_src'];

const known = new Set([...titles, ...descriptions, ...images, '<base>']);

const pieceLength = 8_192;
const maxImages = 4;
const maxTitleLength = 200;
const maxDescriptionLength = 300;
/** As deep as browsers nest. The parser takes longer for each tag the deeper it stands, and what is meant for previews stands at the top. */
const deepest = 512;
/** Something that is seen. */
const visible = /[^\s\u2800\ufffd\p{Cc}\p{Default_Ignorable_Code_Point}]/u;

/**
 * Reads a page's own words for previews. Any text will do: what is no HTML has none. Never holds the event loop for long: what is
 * nested more deeply than browsers show is not read, nor what stands behind it.
 */
export async function readPageFacts(html: string): Promise<PageFacts> {
  const found = new Map<string, string[]>();
  const keep = (name: string, value: string | undefined): void => {
    const values = found.get(name) ?? [];
    if (known.has(name) && value !== undefined && visible.test(value) && values.length < maxImages)
      found.set(name, [...values, value]);
  };
  let title: string | undefined;
  let insideSvg = 0;
  let depth = 0;
  const parser = new Parser({
    onopentag(name, attributes) {
      depth += 1;
      if (name === 'meta')
        keep((attributes['property'] ?? attributes['name'] ?? '').toLowerCase(), attributes['content']);
      if (name === 'link' && attributes['rel'] === 'image_src') keep('image_src', attributes['href']);
      if (name === 'base') keep('<base>', attributes['href']);
      if (name === 'svg') insideSvg += 1;
      if (name === 'title' && insideSvg === 0) title = '';
    },
    ontext(text) {
      if (title !== undefined && title.length < maxTitleLength * 4) title += text;
    },
    onclosetag(name) {
      depth -= 1;
      if (name === 'svg') insideSvg -= 1;
      if (name !== 'title') return;
      keep('<title>', title);
      title = undefined;
    },
  });
  for (let from = 0; from < html.length && depth <= deepest; from += pieceLength) {
    parser.write(html.slice(from, from + pieceLength));
    await nextTurn();
  }
  parser.end();
  const all = (names: readonly string[]): string[] => names.flatMap((name) => found.get(name) ?? []);
  const first = (names: readonly string[]): string => all(names)[0] ?? '';
  return {
    title: inOneLine(first(titles), maxTitleLength),
    description: inOneLine(first(descriptions), maxDescriptionLength),
    images: [...new Set(all(images).map((image) => image.trim()))].slice(0, maxImages),
    base: first(['<base>']).trim(),
  };
}

/** Without control characters, what could not be read and needless white space, ended with an ellipsis where it is too long. */
function inOneLine(text: string, maxLength: number): string {
  const line = text.replace(/[\p{Cc}\p{Cs}\p{Zs}\ufffd\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
  if (line.length <= maxLength) return line;
  const kept = line.slice(0, maxLength - 1).replace(/[\ud800-\udbff]$/, '');
  return `${kept.trimEnd()}…`;
}
