/** Whether an address leads to the real WhatsApp, however its host is written. */
export function isWhatsAppAddress(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const host = new URL(address).hostname.toLowerCase().replace(/\.+$/, '');
  return /(^|\.)whatsapp\.(com|net)$/.test(host);
}

/** Whether nobody on the way can change what comes from there: over TLS, or from this machine. */
export function isTrustworthy(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { protocol, hostname } = new URL(address);
  return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname));
}
