import { randomBytes, randomInt } from 'node:crypto';
import type { KeyPair } from '../crypto/x25519.js';
import { CompanionOf, type Registration } from './companion.js';
import { AppState } from './app-state.js';
import type { Person } from './person.js';

/** WhatsApp links four devices to a phone, besides the phone itself. */
const maxCompanions = 4;

/** A failure node that every login of this account gets, instead of success. */
export interface LoginFailure {
  reason: string;
  attributes: Record<string, string>;
}

/** A limit on writing to strangers, as the client can ask for it. */
export interface Restriction {
  type: string;
  endsAt: Date;
}

/** Whom the phone shows its statuses to. `jids` are excluded or included, by type. */
export interface StatusAudience {
  type: 'contacts' | 'whitelist' | 'blacklist';
  jids: string[];
}

export type Companion = CompanionOf<Account>;

/** A person who linked devices: the account of a phone, as the server knows it. */
export class Account {
  /** Names this generation of linked devices in the ADV structures. */
  readonly rawId = randomInt(1, 2 ** 31);
  readonly companions = new Map<number, Companion>();
  readonly blocked = new Set<string>();
  readonly privacy = new Map<string, string>([
    ['readreceipts', 'all'],
    ['last', 'contacts'],
    ['online', 'all'],
    ['profile', 'contacts'],
    ['status', 'contacts'],
    ['groupadd', 'all'],
  ]);
  about = 'Hey there! I am using WhatsApp.';
  readonly appState = new AppState();
  /** Encrypts the synchronised state; the phone shares it with its linked devices. */
  readonly appStateKey = { keyId: Buffer.concat([Buffer.alloc(2), randomBytes(4)]), keyData: randomBytes(32) };
  /** Whom the phone has saved, and with whom it has chats. */
  readonly addressBook = new Set<Person>();
  readonly chats: Person[] = [];
  /** Whom statuses are shown to now; null while nothing was ever chosen, which is everybody saved. */
  statusAudience: StatusAudience | null = null;
  /** Every list that was ever chosen, the one in force included: the phone keeps the others for another time. */
  readonly statusLists = new Map<StatusAudience['type'], StatusAudience>();
  restriction: Restriction | null = null;
  loginFailure: LoginFailure | null = null;
  /** Accounts behind the passkey gate never finish linking: the phone waits for another device. */
  passkeyGated = false;
  /** What the person answers when the phone asks whether to link; null is yes. */
  refusesLinking: string | null = null;
  private nextDeviceId: number;

  constructor(readonly person: Person) {
    this.nextDeviceId = Math.max(1, person.deviceCount);
  }

  get phoneNumber(): string {
    return this.person.phoneNumber;
  }

  /** The account's identity: the phone's. */
  get identity(): KeyPair {
    return this.person.phoneIdentity;
  }

  get liveCompanions(): Companion[] {
    return [...this.companions.values()].filter((companion) => companion.confirmed);
  }

  /** Reserves a device for a client that is being linked. Returns words when the phone would refuse. */
  addCompanion(registration: Registration): Companion | string {
    if (this.refusesLinking !== null) return this.refusesLinking;
    if (this.liveCompanions.length >= maxCompanions) {
      return `the phone has ${maxCompanions} linked devices already; log one out first`;
    }
    const deviceId = this.nextDeviceId++;
    const companion = new CompanionOf<Account>(this, deviceId, deviceId, registration);
    this.companions.set(deviceId, companion);
    return companion;
  }
}
