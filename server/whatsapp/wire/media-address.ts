/**
 * Where a media host has a file: `host` is one that WhatsApp names, `directPath` what a message or a phone says. Undefined for
 * what is no path. Put together as text, since a path such as `//elsewhere/x`, resolved, is another machine.
 */
export function mediaAddress(host: string, directPath: string): URL | undefined {
  return directPath.startsWith('/') ? new URL(`https://${host}${directPath}`) : undefined;
}
