import { isAscii, isUtf8 } from 'node:buffer';

/**
 * Text of bytes by their byte order mark, or in UTF-16 when it looks like that, or in the first of these charsets that fits, or in
 * UTF-8. Where none fits, a few bytes may be damaged, and stand as U+FFFD; what is mostly none of these is taken for the Windows
 * code page of the West, as browsers do. The mark itself, and a character that is cut off at the end, are left out. Never throws.
 */
export function decodedText(bytes: Uint8Array, charsets: readonly (string | undefined)[] = []): string {
  const candidates = [markOf(bytes) ?? utf16Of(bytes), ...charsets, 'utf-8'].filter((charset) => charset !== undefined);
  for (const decode of [decodedAs, mostlyDecodedAs]) {
    for (const charset of candidates) {
      const text = decode(charset, bytes);
      if (text !== undefined) return text;
    }
  }
  return western(new TextDecoder('windows-1252').decode(bytes));
}

/** What is looked at to tell UTF-16. At least one in eight of its bytes is 0 then, and fewer than these are too few to tell. */
const [lookedAt, onePerBytes, fewestBytes] = [4_096, 8, 16];
/** Characters by which a charset that does not fit everywhere is judged. */
const judgedAt = 100_000;

/** The charset that the content type of an answer or a request names. */
export function charsetOf(contentType: string): string | undefined {
  return /charset\s*=\s*["']?([\w-]{1,40})/i.exec(contentType)?.[1];
}

/** Whether there is a charset of this name. */
export function isCharset(name: string): boolean {
  try {
    return new TextDecoder(name).encoding !== '';
  } catch {
    return false;
  }
}

function markOf([first, second]: Uint8Array): string | undefined {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

/** UTF-16 without a mark: every other byte of its blanks, separators and digits is 0, and no other text has such bytes. */
function utf16Of(bytes: Uint8Array): string | undefined {
  const zeros = [0, 0];
  const looked = bytes.subarray(0, lookedAt);
  for (const [at, byte] of looked.entries()) if (byte === 0) zeros[at % 2] = (zeros[at % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  const [most, fewest] = [Math.max(even, odd), Math.min(even, odd)];
  if (looked.length < fewestBytes || most * onePerBytes < looked.length || fewest * 10 > most) return undefined;
  return even > odd ? 'utf-16be' : 'utf-16le';
}

/** Undefined unless most of what is not ASCII, in its first part, is in this charset. */
function mostlyDecodedAs(charset: string, bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder(charset).decode(bytes, { stream: true });
    const strange = text.slice(0, judgedAt).replaceAll(/[\0-\x7f]+/g, '');
    const right = strange.replaceAll('\ufffd', '');
    return strange === '' || right.length * 2 > strange.length ? text : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined when the bytes are not in this charset, or there is none of this name. */
function decodedAs(charset: string, bytes: Uint8Array): string | undefined {
  // Nearly every file, and many times as fast as a decoder that has to be strict.
  if (/^utf-?8$/i.test(charset) && isUtf8(bytes)) {
    const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return isAscii(bytes) ? buffer.toString('latin1') : buffer.toString('utf8').replace(/^\ufeff/, '');
  }
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
