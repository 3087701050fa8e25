const unknownType = 'application/octet-stream';
/** What browsers show without running anything that is in it. */
const harmless = new Set([
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'video/mp4',
  'video/3gpp',
  'video/webm',
  'audio/ogg',
  'audio/mpeg',
  'audio/mp4',
  'audio/aac',
  'audio/amr',
]);

/** The type under which the file of a stranger is served, who says that it is of this one. */
export function servedType(claimed: string | null): string {
  const type = (claimed ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return harmless.has(type) ? type : unknownType;
}

/** A `Content-Disposition` that saves the file under this name, as far as a name can be said in a header (RFC 6266). */
export function attachmentName(name: string): string {
  const safe = name.replaceAll(/[/\\\p{Cc}\p{Cf}\p{Cs}]/gu, '_');
  const plain = safe.replaceAll(/[^ -~]|["%]/g, '_');
  const encoded = encodeURIComponent(safe).replaceAll(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${encoded}`;
}
