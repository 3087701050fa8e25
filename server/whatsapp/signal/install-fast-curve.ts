import { Curve } from '@whiskeysockets/baileys';
import curve25519 from 'curve25519-js';
import signalCurve from 'libsignal/src/curve.js';
import { agree, generateKeyPair, publicKeyOf, sign, typedPublicKey, verify } from './curve.js';

function generateTypedKeyPair() {
  const { publicKey, privateKey } = generateKeyPair();
  return { pubKey: typedPublicKey(publicKey), privKey: privateKey };
}

/**
 * The check that libsignal makes of a contact's signed prekey (`isInit`) ignores the answer, so a false one has to throw;
 * every other caller looks at the boolean.
 */
function verifyForSignal(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array, isInit?: boolean): boolean {
  const genuine = verify(publicKey, message, signature);
  if (isInit && !genuine) throw new Error("The signature of a contact's prekey is false.");
  return genuine;
}

/**
 * Puts our curve operations in the place of those that Baileys and libsignal bring along: ten to two hundred times as
 * fast, and with signatures that are really checked. For the whole process; calling it again changes nothing.
 *
 * Three objects are changed, because each is looked up at call time whatever was imported first:
 * - libsignal's curve module, through which its sessions are built and its ratchets turn;
 * - Baileys' `Curve`, used by the Noise handshake and by pairing, whose `verify` answers true to any 64 bytes in
 *   7.0.0-rc14 (it waits for libsignal to throw, and libsignal returns false);
 * - the signatures of curve25519-js, beneath the copies of libsignal's functions that Baileys' sender keys hold on to.
 */
export function installFastCurve(): void {
  Object.assign(signalCurve, {
    generateKeyPair: generateTypedKeyPair,
    calculateAgreement: (publicKey: Uint8Array, privateKey: Uint8Array) => agree(privateKey, publicKey),
    calculateSignature: sign,
    verifySignature: verifyForSignal,
    getPublicFromPrivateKey: (privateKey: Uint8Array) => typedPublicKey(publicKeyOf(privateKey)),
  });
  Object.assign(Curve, {
    generateKeyPair: () => {
      const { publicKey, privateKey } = generateKeyPair();
      return { public: publicKey, private: privateKey };
    },
    sharedKey: agree,
    sign,
    verify,
  } satisfies typeof Curve);
  Object.assign(curve25519, {
    sign: (privateKey: Uint8Array, message: Uint8Array) => sign(privateKey, message),
    verify,
  });
}
