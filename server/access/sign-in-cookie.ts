import type { IncomingHttpHeaders } from 'node:http';
import { parse, serialize } from 'cookie';
import type { PublicAddress } from '../lib/public-url.js';

/** What a cookie is set for. */
interface Browser {
  headers: Pick<IncomingHttpHeaders, 'host' | 'origin'>;
  /** The request came over TLS, as far as the server or a trusted proxy knows. */
  isSecure: boolean;
}

const ourName = /^(__Host-|__Secure-)?statuscast(-\d{1,5})?$/;
const tokenForm = /^[\w-]{43}$/;
/** Servers at other ports of one machine share its cookies; more than a few are not looked up. */
const maxTokens = 4;

/**
 * The cookie that holds a sign-in: `HttpOnly`, `SameSite=Strict`, `Secure` wherever TLS is in use, below the path of PUBLIC_URL.
 * Its name has a prefix that keeps other hosts and plain HTTP from planting one (RFC 6265bis, 4.1.3), as far as its path allows, and the
 * port, because browsers keep cookies of all ports of a host together.
 */
export class SignInCookie {
  constructor(private readonly publicAddress: PublicAddress | null) {}

  /** The value of `Set-Cookie`. Without an end the browser forgets it when it is closed. */
  set(browser: Browser, token: string, endsAt: Date | undefined): string {
    return this.write(browser, token, endsAt);
  }

  /** The value of `Set-Cookie` that takes it away. */
  clear(browser: Browser): string {
    return this.write(browser, '', new Date(0));
  }

  /** What a request brings that may be the token of a sign-in, the likeliest first. */
  tokensOf({ cookie, host }: IncomingHttpHeaders): string[] {
    if (cookie === undefined) return [];
    const suffix = suffixOf(host);
    const given = Object.entries(parse(cookie)).flatMap(([name, token]) => {
      const match = ourName.exec(name);
      if (!match || !tokenForm.test(token)) return [];
      const [, prefix, port = ''] = match;
      if (this.isPublicSecure && prefix === undefined) return [];
      return [{ token, rank: (port === suffix ? 0 : 2) + (prefix === undefined ? 1 : 0) }];
    });
    return given
      .sort((one, other) => one.rank - other.rank)
      .slice(0, maxTokens)
      .map(({ token }) => token);
  }

  private write({ headers: { host, origin }, isSecure }: Browser, value: string, expires: Date | undefined): string {
    const path = this.publicAddress?.path ?? '';
    const secure = this.isPublicSecure || isSecure || origin?.startsWith('https:') === true;
    const prefix = !secure ? '' : path === '' ? '__Host-' : '__Secure-';
    return serialize(`${prefix}statuscast${suffixOf(host)}`, value, {
      httpOnly: true,
      sameSite: 'strict',
      secure,
      path: path === '' ? '/' : path,
      ...(expires && { expires }),
    });
  }

  private get isPublicSecure(): boolean {
    return this.publicAddress?.origin.startsWith('https:') === true;
  }
}

function suffixOf(host: string | undefined): string {
  const port = /:(\d{1,5})$/.exec(host ?? '')?.[1];
  return port === undefined ? '' : `-${port}`;
}
