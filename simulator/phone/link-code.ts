import { randomBytes } from 'node:crypto';
import { applyCtr, decryptGcm } from '../crypto/aead.js';
import { hkdf, pairingCodeKey } from '../crypto/hkdf.js';
import { dh, generateKeyPair, type KeyPair } from '../crypto/x25519.js';
import type { CompanionFinish, PrimaryHello } from '../wire/pairing-stanzas.js';

/** The eight letters that a person types, without the dash and in capitals. Undefined when they cannot be a code. */
export function normalizeCode(typed: string): string | undefined {
  const code = typed.replaceAll('-', '').trim().toUpperCase();
  return /^[A-Z0-9]{8}$/.test(code) ? code : undefined;
}

/**
 * The phone's half of linking by code. A wrong code is noticed only at the end: the companion's ephemeral key unwraps
 * to garbage, so its key bundle does not open.
 */
export class LinkCodeExchange {
  private constructor(
    private readonly identity: KeyPair,
    private readonly shared: Buffer,
    readonly hello: PrimaryHello,
  ) {}

  static async begin(identity: KeyPair, code: string, wrappedCompanionEphemeral: Buffer): Promise<LinkCodeExchange> {
    const salt = wrappedCompanionEphemeral.subarray(0, 32);
    const iv = wrappedCompanionEphemeral.subarray(32, 48);
    const companionEphemeral = applyCtr(await pairingCodeKey(code, salt), iv, wrappedCompanionEphemeral.subarray(48));
    const ephemeral = generateKeyPair();
    const ownSalt = randomBytes(32);
    const ownIv = randomBytes(16);
    const wrapped = applyCtr(await pairingCodeKey(code, ownSalt), ownIv, ephemeral.publicKey);
    return new LinkCodeExchange(identity, dh(ephemeral.privateKey, companionEphemeral), {
      wrappedEphemeral: Buffer.concat([ownSalt, ownIv, wrapped]),
      identityKey: identity.publicKey,
    });
  }

  /** Opens the companion's key bundle and derives the ADV secret that both sides now share; words when it is wrong. */
  finish({ wrappedKeyBundle, identityKey }: CompanionFinish): { advSecret: Buffer } | string {
    const salt = wrappedKeyBundle.subarray(0, 32);
    const iv = wrappedKeyBundle.subarray(32, 44);
    const key = hkdf(this.shared, 32, { salt, info: 'link_code_pairing_key_bundle_encryption_key' });
    const bundle = decryptGcm(key, iv, wrappedKeyBundle.subarray(44));
    if (!bundle) return 'the code is wrong: the key bundle of the other device does not open';
    if (!bundle.subarray(0, 32).equals(identityKey)) return 'the key bundle holds another companion identity';
    if (!bundle.subarray(32, 64).equals(this.identity.publicKey)) return 'the key bundle holds another phone identity';
    const ingredients = Buffer.concat([this.shared, dh(this.identity.privateKey, identityKey), bundle.subarray(64)]);
    return { advSecret: hkdf(ingredients, 32, { info: 'adv_secret' }) };
  }
}
