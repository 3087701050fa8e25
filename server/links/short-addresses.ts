import { randomInt } from 'node:crypto';
import { isIP } from 'node:net';
import type { PublicAddress } from '../lib/public-url.js';
import { isPublicAddress } from '../outbound/public-address.js';

const letters = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 71 bits: nobody finds one by trying. No sign among them that phones take for the end of an address. */
const codeLength = 12;
const codePattern = new RegExp(`^[${letters}]{${String(codeLength)}}$`);
/** Names that mean something in one network only (RFC 6762, RFC 6761, RFC 8375, and what routers give). */
const homeNames = /(?:^|\.)(?:localhost|local|localdomain|internal|intranet|lan|home|corp|home\.arpa|test|invalid)$/;

/** Below which path of the server they are: where `http/short-links.ts` answers. */
const shortPath = '/l';

/** The short addresses of links in posts: this server's own, as phones see it. */
export class ShortAddresses {
  private readonly base: string | undefined;

  constructor(private readonly publicAddress: PublicAddress | null) {
    this.base = publicAddress ? `${publicAddress.origin}${publicAddress.path}${shortPath}/` : undefined;
  }

  /** Why there are none, in a sentence; undefined when there are. */
  get whyNone(): string | undefined {
    if (!this.publicAddress) {
      return 'Clicks cannot be counted: PUBLIC_URL is not set, so that this server has no address that phones know.';
    }
    const { hostname } = new URL(this.publicAddress.origin);
    return isReachable(hostname)
      ? undefined
      : `Clicks cannot be counted: phones cannot reach this server at ${hostname}. Set PUBLIC_URL to an address in the public internet.`;
  }

  /** A new one, with the code in it. Throws where there are none. */
  create(): { code: string; address: string } {
    if (this.base === undefined) throw new Error('Without PUBLIC_URL there are no short addresses.');
    const code = Array.from({ length: codeLength }, () => letters.charAt(randomInt(letters.length))).join('');
    return { code, address: `${this.base}${code}` };
  }

  /** Whether an address is one of them, so that another one for it would only count it twice. */
  has(address: string): boolean {
    return this.base !== undefined && new URL(address).href.startsWith(new URL(this.base).href);
  }
}

/** Whether it has the form of a code. */
export function isCode(text: string): boolean {
  return codePattern.test(text);
}

/** `hostname` as URLs have it. */
function isReachable(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  if (isIP(host) !== 0) return isPublicAddress(host);
  return host.includes('.') && !homeNames.test(host);
}
