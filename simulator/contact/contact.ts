import type { AddressForm } from '../wire/jid.js';
import type { BinaryNode } from '../wire/node.js';
import { ContactDevice } from './contact-device.js';
import { ContactWriter } from './contact-writer.js';
import type { Delivery, Received, ReceivedMessage } from './delivery.js';
import { Inbox } from './inbox.js';
import { senderJid, statusReceipt } from './outgoing-stanzas.js';
import { RetryBook } from './retry-book.js';
import type { SignalDevice } from './signal-device.js';
import { StoryShelf, type OwnNames, type PersonName, type Story } from './story-shelf.js';

/** Who the hands belong to, as the simulator's world knows the person. */
export interface ContactPerson extends PersonName, OwnNames {
  /** False hides views: the person sees stories and nobody learns it. */
  readonly readReceipts: boolean;
  signalDevice(id: number): SignalDevice | undefined;
}

export interface ViewOptions {
  at: number;
  form: AddressForm;
  /** Own devices whose receipts go out; the phone alone when left out. */
  devices?: readonly number[];
  /** `played` is what phones send for voice and video that were started. */
  kind?: 'read' | 'played';
}

export type Viewed = { ok: true; stories: Story[]; receipts: BinaryNode[] } | { ok: false; reason: string };

/** The hands of one simulated person: receives, views and writes, on all of the person's devices. */
export class Contact {
  readonly stories: StoryShelf;
  readonly retries = new RetryBook();
  /** Unwatched people take what comes without decrypting it, and still send receipts. */
  watched = true;
  private readonly inbox: Inbox;
  private devices: Map<number, ContactDevice> | undefined;
  private madeWriter: ContactWriter | undefined;

  constructor(readonly person: ContactPerson) {
    this.stories = new StoryShelf(person.phoneNumber);
    const { stories, retries } = this;
    this.inbox = new Inbox({
      ownNumber: person.phoneNumber,
      stories,
      retries,
      findDevice: (id) => this.findDevice(id),
    });
  }

  /** Private messages, newest last; the last 200. */
  get messages(): readonly ReceivedMessage[] {
    return this.inbox.messages;
  }

  /** Likes, answers, writes and posts. */
  get writer(): ContactWriter {
    const { person, stories } = this;
    this.madeWriter ??= new ContactWriter({ person, stories, findDevice: (id) => this.findDevice(id) });
    return this.madeWriter;
  }

  /** Undefined when the person has no such device. */
  findDevice(id: number): ContactDevice | undefined {
    const existing = this.devices?.get(id);
    if (existing) return existing;
    const signal = this.person.signalDevice(id);
    const phone = this.person.signalDevice(0);
    if (!signal || !phone) return undefined;
    const device = new ContactDevice(id, signal, () => phone.identity());
    this.devices ??= new Map();
    this.devices.set(id, device);
    return device;
  }

  /** Takes one delivery on one device. Never throws for what a client sent. */
  receive(delivery: Delivery): Received {
    const isRead = this.watched || delivery.chat !== 'status';
    return isRead ? this.inbox.receive(delivery) : this.inbox.receiveUnread(delivery);
  }

  /**
   * Opens stories of one author: a receipt from each device, or none when the person hides views. Only what was
   * received, is not deleted and not older than 24 hours can be opened.
   */
  view(ids: readonly [string, ...string[]], options: ViewOptions): Viewed {
    const found = ids.map((id) => this.stories.findVisible(id, options.at));
    const stories: Story[] = [];
    for (const each of found) {
      if (!each.ok) return each;
      stories.push(each.story);
    }
    for (const story of stories) story.viewedAt ??= options.at;
    if (!this.person.readReceipts) return { ok: true, stories, receipts: [] };
    const { phoneNumber, lid } = this.person;
    const receipts = (options.devices ?? [0]).map((deviceId) =>
      statusReceipt({
        kind: options.kind ?? 'read',
        ids,
        participant: senderJid({ phoneNumber, lid, deviceId, form: options.form }),
        at: options.at,
      }),
    );
    return { ok: true, stories, receipts };
  }
}
