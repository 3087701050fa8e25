import { randomBytes } from 'node:crypto';
import { hkdf } from '../crypto/hkdf.js';
import type { Correspondent } from '../contact/sending.js';
import type { PreKeyBundle } from '../contact/signal-device.js';
import type { DeviceAddress } from '../wire/jid.js';
import { deviceRemoved } from '../wire/stream-end.js';
import { Account, type Companion } from './account.js';
import { makeName } from './names.js';
import { otherWriting } from './number-writings.js';
import { Person, type DeviceEntry, type PersonOptions } from './person.js';
import { SeededRandom } from '../lib/random.js';

const maxPeople = 200_000;
const phoneNumberForm = /^[1-9]\d{6,14}$/;
const lidForm = /^\d{5,20}$/;

/** What the server hands out about a device. Companions of real clients bring their signed identity along. */
export type DeviceBundle = PreKeyBundle & { deviceIdentity: Buffer | null };

/** A request about people that cannot be carried out, in words for the person who asked. */
export class WorldError extends Error {
  override readonly name = 'WorldError';
}

export interface NewPerson {
  phoneNumber?: string | undefined;
  /** Digits, true for a made-up one, false for none. */
  lid?: string | boolean | undefined;
  name?: string | undefined;
  /** Of a business, beside the name that it goes by. */
  verifiedName?: string | undefined;
  /** How many devices with the phone; 0 is an account without any reachable device. */
  devices?: number | undefined;
  onWhatsApp?: boolean | undefined;
  readReceipts?: boolean | undefined;
  /** How many one-time prekeys each device ever has. */
  oneTimePreKeys?: number | undefined;
}

/** Everybody on the simulated WhatsApp: people with their devices, and the accounts that real clients link to. */
export class World {
  private readonly random: SeededRandom;
  private readonly secret: Buffer;
  private readonly byPhoneNumber = new Map<string, Person>();
  private readonly byLid = new Map<string, Person>();
  private readonly formerLids = new Set<string>();
  private readonly accountsByPhoneNumber = new Map<string, Account>();

  /** With a seed, numbers, LIDs, names and all Signal keys of simulated devices are the same every time. */
  constructor(seed?: number) {
    this.random = new SeededRandom(seed ?? randomBytes(4).readUInt32BE(0));
    this.secret = seed === undefined ? randomBytes(32) : hkdf(Buffer.from(String(seed)), 32, { info: 'world' });
  }

  get people(): IterableIterator<Person> {
    return this.byPhoneNumber.values();
  }

  get accounts(): IterableIterator<Account> {
    return this.accountsByPhoneNumber.values();
  }

  get size(): { people: number; accounts: number } {
    return { people: this.byPhoneNumber.size, accounts: this.accountsByPhoneNumber.size };
  }

  /** Adds one person. Throws `WorldError` when the number or LID is taken or nonsense. */
  addPerson(wanted: NewPerson): Person {
    if (this.byPhoneNumber.size >= maxPeople) throw new WorldError(`there are ${maxPeople} people already`);
    const phoneNumber = wanted.phoneNumber ?? this.freeNumber();
    if (!phoneNumberForm.test(phoneNumber)) throw new WorldError(`"${phoneNumber}" is not a phone number in digits`);
    if (this.byPhoneNumber.has(phoneNumber)) throw new WorldError(`${phoneNumber} is somebody already`);
    const lid = this.lidFor(wanted.lid ?? true);
    const options: PersonOptions = {
      phoneNumber,
      lid,
      name: wanted.name ?? makeName(this.random),
      verifiedName: wanted.verifiedName ?? null,
      onWhatsApp: wanted.onWhatsApp ?? true,
      readReceipts: wanted.readReceipts ?? true,
      deviceCount: wanted.devices ?? 1,
      oneTimePreKeys: wanted.oneTimePreKeys,
      seedOf: (device, installation) =>
        hkdf(this.secret, 32, { info: `${phoneNumber}:${device}${installation > 0 ? `:${installation}` : ''}` }),
    };
    const person = new Person(options);
    this.byPhoneNumber.set(phoneNumber, person);
    if (lid !== null) this.byLid.set(lid, person);
    return person;
  }

  /** The person's account, made on first use: from now on devices can be linked to the phone. */
  accountOf(person: Person): Account {
    const existing = this.accountsByPhoneNumber.get(person.phoneNumber);
    if (existing) return existing;
    const account = new Account(person);
    this.accountsByPhoneNumber.set(person.phoneNumber, account);
    return account;
  }

  /** Undefined for people to whose phones no real client was, or is to be, linked. */
  findAccount(phoneNumber: string): Account | undefined {
    return this.accountsByPhoneNumber.get(phoneNumber);
  }

  /** Every device that the server knows of somebody, simulated ones and linked clients. */
  devicesOf(person: Person): DeviceEntry[] {
    const companions = this.findAccount(person.phoneNumber)?.liveCompanions ?? [];
    const linked = companions.map(({ deviceId, keyIndex }) => ({ id: deviceId, keyIndex }));
    return [...person.simulatedDevices(), ...linked];
  }

  findPerson(address: Pick<DeviceAddress, 'form' | 'user'>): Person | undefined {
    return (address.form === 'lid' ? this.byLid : this.byPhoneNumber).get(address.user);
  }

  findPersonByNumber(phoneNumber: string): Person | undefined {
    return this.byPhoneNumber.get(phoneNumber);
  }

  /** Whom WhatsApp takes this number for: the person who has it, or who has its other writing. */
  findPersonMeant(phoneNumber: string): Person | undefined {
    return this.byPhoneNumber.get(phoneNumber) ?? this.byPhoneNumber.get(otherWriting(phoneNumber) ?? '');
  }

  findCompanion(address: DeviceAddress): Companion | undefined {
    const person = this.findPerson(address);
    const companion = person && this.findAccount(person.phoneNumber)?.companions.get(address.device);
    return companion?.confirmed ? companion : undefined;
  }

  /** One bundle for one asker: its one-time prekey is spent with it. Undefined for devices that do not exist. */
  takeBundle(address: DeviceAddress): DeviceBundle | undefined {
    const companion = this.findCompanion(address);
    if (companion) {
      const { registration, signedPreKey, deviceIdentity } = companion;
      return {
        registrationId: registration.registrationId,
        identity: registration.identityKey,
        signedPreKey,
        preKey: companion.takePreKey() ?? null,
        deviceIdentity,
      };
    }
    const person = this.findPerson(address);
    return person?.onWhatsApp ? person.contact.findDevice(address.device)?.takePreKeyBundle() : undefined;
  }

  /** The linked devices of an account, as others reach them; its own phone needs no copy from us. */
  correspondents(account: Account): Correspondent[] {
    return account.liveCompanions.map(({ deviceId }) => ({
      phoneNumber: account.phoneNumber,
      deviceId,
      takeBundle: () => this.takeBundle({ form: 'pn', user: account.phoneNumber, device: deviceId }),
    }));
  }

  /** Whether this LID was somebody's before it changed. */
  isFormerLid(lid: string): boolean {
    return this.formerLids.has(lid);
  }

  /** Gives a person another hidden id, as the server does now and then. Returns the old one. */
  changeLid(person: Person, lid: string | boolean): string | null {
    const old = person.lid;
    const fresh = this.lidFor(lid);
    if (old !== null) {
      this.byLid.delete(old);
      this.formerLids.add(old);
    }
    person.lid = fresh;
    if (fresh !== null) this.byLid.set(fresh, person);
    return old;
  }

  /** Takes a device away from its account, everywhere; its connection ends with `device_removed`. */
  removeCompanion(companion: Companion): void {
    companion.account.companions.delete(companion.deviceId);
    companion.confirmed = false;
    companion.link?.end(deviceRemoved());
  }

  private lidFor(wanted: string | boolean): string | null {
    if (wanted === false) return null;
    const lid = wanted === true ? this.freeLid() : wanted;
    if (!lidForm.test(lid)) throw new WorldError(`"${lid}" is not a LID in digits`);
    if (this.byLid.has(lid)) throw new WorldError(`the LID ${lid} is taken`);
    return lid;
  }

  private freeNumber(): string {
    for (;;) {
      const phoneNumber = `4915${this.random.pick(['11', '12', '14', '15', '16', '17'])}${this.random.digits(7)}`;
      if (!this.byPhoneNumber.has(phoneNumber)) return phoneNumber;
    }
  }

  private freeLid(): string {
    for (;;) {
      const lid = `${1 + this.random.below(9)}${this.random.digits(14)}`;
      if (!this.byLid.has(lid)) return lid;
    }
  }
}
