/** What is looked at for a charset: much further than pages name one, and little enough not to hold others up. */
const maxLookedAt = 256 * 1024;
const metaWithCharset = /<!--|<meta[^<>]{0,200}charset\s*=\s*["']?\s*([\w-]{1,40})/gi;

/**
 * Text of bytes by their byte order mark, by the charset of the content type, or by what an HTML page says of itself in its first
 * 256 kB: the first of these that fits. Else UTF-8, and what is not that is taken for the Windows code page of the West, as browsers do. A
 * character that is cut off at the end is left out. Never throws.
 */
export function decodeText(bytes: Buffer, contentType: string): string {
  const named = /charset\s*=\s*["']?([\w-]{1,40})/i.exec(contentType)?.[1];
  for (const label of [markOf(bytes), named, charsetInHtml(bytes), 'utf-8']) {
    const text = label === undefined ? undefined : decodedAs(label, bytes);
    if (text !== undefined) return text;
  }
  return new TextDecoder('windows-1252').decode(bytes);
}

function markOf([first, second]: Buffer): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
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

/** Undefined when the bytes are not in this charset, or there is none of this name. */
function decodedAs(label: string, bytes: Buffer): string | undefined {
  try {
    return new TextDecoder(label, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}
