import { createServer, type ServerResponse } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT, type CryptoKey, type JWK } from 'jose';

export const audience = 'statuscast';

export interface TokenOptions {
  issuer?: string;
  audience?: string | string[];
  /** Seconds from now; default five minutes. */
  expiresIn?: number;
  /** null leaves the claim out. */
  expiresAt?: number | null;
  subject?: string;
  kid?: string;
}

interface SigningKey {
  kid: string;
  alg: string;
  privateKey: CryptoKey;
  publicJwk: JWK;
}

/** A login service as people have it elsewhere: shows public keys over HTTP and signs tokens with the private ones. */
export class LoginService {
  /** How often the key set was asked for. */
  requestCount = 0;
  /** What the key set's address does instead of showing it. */
  broken: ((response: ServerResponse) => void) | undefined;
  private shown: JWK[] = [];
  private current: SigningKey | undefined;
  private keyCount = 0;
  private readonly server = createServer((_request, response) => {
    this.requestCount += 1;
    if (this.broken) this.broken(response);
    else response.setHeader('content-type', 'application/json').end(this.keySet);
  });

  static async start(): Promise<LoginService> {
    const service = new LoginService();
    await service.rotate();
    await new Promise<void>((resolve) => service.server.listen(0, '127.0.0.1', resolve));
    return service;
  }

  get issuer(): string {
    const address = this.server.address();
    if (address === null || typeof address === 'string') throw new Error('It does not listen.');
    return `http://127.0.0.1:${String(address.port)}`;
  }

  /** What the key set's address shows. */
  get keySet(): string {
    return JSON.stringify({ keys: this.shown });
  }

  get jwksUrl(): string {
    return `${this.issuer}/jwks.json`;
  }

  /** The settings of a server whose people sign in here. */
  get env(): NodeJS.ProcessEnv {
    return { JWKS_URL: this.jwksUrl, JWT_ISSUER: this.issuer, JWT_AUDIENCE: audience };
  }

  /** Signs with a new key from now on; the old ones are shown no more. */
  async rotate(alg = 'ES256'): Promise<void> {
    this.current = await this.newKey(alg);
    this.shown = [this.current.publicJwk];
  }

  /** A token with these claims, valid unless the options say otherwise. */
  token(claims: Record<string, unknown>, options: TokenOptions = {}): Promise<string> {
    const { current } = this;
    if (!current) throw new Error('There is no key yet.');
    return this.filled(claims, options)
      .setProtectedHeader({ alg: current.alg, kid: options.kid ?? current.kid })
      .sign(current.privateKey);
  }

  /** The same claims, signed with a key that this service never showed, under the name of one that it does. */
  async forgedToken(claims: Record<string, unknown>): Promise<string> {
    const { privateKey } = await generateKeyPair('ES256');
    return this.filled(claims, {})
      .setProtectedHeader({ alg: 'ES256', kid: this.current?.kid ?? '' })
      .sign(privateKey);
  }

  /** The same claims, "signed" with what everybody knows: the text of the public key. */
  hmacToken(claims: Record<string, unknown>): Promise<string> {
    const secret = new TextEncoder().encode(JSON.stringify(this.current?.publicJwk));
    return this.filled(claims, {})
      .setProtectedHeader({ alg: 'HS256', kid: this.current?.kid ?? '' })
      .sign(secret);
  }

  unsignedToken(claims: Record<string, unknown>): string {
    return new UnsecuredJWT({ ...claims, sub: 'somebody' })
      .setIssuer(this.issuer)
      .setAudience(audience)
      .setExpirationTime('5m')
      .encode();
  }

  async stop(): Promise<void> {
    await new Promise((resolve) => {
      this.server.close(resolve);
      this.server.closeAllConnections();
    });
  }

  private filled(claims: Record<string, unknown>, options: TokenOptions): SignJWT {
    const now = Math.floor(Date.now() / 1000);
    const jwt = new SignJWT(claims)
      .setIssuer(options.issuer ?? this.issuer)
      .setAudience(options.audience ?? audience)
      .setSubject(options.subject ?? 'user-1')
      .setIssuedAt(now);
    if (options.expiresAt === null) return jwt;
    return jwt.setExpirationTime(options.expiresAt ?? now + (options.expiresIn ?? 300));
  }

  private async newKey(alg: string): Promise<SigningKey> {
    const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
    this.keyCount += 1;
    const kid = `key-${String(this.keyCount)}`;
    return { kid, alg, privateKey, publicJwk: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } };
  }
}
