import { charsetOf, decodedText } from '../lib/decoded-text.js';

/** What is looked at for a charset: much further than pages name one, and little enough not to hold others up. */
const maxLookedAt = 256 * 1024;
const metaWithCharset = /<!--|<meta[^<>]{0,200}charset\s*=\s*["']?\s*([\w-]{1,40})/gi;

/**
 * Text of a page by its byte order mark, by the charset of the content type, or by what it says of itself in its first 256 kB: the
 * first of these that fits; otherwise as {@link decodedText} has it. Never throws.
 */
export function decodeText(bytes: Buffer, contentType: string): string {
  return decodedText(bytes, [charsetOf(contentType), charsetInHtml(bytes)]);
}

/** What stands in comments does not count. */
function charsetInHtml(bytes: Buffer): string | undefined {
  const html = bytes.toString('latin1', 0, maxLookedAt);
  metaWithCharset.lastIndex = 0;
  for (let found = metaWithCharset.exec(html); found; found = metaWithCharset.exec(html)) {
    const [, label] = found;
    // A page in which this could be read is not in UTF-16, whatever it says.
    if (label !== undefined) return /^utf-?16/i.test(label) ? 'utf-8' : label;
    const end = html.indexOf('-->', metaWithCharset.lastIndex);
    if (end === -1) return undefined;
    metaWithCharset.lastIndex = end;
  }
  return undefined;
}
