import type { IncomingHttpHeaders } from 'node:http';
import { quoted } from '../contract/values/quoted.js';
import { AppError } from '../lib/app-error.js';
import { keyOfHeaders, type Authenticator } from './authenticator.js';
import { pageBehind } from './own-page.js';
import type { Principal } from './principal.js';
import type { SignInCookie } from './sign-in-cookie.js';
import type { SignIns } from './sign-ins-service.js';

/** What is asked of who makes a request: its headers, and a key where it came elsewhere. */
export interface Incoming {
  method: string | undefined;
  headers: IncomingHttpHeaders;
  key?: string | undefined;
}

const readingMethods: ReadonlySet<string | undefined> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Tells who makes a request or a live connection, by key, login token or the cookie of a sign-in. */
export class Callers {
  constructor(
    private readonly parts: {
      authenticator: Pick<Authenticator, 'authenticate'>;
      signIns: Pick<SignIns, 'authenticate'>;
      cookie: SignInCookie;
      publicOrigin: string | undefined;
    },
  ) {}

  /**
   * A key wins over a cookie. Browsers send cookies by themselves, whoever made them ask: one counts only from pages of this
   * server, and with what changes something only where the browser says so. Throws `unauthorized`, and `forbidden` for a
   * cookie from elsewhere.
   */
  async identify({ method, headers, key = keyOfHeaders(headers) }: Incoming): Promise<Principal> {
    const { authenticator, signIns, cookie, publicOrigin } = this.parts;
    const tokens = key === undefined ? cookie.tokensOf(headers) : [];
    if (tokens.length === 0) return authenticator.authenticate(key);
    const page = pageBehind(headers, publicOrigin);
    if (page === 'foreign' || (page === 'untold' && !readingMethods.has(method))) throw foreignPage(headers);
    return signIns.authenticate(tokens);
  }
}

function foreignPage({ origin, host }: IncomingHttpHeaders): AppError {
  const from = origin === undefined ? 'a page that the browser does not name' : `the page at ${quoted(origin)}`;
  return new AppError(
    'forbidden',
    `The request comes from ${from}, and a sign-in counts only on pages of this server, asked for as ${quoted(host ?? '')}. ` +
      'Behind a proxy, let it pass the header Host on, or set PUBLIC_URL; programs send a key.',
  );
}
