import type { Secret } from '../lib/secret.js';
import { AppError } from '../lib/app-error.js';
import { sameKey } from './api-key.js';
import type { ApiKeys } from './api-keys-service.js';
import type { LoginsService } from './logins-service.js';
import { rootPrincipal, type Principal } from './principal.js';
import { looksLikeToken } from './token-verifier.js';

/** No real key is longer; what is, is not worth hashing. */
const maxKeyLength = 512;

/** Turns what a caller presents into who it is. The same for HTTP and for live connections. */
export class Authenticator {
  constructor(
    private readonly rootKey: Secret,
    private readonly apiKeys: Pick<ApiKeys, 'findPrincipal'>,
    /** Absent where no login service is configured. */
    private readonly logins?: Pick<LoginsService, 'authenticate'>,
  ) {}

  /**
   * `presented` is a key or a login token. Throws `unauthorized` with the same sentence for every key that does not work,
   * whatever the reason; for tokens see {@link LoginsService.authenticate}.
   */
  async authenticate(presented: string | undefined): Promise<Principal> {
    if (presented === undefined || presented === '') {
      throw new AppError(
        'unauthorized',
        'Send your API key in the header "x-api-key" or as "Authorization: Bearer KEY".',
      );
    }
    if (presented.length <= maxKeyLength) {
      if (sameKey(presented, this.rootKey.reveal())) return rootPrincipal;
      const principal = await this.apiKeys.findPrincipal(presented);
      if (principal) return principal;
    }
    if (this.logins && looksLikeToken(presented)) return this.logins.authenticate(presented);
    throw new AppError('unauthorized', 'This API key is not valid.');
  }
}

/** The key or token in these headers, if any. `x-api-key` wins over `Authorization`. */
export function keyOfHeaders(headers: Readonly<Record<string, string | string[] | undefined>>): string | undefined {
  const apiKey = headers['x-api-key'];
  if (typeof apiKey === 'string') return apiKey.trim();
  const authorization = headers['authorization'];
  if (typeof authorization !== 'string') return undefined;
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1];
}
