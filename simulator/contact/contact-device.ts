import { randomInt } from 'node:crypto';
import { proto } from '@whiskeysockets/baileys';
import { buildDeviceIdentity, verifyDeviceIdentity, type DeviceIdentityCheck } from '../crypto/adv.js';
import { sha256 } from '../crypto/hkdf.js';
import type { KeyPair } from '../crypto/x25519.js';
import { sign } from '../crypto/xeddsa.js';
import { statusBroadcast } from '../wire/jid.js';
import { unpad } from './message-padding.js';
import { type SignalDevice, type CiphertextType, type PreKeyBundle } from './signal-device.js';
import { parsePreKeyMessage } from './signal-messages.js';
import { signalRefusal, type SignalRefusal } from './signal-refusal.js';
import { OwnSenderKey } from './sender-keys.js';

/** One `<enc>` of a message, as it came. */
export interface EncryptedPart {
  type: CiphertextType | 'skmsg';
  bytes: Uint8Array;
}

/** The device that sent a message, as the server knows it. */
export interface SendingDevice {
  phoneNumber: string;
  lid: string | null;
  deviceId: number;
  /** The account's identity (the phone's) and the device's own, when known: what arrives must match them. */
  accountIdentity?: Uint8Array;
  identity?: Uint8Array;
}

export interface EncryptedMessage {
  from: SendingDevice;
  parts: readonly EncryptedPart[];
  /** Content of the stanza's `<device-identity>`. */
  deviceIdentity?: Uint8Array | undefined;
}

export interface DecryptedMessage {
  message: proto.IMessage;
  /** Identifies the content, whatever key distribution or message secret came along with it. */
  fingerprint: string;
}

export interface DecryptionReport {
  /** Messages that hold something for a person. A key distribution may come alone, a shared post may not be empty. */
  messages: DecryptedMessage[];
  refusals: SignalRefusal[];
}

interface DecodedMessage {
  message: proto.IMessage;
  fingerprint: string;
}

const rememberedMessages = 32;
/** Decoded once for all who got the same bytes. */
const decodedMessages = new Map<string, DecodedMessage>();
const rememberedIdentities = 64;
const genuineIdentities = new Map<string, DeviceIdentityCheck & { ok: true }>();

/** One device of a simulated person: decrypts strictly and encrypts for others. */
export class ContactDevice {
  private madeDeviceIdentity: Buffer | undefined;
  private madeSenderKey: OwnSenderKey | undefined;

  constructor(
    readonly deviceId: number,
    readonly signal: SignalDevice,
    private readonly accountIdentity: () => KeyPair,
  ) {}

  /** What the server gives to askers, spending a one-time prekey. Linked devices show who vouches for them. */
  takePreKeyBundle(): PreKeyBundle & { deviceIdentity: Buffer | null } {
    return { ...this.signal.takePreKeyBundle(), deviceIdentity: this.deviceIdentity() };
  }

  /** The complete ADVSignedDeviceIdentity of a linked device; null for a phone. */
  deviceIdentity(): Buffer | null {
    if (this.deviceId === 0) return null;
    this.madeDeviceIdentity ??= this.makeDeviceIdentity();
    return this.madeDeviceIdentity;
  }

  get ownSenderKey(): OwnSenderKey {
    this.madeSenderKey ??= new OwnSenderKey();
    return this.madeSenderKey;
  }

  /** Decrypts every part, installs the sender keys it finds and reports what was readable and what was not. */
  decrypt(encrypted: EncryptedMessage): DecryptionReport {
    const report: DecryptionReport = { messages: [], refusals: [] };
    const copiesFirst = [...encrypted.parts].sort((a, b) => Number(a.type === 'skmsg') - Number(b.type === 'skmsg'));
    for (const part of copiesFirst) {
      const result = this.decryptPart(encrypted, part);
      if (!result.ok) report.refusals.push(result);
      else if (part.type === 'skmsg' || hasContent(result.message)) report.messages.push(result);
    }
    return report;
  }

  private decryptPart(
    encrypted: EncryptedMessage,
    part: EncryptedPart,
  ): ({ ok: true } & DecryptedMessage) | SignalRefusal {
    const peer = peerName(encrypted.from);
    if (part.type === 'pkmsg') {
      const refusal = judgeIdentity(encrypted, part.bytes);
      if (refusal) return refusal;
    }
    const decrypted =
      part.type === 'skmsg'
        ? this.signal.senderKeys.decrypt(statusBroadcast, peer, part.bytes)
        : this.signal.decrypt(peer, part.type, part.bytes);
    if (!decrypted.ok) return decrypted;
    const unpadded = unpad(decrypted.plaintext);
    if (!unpadded.ok) return signalRefusal('invalid_message', unpadded.reason);
    const decoded = decodeMessage(unpadded.message);
    if (!decoded) return signalRefusal('invalid_message', 'the plaintext is not a protobuf message');
    const { message } = decoded;
    const distribution = message.senderKeyDistributionMessage;
    if (distribution) {
      const refusal = this.installSenderKey(peer, distribution);
      if (refusal) return refusal;
    }
    return { ok: true, ...decoded };
  }

  private installSenderKey(
    peer: string,
    distribution: proto.Message.ISenderKeyDistributionMessage,
  ): SignalRefusal | undefined {
    const { groupId, axolotlSenderKeyDistributionMessage: bytes } = distribution;
    if (groupId !== statusBroadcast) {
      return signalRefusal('invalid_message', `a sender key for "${groupId ?? ''}" instead of ${statusBroadcast}`);
    }
    const installed = this.signal.senderKeys.install(groupId, peer, bytes ?? new Uint8Array());
    return installed.ok ? undefined : installed;
  }

  private makeDeviceIdentity(): Buffer {
    const own = this.signal.identity();
    const { details, container } = buildDeviceIdentity({
      account: this.accountIdentity(),
      companionIdentity: own.publicKey,
      advSecret: Buffer.alloc(32),
      rawId: randomInt(1, 2 ** 31),
      keyIndex: this.deviceId,
      timestampSeconds: Math.floor(Date.now() / 1000),
    });
    const signed = proto.ADVSignedDeviceIdentity.decode(
      proto.ADVSignedDeviceIdentityHMAC.decode(container).details ?? new Uint8Array(),
    );
    const message = Buffer.concat([Uint8Array.of(6, 1), details, own.publicKey, this.accountIdentity().publicKey]);
    signed.deviceSignature = sign(own.privateKey, message);
    return Buffer.from(proto.ADVSignedDeviceIdentity.encode(signed).finish());
  }
}

/** One name per device for its sessions, whichever form its stanzas used. */
export function peerName(device: { phoneNumber: string; deviceId: number }): string {
  return `${device.phoneNumber}:${device.deviceId}`;
}

function hasContent(message: proto.IMessage): boolean {
  return Object.entries(message).some(
    ([name, value]) => value != null && name !== 'senderKeyDistributionMessage' && name !== 'messageContextInfo',
  );
}

function decodeMessage(bytes: Buffer): DecodedMessage | undefined {
  const key = sha256(bytes).toString('base64');
  const remembered = decodedMessages.get(key);
  if (remembered) return remembered;
  try {
    // Out of a Buffer, protobufjs takes a string that is cut off for a shorter one; out of plain bytes it refuses it.
    const message: proto.IMessage = proto.Message.decode(new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length));
    const content = { ...message };
    delete content.senderKeyDistributionMessage;
    delete content.messageContextInfo;
    const fingerprint = sha256(proto.Message.encode(content).finish()).toString('base64');
    const decoded = { message, fingerprint };
    if (decodedMessages.size >= rememberedMessages) decodedMessages.clear();
    decodedMessages.set(key, decoded);
    return decoded;
  } catch {
    return undefined;
  }
}

/** A linked device proves with every prekey message that its account vouches for it. */
function judgeIdentity(encrypted: EncryptedMessage, bytes: Uint8Array): SignalRefusal | undefined {
  const parsed = parsePreKeyMessage(bytes);
  if (!parsed.ok) return parsed;
  const { from, deviceIdentity } = encrypted;
  if (from.identity && !parsed.identityKey.equals(from.identity)) {
    return signalRefusal('device_identity', 'the identity key is not the one that the device registered');
  }
  if (from.deviceId === 0) return undefined;
  if (!deviceIdentity)
    return signalRefusal('device_identity', 'a prekey message of a linked device without device-identity');
  const fingerprint = sha256(parsed.identityKey, deviceIdentity).toString('latin1');
  const check = genuineIdentities.get(fingerprint) ?? verifyDeviceIdentity(deviceIdentity, parsed.identityKey);
  if (!check.ok) return signalRefusal('device_identity', check.reason);
  if (genuineIdentities.size >= rememberedIdentities) genuineIdentities.clear();
  genuineIdentities.set(fingerprint, check);
  if (from.accountIdentity && !check.accountIdentity.equals(from.accountIdentity)) {
    return signalRefusal('device_identity', 'the device identity belongs to another account');
  }
  return undefined;
}
