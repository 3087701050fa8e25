import type { IncomingMessage } from 'node:http';

/** The address of the caller behind so many reverse proxies of ours; what proxies of others say is not believed. */
export function clientAddressOf(request: Pick<IncomingMessage, 'headers' | 'socket'>, trustedProxies: number): string {
  const named = request.headers['x-forwarded-for'];
  const hops = (typeof named === 'string' ? named : '')
    .split(',')
    .map((hop) => hop.trim())
    .filter((hop) => hop !== '')
    .reverse();
  const chain = [request.socket.remoteAddress ?? '', ...hops];
  return withoutPort(chain[Math.min(trustedProxies, chain.length - 1)] ?? '');
}

/** Some proxies name the port as well, which is another one with every connection: `192.0.2.1:4711`, `[2001:db8::1]:4711`. */
export function withoutPort(address: string): string {
  return /^\[([^\]]+)\](?::\d+)?$/.exec(address)?.[1] ?? /^([\d.]+):\d+$/.exec(address)?.[1] ?? address;
}

/** Whom to count an address as: itself, or for IPv6 the network (/64), because one caller has all of it. */
export function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':');
  if (tail !== undefined) {
    const last = tail === '' ? [] : tail.split(':');
    while (groups.length + last.length < 8) groups.push('0');
    groups.push(...last);
  }
  return groups
    .slice(0, 4)
    .map((group) => (group === '' ? '0' : group))
    .join(':');
}
