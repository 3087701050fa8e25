/**
 * Text of bytes by their byte order mark, or in the first of these charsets that fits, or in UTF-8; what is none of these is taken
 * for the Windows code page of the West, as browsers do. The mark itself, and a character that is cut off at the end, are left out.
 * Never throws.
 */
export function decodedText(bytes: Uint8Array, charsets: readonly (string | undefined)[] = []): string {
  for (const charset of [markOf(bytes), ...charsets, 'utf-8']) {
    const text = charset === undefined ? undefined : decodedAs(charset, bytes);
    if (text !== undefined) return text;
  }
  return western(new TextDecoder('windows-1252').decode(bytes));
}

/** The charset that the content type of an answer or a request names. */
export function charsetOf(contentType: string): string | undefined {
  return /charset\s*=\s*["']?([\w-]{1,40})/i.exec(contentType)?.[1];
}

function markOf([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

/** Undefined when the bytes are not in this charset, or there is none of this name. */
function decodedAs(charset: string, bytes: Uint8Array): string | undefined {
  try {
    const decoder = new TextDecoder(charset, { fatal: true });
    const text = decoder.decode(bytes, { stream: true });
    return decoder.encoding === 'windows-1252' ? western(text) : text;
  } catch {
    return undefined;
  }
}

/** The characters from 0x80 on of the Windows code page of the West; a space where it has none. */
const westernMarks = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';

/** Node.js 20 reads this code page as ISO 8859-1, which has control characters in their place. */
function western(text: string): string {
  return text.replaceAll(/[\u0080-\u009f]/g, (control) => {
    const mark = westernMarks.charAt(control.charCodeAt(0) - 0x80);
    return mark === ' ' ? control : mark;
  });
}
