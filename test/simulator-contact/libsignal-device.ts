import { ProtocolAddress, SessionBuilder, SessionCipher, type SessionRecord, type SignalStorage } from 'libsignal';
import { generateKeyPair, withTypeByte } from '../../simulator/crypto/x25519.js';
import { sign } from '../../simulator/crypto/xeddsa.js';
import type { CiphertextType, PreKeyBundle } from '../../simulator/contact/signal-device.js';

/** A device run by the `libsignal` package itself: the judge of the simulator's own implementation. */
export class LibsignalDevice {
  readonly identity = generateKeyPair();
  readonly registrationId = 1234;
  private readonly signedPreKey = generateKeyPair();
  private readonly preKeys = new Map([[1, generateKeyPair()]]);
  private readonly sessions = new Map<string, SessionRecord>();
  private readonly address = new ProtocolAddress('peer', 1);

  bundle(withPreKey = true): PreKeyBundle {
    const preKey = this.preKeys.get(1);
    const publicKey = this.signedPreKey.publicKey;
    return {
      registrationId: this.registrationId,
      identity: this.identity.publicKey,
      signedPreKey: { id: 9, publicKey, signature: sign(this.identity.privateKey, withTypeByte(publicKey)) },
      preKey: withPreKey && preKey ? { id: 1, publicKey: preKey.publicKey } : null,
    };
  }

  async open(bundle: PreKeyBundle): Promise<void> {
    const { signedPreKey, preKey } = bundle;
    await new SessionBuilder(this.storage(), this.address).initOutgoing({
      registrationId: bundle.registrationId,
      identityKey: withTypeByte(bundle.identity),
      signedPreKey: {
        keyId: signedPreKey.id,
        publicKey: withTypeByte(signedPreKey.publicKey),
        signature: signedPreKey.signature,
      },
      // The package's type demands a prekey; its code takes bundles without one.
      ...({ preKey: preKey ? { keyId: preKey.id, publicKey: withTypeByte(preKey.publicKey) } : undefined } as {
        preKey: { keyId: number; publicKey: Buffer };
      }),
    });
  }

  async encrypt(text: string): Promise<{ type: CiphertextType; bytes: Buffer }> {
    const { type, body } = await this.cipher().encrypt(Buffer.from(text));
    return { type: type === 3 ? 'pkmsg' : 'msg', bytes: Buffer.from(body) };
  }

  async decrypt(type: CiphertextType, bytes: Buffer): Promise<string> {
    const cipher = this.cipher();
    const plaintext =
      type === 'pkmsg' ? await cipher.decryptPreKeyWhisperMessage(bytes) : await cipher.decryptWhisperMessage(bytes);
    return plaintext.toString();
  }

  private cipher(): SessionCipher {
    return new SessionCipher(this.storage(), this.address);
  }

  private storage(): SignalStorage {
    const pairOf = ({ privateKey, publicKey }: { privateKey: Buffer; publicKey: Buffer }) => ({
      privKey: privateKey,
      pubKey: withTypeByte(publicKey),
    });
    return {
      loadSession: (id) => Promise.resolve(this.sessions.get(id)),
      storeSession: (id, session) => {
        this.sessions.set(id, session);
        return Promise.resolve();
      },
      isTrustedIdentity: () => true,
      loadPreKey: (id) => {
        const pair = this.preKeys.get(Number(id));
        return Promise.resolve(pair && pairOf(pair));
      },
      removePreKey: (id) => {
        this.preKeys.delete(id);
      },
      loadSignedPreKey: () => pairOf(this.signedPreKey),
      getOurRegistrationId: () => this.registrationId,
      getOurIdentity: () => pairOf(this.identity),
    };
  }
}
