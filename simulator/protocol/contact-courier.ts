import type { Delivery, Received } from '../contact/delivery.js';
import type { Account, Companion } from '../state/account.js';
import type { Person } from '../state/person.js';
import type { SimulatorSettings } from '../state/settings.js';
import { formatJid, type DeviceAddress } from '../wire/jid.js';
import { element, unixSeconds, type BinaryNode } from '../wire/node.js';
import type { RetryRequest } from './retry-request.js';
import { groupReceipts } from '../wire/receipt-stanza.js';
import type { ServerContext } from './server-context.js';

type Context = Pick<
  ServerContext,
  'breathe' | 'delivered' | 'events' | 'log' | 'nextStanzaId' | 'now' | 'refusals' | 'settings' | 'world'
>;

const maxWaiting = 500_000;

/** A message for one simulated device, with who sent it. */
export interface Parcel extends Omit<Delivery, 'at' | 'addressedAs' | 'toDevice'> {
  person: Person;
  address: DeviceAddress;
  sender: Companion;
  /** Whom the message is for: own devices, which get a copy, name that when they ask for it again. */
  to: string;
}

/** Brings messages to simulated people, one after the other, and their receipts back to the sender's devices. */
export class ContactCourier {
  private waiting: Parcel[] = [];
  private running: Promise<void> | null = null;
  /** Answers that wait for their time to leave. */
  private readonly answering = new Set<NodeJS.Timeout>();
  private isStopped = false;
  private idle: (() => void)[] = [];

  constructor(private readonly context: Context) {}

  enqueue(parcel: Parcel): void {
    if (this.isStopped) return;
    if (this.waiting.length + this.answering.size >= maxWaiting) {
      this.context.log('error', 'too many messages wait for simulated people; one is dropped', {});
      return;
    }
    this.waiting.push(parcel);
    this.running ??= this.work();
  }

  /** Resolves when everything sent so far was received and every automatic receipt has left. */
  drain(): Promise<void> {
    if (!this.running && this.answering.size === 0) return Promise.resolve();
    return new Promise((resolve) => this.idle.push(resolve));
  }

  /** Delivers and answers nothing any more; whoever waits in `drain` is let go. */
  stop(): void {
    this.isStopped = true;
    this.waiting = [];
    for (const timer of this.answering) clearTimeout(timer);
    this.answering.clear();
    this.settle();
  }

  /** Receipts of people for statuses of an account, in the shape that is asked for; the settings' own by default. */
  sendReceipts(
    author: Account,
    receipts: readonly BinaryNode[],
    shape: SimulatorSettings['receiptShape'] = this.context.settings.receiptShape,
  ): void {
    const shaped = shape === 'participants' ? groupReceipts(receipts, () => this.context.nextStanzaId()) : receipts;
    for (const companion of author.liveCompanions) for (const node of shaped) companion.deliver(node);
  }

  /** A simulated device sends a message once more to the one that could not read it. Words when it cannot. */
  sendAgain(asker: Companion, person: Person, device: number, request: RetryRequest): string | null {
    const { world } = this.context;
    const to = world.correspondents(asker.account).find(({ deviceId }) => deviceId === asker.deviceId);
    if (!to) return `${asker.jid} is linked no more`;
    const sent = person.contact.writer.sendAgain(request, to, {
      device,
      form: this.formOf(person),
      at: this.context.now(),
    });
    if (!sent.ok) return sent.reason;
    for (const { node } of sent.messages) asker.deliver(node);
    return null;
  }

  /** How this person appears to senders: as they last addressed the person, unless a setting says otherwise. */
  formOf(person: Person): 'pn' | 'lid' {
    const { receiptForm } = this.context.settings;
    const wanted = receiptForm === 'as_addressed' ? person.addressedAs : receiptForm;
    return wanted === 'lid' && person.lid === null ? 'pn' : wanted;
  }

  private async work(): Promise<void> {
    // The sender's acknowledgement goes first; nobody receives within the sender's own turn.
    await Promise.resolve();
    while (this.waiting.length > 0) {
      const batch = this.waiting;
      this.waiting = [];
      for (const parcel of batch) {
        if (this.isStopped) break;
        this.deliver(parcel);
        await this.context.breathe();
      }
    }
    this.running = null;
    this.settle();
  }

  private deliver(parcel: Parcel): void {
    const { person, address, sender } = parcel;
    person.addressedAs = address.form;
    const addressedAs = this.addressOf(person, address.device);
    const received = person.contact.receive({
      messageId: parcel.messageId,
      chat: parcel.chat,
      from: parcel.from,
      parts: parcel.parts,
      deviceIdentity: parcel.deviceIdentity,
      toDevice: address.device,
      addressedAs,
      at: this.context.now(),
    });
    for (const refusal of received.refusals) {
      const device = formatJid(address);
      this.context.refusals.record(
        sender.jid,
        `contact:${refusal.kind}`,
        `${device} could not use ${parcel.messageId}: ${refusal.reason}`,
      );
    }
    if (received.content.result === 'story') this.context.delivered.add(parcel.messageId, sender.account, person);
    if (received.content.result === 'deleted') this.context.delivered.remove(received.content.story.id, person);
    this.context.events.emit('person', person);
    this.answer(parcel, received, addressedAs);
  }

  private answer(parcel: Parcel, received: Received, addressedAs: string): void {
    const { sender, person } = parcel;
    const isOwn = person === sender.account.person;
    const answers = isOwn ? ownAnswers(parcel, received) : [...received.answers];
    if (!isOwn && received.content.result === 'message') {
      const { messageId: id } = parcel;
      answers.push(element('receipt', { from: addressedAs, id, t: unixSeconds(this.context.now()) }));
    }
    const { deliveryReceipts, deliveryReceiptDelayMs } = this.context.settings;
    const leaving = answers.filter((node) => node.attrs['type'] === 'retry' || deliveryReceipts);
    if (leaving.length === 0) return;
    const timer = setTimeout(() => {
      this.answering.delete(timer);
      for (const node of leaving) {
        // Only the device that encrypted a message can encrypt it again.
        if (node.attrs['type'] === 'retry') sender.deliver(node);
        else this.sendReceipts(sender.account, [node]);
      }
      this.settle();
    }, deliveryReceiptDelayMs).unref();
    this.answering.add(timer);
  }

  private addressOf(person: Person, device: number): string {
    const form = this.formOf(person);
    return formatJid({ form, user: form === 'lid' ? (person.lid ?? '') : person.phoneNumber, device });
  }

  private settle(): void {
    if (this.running || this.answering.size > 0) return;
    const idle = this.idle;
    this.idle = [];
    for (const resolve of idle) resolve();
  }
}

/** An own phone asks for what it could not open of a private message; of anything else the sender hears nothing. */
function ownAnswers({ chat, to }: Parcel, { answers }: Received): BinaryNode[] {
  const asking = chat === 'direct' ? answers.filter(({ attrs }) => attrs['type'] === 'retry') : [];
  return asking.map((node) => ({ ...node, attrs: { ...node.attrs, recipient: to } }));
}
