import { proto } from '@whiskeysockets/baileys';
import { decryptGcm, encryptGcm } from '../crypto/aead.js';
import { hkdf, sha256 } from '../crypto/hkdf.js';
import { dh, generateKeyPair } from '../crypto/x25519.js';
import type { CertificateChain } from './certificate-chain.js';
import { introHeader } from './frame-reader.js';

/** Exactly 32 bytes with its padding, so the first hash, chaining key and key are the name itself. */
const protocolName = Buffer.from('Noise_XX_25519_AESGCM_SHA256\0\0\0\0', 'latin1');
const nothing = Buffer.alloc(0);
const keyLength = 32;

/** The client did not follow the handshake, or a frame failed its authentication. The stream cannot go on. */
export class NoiseError extends Error {
  override readonly name = 'NoiseError';
}

export interface HandshakeResult {
  /** The client's Noise key: what names this device until it has a number. */
  noiseKey: Buffer;
  clientPayload: proto.ClientPayload;
}

/** The server's half of `Noise_XX_25519_AESGCM_SHA256`, from the client's hello to the transport keys. */
export class NoiseResponder {
  private readonly ephemeral = generateKeyPair();
  private hash: Buffer = protocolName;
  private chainingKey: Buffer = protocolName;
  private key: Buffer = protocolName;
  private counter = 0;

  constructor(private readonly chain: CertificateChain) {
    this.mixHash(introHeader);
  }

  /** Takes the first frame and returns the payload of the server's hello. */
  answerHello(frame: Buffer): Buffer {
    const hello = decodeHandshake(frame).clientHello;
    if (!hello?.ephemeral) throw new NoiseError('the first frame holds no client hello');
    if (hello.static?.length || hello.payload?.length) {
      throw new NoiseError('the client hello resumes an earlier handshake, which is not served');
    }
    const clientEphemeral = keyBytes(hello.ephemeral, 'the ephemeral key of the client hello');
    this.mixHash(clientEphemeral);
    this.mixHash(this.ephemeral.publicKey);
    this.mixKey(agree(this.ephemeral.privateKey, clientEphemeral));
    const encryptedStatic = this.encrypt(this.chain.serverKeyPair.publicKey);
    this.mixKey(agree(this.chain.serverKeyPair.privateKey, clientEphemeral));
    const payload = this.encrypt(this.chain.encoded);
    const serverHello = { ephemeral: this.ephemeral.publicKey, static: encryptedStatic, payload };
    return Buffer.from(proto.HandshakeMessage.encode({ serverHello }).finish());
  }

  /** Takes the second frame, once the first was answered: who the client says it is, and the ciphers for everything that follows. */
  finish(frame: Buffer): HandshakeResult & { ciphers: TransportCiphers } {
    const message = decodeHandshake(frame).clientFinish;
    if (!message?.static || !message.payload) throw new NoiseError('the second frame holds no client finish');
    const noiseKey = keyBytes(this.decrypt(Buffer.from(message.static)), 'the static key of the client');
    this.mixKey(agree(this.ephemeral.privateKey, noiseKey));
    const payload = this.decrypt(Buffer.from(message.payload));
    const keys = hkdf(nothing, 2 * keyLength, { salt: this.chainingKey });
    const ciphers = new TransportCiphers(keys.subarray(0, keyLength), keys.subarray(keyLength));
    return { noiseKey, clientPayload: decodeClientPayload(payload), ciphers };
  }

  private mixHash(data: Uint8Array): void {
    this.hash = sha256(this.hash, data);
  }

  private mixKey(secret: Buffer): void {
    const keys = hkdf(secret, 2 * keyLength, { salt: this.chainingKey });
    this.chainingKey = keys.subarray(0, keyLength);
    this.key = keys.subarray(keyLength);
    this.counter = 0;
  }

  private encrypt(plaintext: Buffer): Buffer {
    const sealed = encryptGcm(this.key, counterIv(this.counter++), plaintext, this.hash);
    this.mixHash(sealed);
    return sealed;
  }

  private decrypt(sealed: Buffer): Buffer {
    const plaintext = open(this.key, counterIv(this.counter++), sealed, this.hash);
    this.mixHash(sealed);
    return plaintext;
  }
}

/** AES-256-GCM with one counter per direction: a frame that was lost, repeated or altered does not open. */
export class TransportCiphers {
  private received = 0;
  private sent = 0;

  constructor(
    private readonly clientKey: Buffer,
    private readonly serverKey: Buffer,
  ) {}

  open(frame: Buffer): Buffer {
    return open(this.clientKey, counterIv(this.received++), frame);
  }

  seal(plaintext: Buffer): Buffer {
    return encryptGcm(this.serverKey, counterIv(this.sent++), plaintext);
  }
}

function open(key: Buffer, iv: Buffer, sealed: Buffer, aad?: Buffer): Buffer {
  const plaintext = decryptGcm(key, iv, sealed, aad);
  if (!plaintext) throw new NoiseError('a frame failed its authentication');
  return plaintext;
}

function counterIv(counter: number): Buffer {
  const iv = Buffer.alloc(12);
  iv.writeUInt32BE(counter, 8);
  return iv;
}

function agree(privateKey: Buffer, clientKey: Buffer): Buffer {
  try {
    return dh(privateKey, clientKey);
  } catch {
    throw new NoiseError('a key of the client is a point of low order');
  }
}

function decodeHandshake(frame: Buffer): proto.HandshakeMessage {
  try {
    return proto.HandshakeMessage.decode(frame);
  } catch {
    throw new NoiseError('a handshake frame is not a handshake message');
  }
}

function decodeClientPayload(bytes: Buffer): proto.ClientPayload {
  try {
    return proto.ClientPayload.decode(bytes);
  } catch {
    throw new NoiseError('the client payload does not decode');
  }
}

function keyBytes(bytes: Uint8Array, what: string): Buffer {
  if (bytes.length !== keyLength)
    throw new NoiseError(`a key of ${bytes.length} bytes instead of ${keyLength}: ${what}`);
  return Buffer.from(bytes);
}
