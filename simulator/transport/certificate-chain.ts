import { proto } from '@whiskeysockets/baileys';
import { generateKeyPair, type KeyPair } from '../crypto/x25519.js';
import { sign } from '../crypto/xeddsa.js';

const DAY_MS = 24 * 60 * 60 * 1000;
const ROOT_SERIAL = 0;
const INTERMEDIATE_SERIAL = 1;
const LEAF_SERIAL = 2;

/** The simulator's own line of trust: root → intermediate → leaf, of which the leaf is the server's Noise key. */
export interface CertificateChain {
  rootKey: Buffer;
  serverKeyPair: KeyPair;
  /** The encoded `CertChain` that goes into the server's hello. */
  encoded: Buffer;
}

/** A fresh chain, valid from yesterday for a year. A client has to be told to trust `rootKey`. */
export function createCertificateChain(now: Date, root: KeyPair = generateKeyPair()): CertificateChain {
  const intermediate = generateKeyPair();
  const serverKeyPair = generateKeyPair();
  const validity = {
    notBefore: Math.floor((now.getTime() - DAY_MS) / 1000),
    notAfter: Math.floor((now.getTime() + 365 * DAY_MS) / 1000),
  };
  const chain = {
    intermediate: certify(root, {
      ...validity,
      serial: INTERMEDIATE_SERIAL,
      issuerSerial: ROOT_SERIAL,
      key: intermediate.publicKey,
    }),
    leaf: certify(intermediate, {
      ...validity,
      serial: LEAF_SERIAL,
      issuerSerial: INTERMEDIATE_SERIAL,
      key: serverKeyPair.publicKey,
    }),
  };
  return { rootKey: root.publicKey, serverKeyPair, encoded: Buffer.from(proto.CertChain.encode(chain).finish()) };
}

function certify(
  issuer: KeyPair,
  details: proto.CertChain.NoiseCertificate.IDetails,
): proto.CertChain.INoiseCertificate {
  const encoded = proto.CertChain.NoiseCertificate.Details.encode(details).finish();
  return { details: encoded, signature: sign(issuer.privateKey, encoded) };
}
