import libsignal from 'libsignal';
import type { ProtocolAddress, SessionRecord, SignalStorage } from 'libsignal';
import { generateKeyPair, sign, typedPublicKey } from '../../server/whatsapp/signal/curve.js';

interface SignalKeyPair {
  pubKey: Buffer;
  privKey: Buffer;
}

function signalKeyPair(): SignalKeyPair {
  const { publicKey, privateKey } = generateKeyPair();
  return { pubKey: typedPublicKey(publicKey), privKey: privateKey };
}

export function signalAddress(name: string, device = 0): ProtocolAddress {
  return new libsignal.ProtocolAddress(name, device);
}

/** A storage for libsignal that keeps sessions as JSON text, as they come to rest in a database. */
export class SignalMemory implements SignalStorage {
  readonly identity = signalKeyPair();
  readonly registrationId = 1 + Math.floor(Math.random() * 16000);
  readonly signedPreKey = signalKeyPair();
  readonly preKeys = new Map<number, SignalKeyPair>();
  readonly sessions = new Map<string, string>();

  async loadSession(id: string): Promise<SessionRecord | undefined> {
    const text = this.sessions.get(id);
    return text === undefined ? undefined : libsignal.SessionRecord.deserialize(JSON.parse(text));
  }

  async storeSession(id: string, session: SessionRecord): Promise<void> {
    this.sessions.set(id, JSON.stringify(session.serialize()));
  }

  isTrustedIdentity(): boolean {
    return true;
  }

  async loadPreKey(id: number | string): Promise<SignalKeyPair | undefined> {
    return this.preKeys.get(Number(id));
  }

  removePreKey(id: number): void {
    this.preKeys.delete(id);
  }

  loadSignedPreKey(): SignalKeyPair {
    return this.signedPreKey;
  }

  getOurRegistrationId(): number {
    return this.registrationId;
  }

  getOurIdentity(): SignalKeyPair {
    return this.identity;
  }
}

/** A device as libsignal plays it, and the prekey bundles the server would hand out for it. */
export function createContactDevice(memory = new SignalMemory()) {
  let nextPreKeyId = 1;
  return {
    memory,
    /** A bundle with a one-time prekey of its own. */
    bundle() {
      const preKey = signalKeyPair();
      const keyId = nextPreKeyId;
      nextPreKeyId += 1;
      memory.preKeys.set(keyId, preKey);
      return {
        registrationId: memory.registrationId,
        identityKey: memory.identity.pubKey,
        signedPreKey: {
          keyId: 7,
          publicKey: memory.signedPreKey.pubKey,
          signature: sign(memory.identity.privKey, memory.signedPreKey.pubKey),
        },
        preKey: { keyId, publicKey: preKey.pubKey },
      };
    },
  };
}
