import { createRemoteJWKSet, customFetch, errors, jwtVerify, type JWTVerifyGetKey } from 'jose';
import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';

export interface TokenVerifierOptions {
  jwksUrl: URL;
  issuer: string;
  /** The token must be meant for one of these. */
  audiences: readonly string[];
  clockToleranceMs: number;
  clock: Clock;
  logger: Logger;
  /** How long after a successful fetch a token with an unknown key may cause the next one. Default 30 s. */
  cooldownMs?: number;
  /** How long after a failed fetch none is tried. Default 5 s. */
  retryAfterMs?: number;
  timeoutMs?: number;
}

/** Signatures that only the holder of a private key can make. Anybody can make an HMAC from a key that is public. */
const algorithms = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'],
];
const maxTokenLength = 8_192;
const maxKeySetBytes = 512 * 1024;
const latestDateMs = 8_640_000_000_000_000;

/** The keys to check signatures with could not be had: nothing is known of the token. */
class KeySetError extends Error {
  override readonly name = 'KeySetError';
}

/** Whether a text is formed like a JWT. */
export function looksLikeToken(text: string): boolean {
  return text.length <= maxTokenLength && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(text);
}

/** Verifies login tokens with the public keys that their issuer shows. */
export class TokenVerifier {
  private readonly keyOf: JWTVerifyGetKey;
  private failedAtMs = Number.NEGATIVE_INFINITY;

  constructor(private readonly options: TokenVerifierOptions) {
    const keySet = createRemoteJWKSet(options.jwksUrl, {
      timeoutDuration: options.timeoutMs ?? 5_000,
      cooldownDuration: options.cooldownMs ?? 30_000,
      cacheMaxAge: 10 * 60_000,
      [customFetch]: (url, init) => this.fetchKeySet(url, init),
    });
    this.keyOf = async (header, token) => {
      try {
        return await keySet(header, token);
      } catch (error) {
        if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) throw error;
        throw new KeySetError('The key set could not be used.', { cause: error });
      }
    };
  }

  /**
   * The claims of a genuine token, and until when it is accepted. Throws `unauthorized` for any other, `unavailable` when
   * the keys of the issuer cannot be had.
   */
  async verify(token: string): Promise<{ claims: Readonly<Record<string, unknown>>; acceptedUntil: Date }> {
    const { audiences, clock, clockToleranceMs, issuer } = this.options;
    try {
      const { payload } = await jwtVerify(token, this.keyOf, {
        algorithms,
        issuer,
        audience: [...audiences],
        clockTolerance: clockToleranceMs / 1000,
        currentDate: clock.now(),
        requiredClaims: ['exp', 'sub'],
      });
      const acceptedUntilMs = (payload.exp ?? 0) * 1000 + clockToleranceMs;
      return { claims: payload, acceptedUntil: new Date(Math.min(acceptedUntilMs, latestDateMs)) };
    } catch (error) {
      throw this.refusalOf(error);
    }
  }

  private refusalOf(error: unknown): AppError {
    if (error instanceof KeySetError) {
      this.options.logger.warn({ err: error.cause }, 'the keys of the login service could not be fetched');
      return new AppError(
        'unavailable',
        'The login could not be checked, because its issuer does not answer. Try again.',
        {
          retryAfterSeconds: 5,
          cause: error,
        },
      );
    }
    this.options.logger.debug({ reason: reasonOf(error) }, 'a login token was refused');
    if (error instanceof errors.JWTExpired) return new AppError('unauthorized', 'This login has ended. Sign in again.');
    return new AppError('unauthorized', 'This login token is not valid.', { cause: error });
  }

  /** A key set that cannot be had is not asked for with every request again. */
  private async fetchKeySet(url: string, init: RequestInit): Promise<Response> {
    if (performance.now() - this.failedAtMs < (this.options.retryAfterMs ?? 5_000)) {
      throw new Error('The last attempt failed a moment ago.');
    }
    try {
      const response = await fetch(url, init);
      const text = response.ok ? await limitedText(response) : '';
      if (response.status !== 200) throw new Error(`The answer was ${String(response.status)} instead of 200.`);
      JSON.parse(text);
      return new Response(text, { status: 200 });
    } catch (error) {
      this.failedAtMs = performance.now();
      throw error;
    }
  }
}

async function limitedText(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    sizeBytes += bytes.length;
    if (sizeBytes > maxKeySetBytes) throw new Error(`The key set is larger than ${String(maxKeySetBytes)} bytes.`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : 'unknown';
}
