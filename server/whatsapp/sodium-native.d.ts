/** The few functions of sodium-native that Statuscast calls; results are written into the first argument. */
declare module 'sodium-native' {
  interface Sodium {
    /** Throws where the shared point is the neutral element (a low-order public key). */
    crypto_scalarmult(shared: Buffer, privateKey: Uint8Array, publicKey: Uint8Array): void;
    crypto_scalarmult_base(publicKey: Buffer, privateKey: Uint8Array): void;
    crypto_scalarmult_ed25519_base_noclamp(point: Buffer, scalar: Uint8Array): void;
    /** Takes 64 bytes, gives 32. */
    crypto_core_ed25519_scalar_reduce(reduced: Buffer, scalar: Uint8Array): void;
    crypto_core_ed25519_scalar_negate(negated: Buffer, scalar: Uint8Array): void;
    crypto_sign_verify_detached(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean;
    crypto_hash_sha256(digest: Buffer, message: Uint8Array): void;
    crypto_hash_sha512(digest: Buffer, message: Uint8Array): void;
    /** HMAC-SHA-512, cut to its first 32 bytes, under a key of 32 bytes. In constant time. */
    crypto_auth_verify(mac: Uint8Array, message: Uint8Array, key: Uint8Array): boolean;
    randombytes_buf(random: Buffer): void;
  }
  const sodium: Sodium;
  export default sodium;
}
