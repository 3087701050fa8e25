import { WA_CERT_DETAILS } from '@whiskeysockets/baileys';
import { installFastCurve } from '../signal/install-fast-curve.js';

const shipped = WA_CERT_DETAILS.PUBLIC_KEY;
let holders = 0;

/**
 * Settles whom Baileys believes, for the whole process, and returns a function that gives the claim up.
 *
 * Baileys 7.0.0-rc14 asks libsignal for a signature check and ignores its answer, so every certificate and every device
 * identity passes. The fast curve is installed here, because its `verify` answers truly.
 * The root key is a field of a shared object, read at each handshake: two gateways with different roots cannot be alive
 * in one process at the same time, and asking for that throws.
 *
 * `rootKey` is the 32-byte public key that signs WhatsApp's certificates; null means the key that Baileys ships.
 */
export function claimWireTrust(rootKey: Buffer | null): () => void {
  const wanted = Buffer.from(rootKey ?? shipped);
  if (wanted.length !== 32) throw new Error('The WhatsApp root key must be 32 bytes.');
  if (holders > 0 && !WA_CERT_DETAILS.PUBLIC_KEY.equals(wanted)) {
    throw new Error('This process already trusts another WhatsApp root key; one process can trust only one at a time.');
  }
  WA_CERT_DETAILS.PUBLIC_KEY = wanted;
  installFastCurve();
  holders += 1;
  let held = true;
  return () => {
    if (held) holders -= 1;
    held = false;
  };
}
