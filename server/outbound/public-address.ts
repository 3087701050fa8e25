import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

const globalUnicast = ipaddr.parseCIDR('2000::/3');

/**
 * Whether an IP address belongs to the public internet: not to this machine, a private network, a link, a multicast group
 * or a range that stands for another address (IPv4 within IPv6, 6to4, Teredo). Anything that is no IP address is not.
 */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 0) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || parsed.match(globalUnicast);
}

/** Hosts that may be reached although they are private: `name` or `name:port`, as written in an address. */
export class PrivateHosts {
  private readonly entries: ReadonlySet<string>;

  constructor(entries: readonly string[]) {
    this.entries = new Set(entries.map((entry) => entry.toLowerCase()));
  }

  /** `host` as URLs have it, without the brackets of IPv6. */
  has(host: string, port: string): boolean {
    const name = isIP(host) === 6 ? `[${host}]` : host;
    return this.entries.has(name) || this.entries.has(`${name}:${port}`);
  }
}
