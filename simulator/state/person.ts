import { Contact, type ContactPerson } from '../contact/contact.js';
import { SignalDevice } from '../contact/signal-device.js';
import type { KeyPair } from '../crypto/x25519.js';
import type { AddressForm } from '../wire/jid.js';

/** A person's name on the wire and how many devices the person has. */
export interface PersonOptions {
  phoneNumber: string;
  lid: string | null;
  name: string;
  verifiedName: string | null;
  onWhatsApp: boolean;
  readReceipts: boolean;
  deviceCount: number;
  oneTimePreKeys: number | undefined;
  /** 32 bytes from which a device's keys are derived. */
  seedOf(device: number, installation: number): Buffer;
}

export interface DeviceEntry {
  id: number;
  /** Undefined for the phone itself, and for a device that it has not signed. */
  keyIndex: number | undefined;
}

/** The number, and the LID if there is one. */
export function namesOf({ phoneNumber, lid }: Person): string[] {
  return lid === null ? [phoneNumber] : [phoneNumber, lid];
}

/** Somebody on WhatsApp. Costs next to nothing until one of the devices is used. */
export class Person implements ContactPerson {
  readonly phoneNumber: string;
  lid: string | null;
  name: string;
  readonly verifiedName: string | null;
  onWhatsApp: boolean;
  readReceipts: boolean;
  /** The form in which a sender last addressed this person. */
  addressedAs: AddressForm = 'pn';
  /** Simulated devices: the phone is 0, the others follow it. */
  deviceCount: number;
  /** Of those, linked ones that the phone has not signed: the server lists them without a key index. */
  readonly unsignedDevices = new Set<number>();
  private installation = 0;
  private madeContact: Contact | undefined;
  private signalDevices: Map<number, SignalDevice> | undefined;

  constructor(private readonly options: PersonOptions) {
    this.phoneNumber = options.phoneNumber;
    this.lid = options.lid;
    this.name = options.name;
    this.verifiedName = options.verifiedName;
    this.onWhatsApp = options.onWhatsApp;
    this.readReceipts = options.readReceipts;
    this.deviceCount = options.deviceCount;
  }

  simulatedDevices(): DeviceEntry[] {
    return Array.from({ length: this.deviceCount }, (_, id) => ({ id, keyIndex: this.keyIndexOf(id) }));
  }

  /** Undefined for the phone, and for a device that it has not signed. */
  keyIndexOf(id: number): number | undefined {
    return id === 0 || this.unsignedDevices.has(id) ? undefined : id;
  }

  /** The person's hands: what was received, and viewing, liking and answering it. */
  get contact(): Contact {
    this.madeContact ??= new Contact(this);
    return this.madeContact;
  }

  hasSimulatedDevice(id: number): boolean {
    return this.onWhatsApp && id < this.deviceCount;
  }

  /** The keys of a simulated device, made on first use. Undefined when there is no such device. */
  signalDevice(id: number): SignalDevice | undefined {
    if (id >= this.deviceCount) return undefined;
    this.signalDevices ??= new Map();
    let device = this.signalDevices.get(id);
    if (!device) {
      const { oneTimePreKeys } = this.options;
      device = new SignalDevice({
        seed: this.options.seedOf(id, this.installation),
        ...(oneTimePreKeys === undefined ? {} : { oneTimePreKeys }),
      });
      this.signalDevices.set(id, device);
    }
    return device;
  }

  /** WhatsApp was installed anew: other keys on every device, and nothing left of what was on them. */
  reinstall(): void {
    const watched = this.madeContact?.watched ?? true;
    this.installation += 1;
    this.signalDevices = undefined;
    this.madeContact = new Contact(this);
    this.madeContact.watched = watched;
  }

  /** The phone's identity, which is the account's. */
  get phoneIdentity(): KeyPair {
    const phone = this.signalDevice(0);
    if (!phone) throw new Error(`${this.phoneNumber} has no phone`);
    return phone.identity();
  }
}
