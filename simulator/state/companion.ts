import { pnJid } from '../wire/jid.js';
import type { BinaryNode } from '../wire/node.js';
import type { WireConnection } from '../transport/wire-connection.js';
import { Outbox } from './outbox.js';

export interface PublicPreKey {
  id: number;
  publicKey: Buffer;
}

export interface SignedPublicPreKey extends PublicPreKey {
  signature: Buffer;
}

/** What a client says about itself when it asks to be linked. */
export interface Registration {
  registrationId: number;
  identityKey: Buffer;
  signedPreKey: SignedPublicPreKey;
  noiseKey: Buffer;
}

/** The live connection of a companion, as the rest of the simulator uses it. */
export interface CompanionLink {
  readonly wire: WireConnection;
  /** How often the device has asked for something (`iq`). */
  readonly queries: number;
  send(node: BinaryNode): void;
  /** The same for news that the device has to acknowledge; they wait while the server withholds them. */
  deliver(node: BinaryNode): void;
  /** Ends the stream for this reason; the socket closes behind it. */
  end(node: BinaryNode | null): void;
}

const maxPreKeys = 5_000;

/** A linked device whose far end is a real client. The server keeps its public keys and what it has not taken yet. */
export class CompanionOf<Owner extends { readonly phoneNumber: string }> {
  readonly outbox = new Outbox();
  readonly linkedAt = new Date();
  /** Set when the client sent the device identity back with a good signature. No login before that. */
  confirmed = false;
  /** The complete ADVSignedDeviceIdentity, as bundles of this device carry it. */
  deviceIdentity: Buffer | null = null;
  signedPreKey: SignedPublicPreKey;
  /** The name that the client gave at its last login; what it sends shows it instead of the phone's. */
  pushName: string | null = null;
  link: CompanionLink | null = null;
  lastSeenAt: Date | null = null;
  /** Logins so far: the phone sends its history after the first. */
  loginCount = 0;
  private readonly preKeysById = new Map<number, Buffer>();
  /** Ids that were used or uploaded: none may come back with another key. */
  private readonly seenPreKeyIds = new Set<number>();

  constructor(
    readonly account: Owner,
    readonly deviceId: number,
    readonly keyIndex: number,
    readonly registration: Registration,
  ) {
    this.signedPreKey = registration.signedPreKey;
  }

  /** The device's address under its phone number. */
  get jid(): string {
    return pnJid(this.account.phoneNumber, this.deviceId);
  }

  get preKeyCount(): number {
    return this.preKeysById.size;
  }

  /** The one-time prekeys that were not handed out yet, the next one first. */
  preKeys(): PublicPreKey[] {
    return [...this.preKeysById].map(([id, publicKey]) => ({ id, publicKey }));
  }

  /** Stores one-time prekeys. Returns what is wrong with them, and stores none of them then. */
  addPreKeys(keys: readonly PublicPreKey[]): string | null {
    const ids = new Set<number>();
    for (const { id } of keys) {
      if (id < 1) return `prekey id ${id} is below 1`;
      if (ids.has(id)) return `prekey id ${id} comes twice in one upload`;
      ids.add(id);
    }
    for (const { id, publicKey } of keys) {
      const stored = this.preKeysById.get(id);
      if (this.seenPreKeyIds.has(id) && !stored?.equals(publicKey)) return `prekey id ${id} was already used`;
    }
    if (this.preKeysById.size + keys.length > maxPreKeys) return `more than ${maxPreKeys} prekeys`;
    for (const { id, publicKey } of keys) {
      this.preKeysById.set(id, publicKey);
      this.seenPreKeyIds.add(id);
    }
    return null;
  }

  /** Hands out a one-time prekey, once. Undefined when none is left. */
  takePreKey(): PublicPreKey | undefined {
    const [first] = this.preKeysById;
    if (!first) return undefined;
    this.preKeysById.delete(first[0]);
    return { id: first[0], publicKey: first[1] };
  }

  /** Delivers a stanza now and keeps it until the client says it has it, across reconnects. */
  deliver(node: BinaryNode): void {
    this.outbox.add(node);
    this.link?.deliver(node);
  }
}
