import type { EncryptedPart as DecryptablePart } from '../contact/contact-device.js';
import type { Companion } from '../state/account.js';
import type { Person } from '../state/person.js';
import type { ContactCourier, Parcel } from './contact-courier.js';
import { formatJid, parseJid, statusBroadcast, type AddressForm, type DeviceAddress } from '../wire/jid.js';
import {
  incomingMessage,
  judgeStatusShape,
  messageAck,
  readMessage,
  type EncryptedPart,
  type OutgoingMessage,
} from '../wire/message-stanza.js';
import type { BinaryNode } from '../wire/node.js';
import { participantHash } from '../wire/participant-hash.js';
import type { ServerContext } from './server-context.js';

type Context = Pick<ServerContext, 'breathe' | 'faults' | 'refusals' | 'settings' | 'world'>;

const malformed = '400';
const invalidStanza = '479';

/** Whom a message went to: the devices of each person, and the form in which they were named. */
type Covered = Map<Person, { form: AddressForm; devices: Set<number> }>;

interface Judgement {
  error: string;
  rule: string;
  reason: string;
}

/** Takes messages of linked devices: judges them, acknowledges each exactly once, and delivers to those it names. */
export class MessageRouter {
  constructor(
    private readonly context: Context,
    private readonly courier: ContactCourier,
  ) {}

  async accept(sender: Companion, node: BinaryNode): Promise<void> {
    const message = readMessage(node);
    const { id = '', to = '' } = node.attrs;
    if (typeof message === 'string') {
      return this.refuse(sender, { id, to }, { error: malformed, rule: 'message', reason: message });
    }
    const judgement = this.judge(sender, message);
    if (judgement) return this.refuse(sender, message, judgement);
    const fault = this.context.faults.onMessage(sender, message);
    if (fault?.refuse !== undefined) {
      sender.link?.send(messageAck({ id, to, error: fault.refuse }));
      return;
    }
    const covered = await this.deliver(sender, message);
    const phash = fault?.phash ?? (to === statusBroadcast ? this.hashFor(sender, covered) : undefined);
    const ack = messageAck({ id, to, phash, refreshLid: fault?.refreshLid ?? this.usesFormerLid(message) });
    if (fault?.dropAck) return;
    if (fault?.ackDelayMs) setTimeout(() => sender.link?.send(ack), fault.ackDelayMs).unref();
    else sender.link?.send(ack);
  }

  private refuse(sender: Companion, { id, to }: { id: string; to: string }, { error, rule, reason }: Judgement): void {
    this.context.refusals.record(senderJid(sender, 'pn'), rule, reason);
    if (id && to) sender.link?.send(messageAck({ id, to, error }));
  }

  private judge(sender: Companion, message: OutgoingMessage): Judgement | null {
    if (message.to === statusBroadcast) {
      const shape = judgeStatusShape(message);
      return shape === null
        ? this.judgeAddressing(sender, message)
        : { error: malformed, rule: 'status-shape', reason: shape };
    }
    const to = parseJid(message.to);
    if (!to) return { error: malformed, rule: 'addressee', reason: `"${message.to}" is nobody's address` };
    if (message.participants.some(({ part }) => part === null)) {
      return { error: malformed, rule: 'addressee', reason: 'a participant of a private message without a ciphertext' };
    }
    if (message.direct.some((part) => part.type === 'skmsg')) {
      return { error: malformed, rule: 'addressee', reason: 'a skmsg to a single person' };
    }
    return null;
  }

  /** What field reports say that the real server refuses; each rule has its switch. */
  private judgeAddressing(sender: Companion, message: OutgoingMessage): Judgement | null {
    const { settings } = this.context;
    if (settings.refuseAddressingMode && message.addressingMode !== undefined) {
      return { error: invalidStanza, rule: 'addressing-mode', reason: 'a status must not carry addressing_mode' };
    }
    const forms = new Set(message.participants.map(({ address }) => address.form));
    if (settings.refuseMixedAddressing && forms.size > 1) {
      const reason = 'LIDs and phone numbers among the participants of one status';
      return { error: malformed, rule: 'mixed-addressing', reason };
    }
    if (settings.refusePhoneNumberAddressing && forms.has('pn') && sender.account.person.lid !== null) {
      const reason = 'an account with a LID addressed a status to phone numbers';
      return { error: invalidStanza, rule: 'phone-number-addressing', reason };
    }
    for (const { rule, reason, isRefused } of this.oddities(sender, message)) {
      if (isRefused) return { error: invalidStanza, rule, reason };
      this.context.refusals.warn(senderJid(sender, 'pn'), rule, reason);
    }
    return null;
  }

  /** What no other known client sends, and nobody has seen refused. */
  private oddities(
    sender: Companion,
    { participants }: OutgoingMessage,
  ): { rule: string; reason: string; isRefused: boolean }[] {
    const { settings, world } = this.context;
    const found = [];
    const self = participants.find(
      ({ address }) => address.device === sender.deviceId && world.findCompanion(address) === sender,
    );
    if (self) {
      const reason = `the sending device ${self.jid} is among the participants`;
      found.push({ rule: 'own-device', reason, isRefused: settings.refuseOwnDevice });
    }
    const bare = participants.find(({ address, part }) => part === null && address.device !== 0);
    if (bare) {
      const reason = `the device ${bare.jid} is named without a ciphertext; a person is, for all devices`;
      found.push({ rule: 'bare-device', reason, isRefused: settings.refuseBareDevices });
    }
    return found;
  }

  private usesFormerLid({ participants }: OutgoingMessage): boolean {
    return participants.some(({ address }) => address.form === 'lid' && this.context.world.isFormerLid(address.user));
  }

  /** Returns which devices of the people addressed it went to, and in which form they were named. */
  private async deliver(sender: Companion, message: OutgoingMessage): Promise<Covered> {
    const covered: Covered = new Map();
    if (message.participants.length === 0) this.deliverToOne(sender, message);
    const keyed = message.participants.filter(({ part }) => part !== null);
    const bare = message.participants.filter(({ part }) => part === null);
    // Whoever has a ciphertext of their own is not served a second time because of the person's bare name.
    for (const { address, part } of [...keyed, ...bare]) {
      const person = this.context.world.findPerson(address);
      if (!person) continue;
      const { devices } = covered.get(person) ?? { devices: new Set<number>() };
      covered.set(person, { form: address.form, devices });
      for (const device of this.devicesMeant(person, address, part)) {
        if (devices.has(device)) continue;
        devices.add(device);
        const parts = [...(part ? [part] : []), ...message.direct];
        this.deliverTo(sender, message, person, { ...address, device }, parts);
      }
      await this.context.breathe();
    }
    if (message.to === statusBroadcast) this.shareWithOthers(sender, message, covered);
    return covered;
  }

  /** A name without a ciphertext is a person's: everybody there who has the sender key reads the shared one. */
  private devicesMeant(person: Person, { device }: DeviceAddress, part: EncryptedPart | null): number[] {
    return part === null && device === 0 ? this.context.world.devicesOf(person).map(({ id }) => id) : [device];
  }

  /**
   * Whoever has one device named is meant as a person: the other devices get the shared ciphertext, which those can read
   * that hold the sender key. WhatsApp Web relies on it: it names no device that needs no key, and no person twice
   * (whatsapp-rust `wacore/src/send/status.rs`).
   */
  private shareWithOthers(sender: Companion, message: OutgoingMessage, covered: Covered): void {
    for (const [person, { form, devices }] of covered) {
      const user = form === 'lid' ? (person.lid ?? '') : person.phoneNumber;
      for (const { id } of this.context.world.devicesOf(person)) {
        if (!devices.has(id)) this.deliverTo(sender, message, person, { form, user, device: id }, message.direct);
      }
    }
  }

  /** The hash over all devices of the people named, when the settings say that the ack tells it. */
  private hashFor(sender: Companion, covered: Covered): string | undefined {
    const { ackPhash } = this.context.settings;
    if (ackPhash === 'never' || covered.size === 0) return undefined;
    const isSender = (person: Person, id: number): boolean =>
      person === sender.account.person && id === sender.deviceId;
    const isComplete = [...covered].every(([person, { devices }]) =>
      this.context.world.devicesOf(person).every(({ id }) => devices.has(id) || isSender(person, id)),
    );
    if (isComplete && ackPhash === 'when_uncovered') return undefined;
    const everybody = [...covered].flatMap(([person, { form }]) => {
      const user = form === 'lid' ? (person.lid ?? '') : person.phoneNumber;
      return this.context.world.devicesOf(person).map(({ id }): DeviceAddress => ({ form, user, device: id }));
    });
    return participantHash(everybody);
  }

  /** A private message without a list, or a resend of a status. A status that names nobody reaches nobody. */
  private deliverToOne(sender: Companion, message: OutgoingMessage): void {
    const address = parseJid(message.to === statusBroadcast ? message.participant : message.to);
    const person = address && this.context.world.findPerson(address);
    if (address && person) this.deliverTo(sender, message, person, address, message.direct);
  }

  private deliverTo(
    sender: Companion,
    message: OutgoingMessage,
    person: Person,
    address: DeviceAddress,
    parts: EncryptedPart[],
  ): void {
    const { world } = this.context;
    const blocked = world.findAccount(person.phoneNumber)?.blocked;
    if (person !== sender.account.person && blocked?.has(senderJid(sender, 'pn', 0))) return;
    const companion = world.findCompanion(address);
    if (companion === sender) return;
    if (companion) {
      companion.deliver(this.forward(sender, message, person, address.form, parts));
      return;
    }
    if (!person.hasSimulatedDevice(address.device)) return;
    this.courier.enqueue(parcel(sender, message, person, address, parts));
  }

  private forward(
    sender: Companion,
    message: OutgoingMessage,
    person: Person,
    form: AddressForm,
    parts: EncryptedPart[],
  ): BinaryNode {
    const { lid, phoneNumber, name } = sender.account.person;
    const notify = sender.pushName ?? name;
    const isOwn = person === sender.account.person;
    const isStatus = message.to === statusBroadcast;
    const author = senderJid(sender, form);
    const otherForm =
      form === 'lid' || lid === null
        ? { senderPn: lid === null ? undefined : formatJid({ form: 'pn', user: phoneNumber, device: 0 }) }
        : { senderLid: formatJid({ form: 'lid', user: lid, device: 0 }) };
    return incomingMessage({
      id: message.id,
      from: isStatus ? statusBroadcast : author,
      participant: isStatus ? author : undefined,
      recipient: isOwn && !isStatus ? message.to : undefined,
      type: message.type,
      notify,
      edit: message.edit,
      category: message.category,
      ...otherForm,
      parts,
      deviceIdentity: message.deviceIdentity,
    });
  }
}

function parcel(
  sender: Companion,
  message: OutgoingMessage,
  person: Person,
  address: DeviceAddress,
  parts: EncryptedPart[],
): Parcel {
  const { account, registration } = sender;
  return {
    messageId: message.id,
    chat: message.to === statusBroadcast ? 'status' : 'direct',
    person,
    address,
    sender,
    to: message.to,
    from: {
      phoneNumber: account.phoneNumber,
      lid: account.person.lid,
      deviceId: sender.deviceId,
      accountIdentity: account.identity.publicKey,
      identity: registration.identityKey,
    },
    parts: parts.filter(isDecryptable),
    deviceIdentity: message.deviceIdentity,
  };
}

function isDecryptable<T extends EncryptedPart>(part: T): part is T & DecryptablePart {
  return part.type === 'pkmsg' || part.type === 'msg' || part.type === 'skmsg';
}

/** The sender as others see it: in the form in which they were addressed themselves, when it exists. */
function senderJid(sender: Companion, form: AddressForm, device = sender.deviceId): string {
  const { phoneNumber, person } = sender.account;
  return form === 'lid' && person.lid !== null
    ? formatJid({ form: 'lid', user: person.lid, device })
    : formatJid({ form: 'pn', user: phoneNumber, device });
}
