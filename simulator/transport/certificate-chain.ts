import { proto } from '@whiskeysockets/baileys';
import { generateKeyPair, type KeyPair } from '../crypto/x25519.js';
import { sign } from '../crypto/xeddsa.js';

const dayMs = 24 * 60 * 60 * 1000;
const rootSerial = 0;
const intermediateSerial = 1;
const leafSerial = 2;

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
    notBefore: Math.floor((now.getTime() - dayMs) / 1000),
    notAfter: Math.floor((now.getTime() + 365 * dayMs) / 1000),
  };
  const chain = {
    intermediate: certify(root, {
      ...validity,
      serial: intermediateSerial,
      issuerSerial: rootSerial,
      key: intermediate.publicKey,
    }),
    leaf: certify(intermediate, {
      ...validity,
      serial: leafSerial,
      issuerSerial: intermediateSerial,
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
