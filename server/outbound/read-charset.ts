const charsetInHtml = /<meta[^>]{0,200}charset\s*=\s*["']?\s*([\w-]{1,40})/i;

/** Text of bytes by the charset of the content type, else by what an HTML page says of itself, else UTF-8. Never throws. */
export function decodeText(bytes: Buffer, contentType: string): string {
  const named = /charset\s*=\s*"?([\w-]{1,40})/i.exec(contentType)?.[1];
  const label = named ?? charsetInHtml.exec(bytes.subarray(0, 2_048).toString('latin1'))?.[1] ?? 'utf-8';
  return decoderFor(label).decode(bytes);
}

function decoderFor(label: string): InstanceType<typeof TextDecoder> {
  try {
    return new TextDecoder(label);
  } catch {
    return new TextDecoder();
  }
}
