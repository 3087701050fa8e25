import type { EncryptedPart as DecryptablePart } from '../contact/contact-device.js';
import type { Companion } from '../state/companion.js';
import type { Person } from '../state/person.js';
import type { ContactCourier, Parcel } from './contact-courier.js';
import { formatJid, parseJid, STATUS_JID, type AddressForm, type DeviceAddress } from './jid.js';
import {
  incomingMessage,
  judgeStatusShape,
  messageAck,
  readMessage,
  type EncryptedPart,
  type OutgoingMessage,
} from './message-stanza.js';
import type { BinaryNode } from './node.js';
import type { ServerContext } from './server-context.js';

const MALFORMED = '400';
const STALE_ADDRESSING = '479';

interface Judgement {
  error: string;
  rule: string;
  reason: string;
}

/** Takes messages of linked devices: judges them, acknowledges each exactly once, and delivers to those it names. */
export class MessageRouter {
  readonly hands: ContactCourier;
  readonly #context: ServerContext;

  constructor(context: ServerContext, hands: ContactCourier) {
    this.#context = context;
    this.hands = hands;
  }

  async accept(sender: Companion, node: BinaryNode): Promise<void> {
    const message = readMessage(node);
    const { id = '', to = '' } = node.attrs;
    if (typeof message === 'string') {
      return this.#refuse(sender, { id, to }, { error: MALFORMED, rule: 'message', reason: message });
    }
    const judgement = this.#judge(sender, message);
    if (judgement) return this.#refuse(sender, message, judgement);
    const fault = this.#context.faults.onMessage(sender, message);
    if (fault?.refuse !== undefined) {
      sender.link?.send(messageAck({ id, to, error: fault.refuse }));
      return;
    }
    const uncovered = await this.#deliver(sender, message);
    const phash = fault?.phash ?? (uncovered > 0 && to === STATUS_JID ? `2:uncovered${uncovered}` : undefined);
    const ack = messageAck({ id, to, phash, refreshLid: fault?.refreshLid ?? this.#usesFormerLid(message) });
    if (fault?.dropAck) return;
    if (fault?.ackDelayMs) setTimeout(() => sender.link?.send(ack), fault.ackDelayMs).unref();
    else sender.link?.send(ack);
  }

  #refuse(sender: Companion, { id, to }: { id: string; to: string }, { error, rule, reason }: Judgement): void {
    this.#context.refusals.record(senderJid(sender, 'pn'), rule, reason);
    if (id && to) sender.link?.send(messageAck({ id, to, error }));
  }

  #judge(sender: Companion, message: OutgoingMessage): Judgement | null {
    if (message.to === STATUS_JID) {
      const shape = judgeStatusShape(message);
      return shape === null
        ? this.#judgeAddressing(sender, message)
        : { error: MALFORMED, rule: 'status-shape', reason: shape };
    }
    const to = parseJid(message.to);
    if (!to) return { error: MALFORMED, rule: 'addressee', reason: `"${message.to}" is nobody's address` };
    if (message.participants.some(({ part }) => part === null)) {
      return { error: MALFORMED, rule: 'addressee', reason: 'a participant of a private message without a ciphertext' };
    }
    if (message.direct.some((part) => part.type === 'skmsg')) {
      return { error: MALFORMED, rule: 'addressee', reason: 'a skmsg to a single person' };
    }
    return null;
  }

  /** What field reports say the real server answers with 479; each rule has its switch. */
  #judgeAddressing(sender: Companion, message: OutgoingMessage): Judgement | null {
    const { settings, world } = this.#context;
    const refuse = (rule: string, reason: string) => ({ error: STALE_ADDRESSING, rule, reason });
    if (settings.refuseAddressingMode && message.addressingMode !== undefined) {
      return refuse('addressing-mode', 'a status must not carry addressing_mode');
    }
    const forms = new Set(message.participants.map(({ address }) => address.form));
    if (settings.refuseMixedAddressing && forms.size > 1) {
      return refuse('mixed-addressing', 'LIDs and phone numbers among the participants of one status');
    }
    if (settings.refusePhoneNumberAddressing && forms.has('pn') && sender.account.person.lid !== null) {
      return refuse('phone-number-addressing', 'an account with a LID addressed a status to phone numbers');
    }
    const self = message.participants.find(({ address }) => world.findCompanion(address) === sender);
    if (settings.refuseOwnDevice && self) {
      return refuse('own-device', `the sending device ${self.jid} is among the participants`);
    }
    return null;
  }

  #usesFormerLid({ participants }: OutgoingMessage): boolean {
    return participants.some(({ address }) => address.form === 'lid' && this.#context.world.isFormerLid(address.user));
  }

  /** Returns how many existing devices of the people addressed were left out. */
  async #deliver(sender: Companion, message: OutgoingMessage): Promise<number> {
    const covered = new Map<Person, Set<number>>();
    for (const { address, part } of message.participants) {
      const person = this.#context.world.findPerson(address);
      if (!person) continue;
      const devices = covered.get(person) ?? new Set();
      covered.set(person, devices.add(address.device));
      this.#deliverTo(sender, message, person, address, [...(part ? [part] : []), ...message.direct]);
      await this.#context.breathe();
    }
    const direct = parseJid(message.to);
    if (direct && message.participants.length === 0) {
      const person = this.#context.world.findPerson(direct);
      if (person) this.#deliverTo(sender, message, person, direct, message.direct);
    }
    let uncovered = 0;
    for (const [person, devices] of covered) {
      const missing = person.devices().filter(({ id }) => !devices.has(id));
      const isSelf = person === sender.account.person && missing.some(({ id }) => id === sender.deviceId);
      uncovered += missing.length - (isSelf ? 1 : 0);
    }
    return uncovered;
  }

  #deliverTo(
    sender: Companion,
    message: OutgoingMessage,
    person: Person,
    address: DeviceAddress,
    parts: EncryptedPart[],
  ): void {
    if (person !== sender.account.person && person.account?.blocked.has(senderJid(sender, 'pn', 0))) return;
    const companion = this.#context.world.findCompanion(address);
    if (companion) {
      companion.deliver(this.#forward(sender, message, person, address.form, parts));
      return;
    }
    if (!person.hasSimulatedDevice(address.device)) return;
    this.hands.enqueue(parcel(sender, message, person, address, parts));
  }

  #forward(
    sender: Companion,
    message: OutgoingMessage,
    person: Person,
    form: AddressForm,
    parts: EncryptedPart[],
  ): BinaryNode {
    const { lid, phoneNumber, name } = sender.account.person;
    const isOwn = person === sender.account.person;
    const isStatus = message.to === STATUS_JID;
    const author = senderJid(sender, form);
    const otherForm =
      form === 'lid' || lid === null
        ? { senderPn: lid === null ? undefined : formatJid({ form: 'pn', user: phoneNumber, device: 0 }) }
        : { senderLid: formatJid({ form: 'lid', user: lid, device: 0 }) };
    return incomingMessage({
      id: message.id,
      from: isStatus ? STATUS_JID : author,
      participant: isStatus ? author : undefined,
      recipient: isOwn && !isStatus ? message.to : undefined,
      type: message.type,
      notify: name,
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
    chat: message.to === STATUS_JID ? 'status' : 'direct',
    person,
    address,
    sender,
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
