import type { ReplyOptions } from '../contact/contact-writer.js';
import type { ReplyWish } from '../contact/reply-message.js';
import type { Correspondent, Sent } from '../contact/sending.js';
import type { PersonName, Story } from '../contact/story-shelf.js';
import type { ServerParts } from '../protocol/server-parts.js';
import type { Account } from '../state/account.js';
import type { Person } from '../state/person.js';
import { ControlError } from './control-server.js';

type Context = Pick<ServerParts, 'courier' | 'delivered' | 'events' | 'now' | 'world'>;

/** What was sent, to how many devices of the account; `skipped` says of the others why not. */
export interface Reached {
  id: string;
  devices: number;
  skipped: string[];
}

export interface StatusView {
  id: string;
  author: { phoneNumber: string; lid: string | null };
  type: string | null;
  text: string | null;
  backgroundArgb: number | null;
  textArgb: number | null;
  font: number | null;
  receivedAt: string;
  viewedAt: string | null;
  deletedAt: string | null;
  likedWith: string | null;
  /** How often it arrived, on all of the person's devices together. */
  copies: number;
  devices: number[];
  misaddressed: boolean;
  warnings: readonly string[];
  canBeReshared: boolean;
  /** Of a voice note: how loud it is over its length, from 0 to 100. */
  waveform: number[] | null;
  /** Of a text with a link: what is shown of the page. `hasThumbnail`: with a picture. */
  link: { url: string; title: string | null; description: string | null; hasThumbnail: boolean } | null;
}

/** The hands of people who got statuses: reading, viewing, liking, answering. */
export class StoryControls {
  constructor(private readonly context: Context) {}

  /** What is on this person's phone, really decrypted there. Oldest first. */
  statuses(phoneNumber: string): StatusView[] {
    return this.person(phoneNumber).contact.stories.list(this.context.now()).map(describe);
  }

  /** Opens statuses of one author. The receipts leave at once, unless the person hides them. */
  view(
    phoneNumber: string,
    statusIds: readonly [string, ...string[]],
    options: { kind?: 'read' | 'played' | undefined; devices?: readonly number[] | undefined } = {},
  ): { receipts: number } {
    const person = this.person(phoneNumber);
    const form = this.context.courier.formOf(person);
    const { kind = 'read', devices = [0] } = options;
    const viewed = person.contact.view(statusIds, { at: this.context.now(), form, kind, devices });
    if (!viewed.ok) throw new ControlError(409, viewed.reason);
    this.context.events.emit('person', person);
    this.context.courier.sendReceipts(this.authorOf(statusIds[0]), viewed.receipts);
    return { receipts: viewed.receipts.length };
  }

  /** Many people open one status at the same moment. */
  viewTogether(
    people: readonly Person[],
    statusId: string,
    { shape, kind = 'read' }: { shape?: 'single' | 'participants' | undefined; kind?: 'read' | 'played' | undefined },
  ): void {
    const at = this.context.now();
    const receipts = people.flatMap((person) => {
      const form = this.context.courier.formOf(person);
      const viewed = person.contact.view([statusId], { at, form, kind });
      if (!viewed.ok) return [];
      this.context.events.emit('person', person);
      return viewed.receipts;
    });
    this.context.courier.sendReceipts(this.authorOf(statusId), receipts, shape);
  }

  /** Likes a status; an empty emoji takes the like back. `privately`: in the chat with its author. */
  like(phoneNumber: string, statusId: string, emoji = '💚', { privately = false } = {}): Reached {
    const person = this.person(phoneNumber);
    return this.send(person, statusId, (to) =>
      person.contact.writer.like(statusId, emoji, { ...this.sending(person, to), privately }),
    );
  }

  /** Answers a status; from another device than the phone with `device`, and under the id of an earlier answer with `id`. */
  reply(
    phoneNumber: string,
    statusId: string,
    wish: string | ReplyWish,
    { device = 0, ...options }: Pick<ReplyOptions, 'device' | 'id' | 'damaged'> = {},
  ): Reached {
    const person = this.person(phoneNumber);
    return this.send(person, statusId, (to) =>
      person.contact.writer.reply(statusId, wish, { ...this.sending(person, to), device, ...options }),
    );
  }

  /** Edits an answer to this status; `text` null: deletes it for everyone. */
  changeReply(phoneNumber: string, statusId: string, replyId: string, text: string | null): Reached {
    const person = this.person(phoneNumber);
    return this.send(person, statusId, (to, author) =>
      person.contact.writer.changeReply(replyId, text, author, this.sending(person, to)),
    );
  }

  /** A private message to an account. */
  write(phoneNumber: string, to: Account, text: string): Reached {
    const person = this.person(phoneNumber);
    return this.deliver(
      to,
      person.contact.writer.write(text, this.sending(person, this.context.world.correspondents(to))),
    );
  }

  /** Everybody who has this status and has not opened it yet, in no order. */
  holdersOf(statusId: string): Person[] {
    const found = this.context.delivered.find(statusId);
    if (!found) throw new ControlError(404, `nobody has a status ${statusId}`);
    const at = this.context.now();
    return [...found.people].filter((person) => {
      const story = person.contact.stories.find(statusId, at);
      return (
        person !== found.author.person && story !== undefined && story.viewedAt === null && story.deletedAt === null
      );
    });
  }

  private send(person: Person, statusId: string, act: (to: Correspondent[], author: PersonName) => Sent): Reached {
    const story = person.contact.stories.find(statusId, this.context.now());
    if (!story) throw new ControlError(409, `${person.phoneNumber} has no status ${statusId}`);
    const author = this.context.world.findAccount(story.author.phoneNumber);
    if (!author) throw new ControlError(409, `${story.author.phoneNumber} has no account any more`);
    const sent = act(this.context.world.correspondents(author), story.author);
    this.context.events.emit('person', person);
    return this.deliver(author, sent);
  }

  private deliver(to: Account, sent: Sent): Reached {
    if (!sent.ok) throw new ControlError(409, sent.reason);
    for (const message of sent.messages) to.companions.get(message.to.deviceId)?.deliver(message.node);
    return { id: sent.id, devices: sent.messages.length, skipped: sent.skipped };
  }

  private sending(person: Person, to: Correspondent[]) {
    return { to, form: this.context.courier.formOf(person), at: this.context.now() };
  }

  private authorOf(statusId: string): Account {
    const found = this.context.delivered.find(statusId);
    if (!found) throw new ControlError(404, `nobody has a status ${statusId}`);
    return found.author;
  }

  private person(phoneNumber: string): Person {
    const person = this.context.world.findPersonByNumber(phoneNumber);
    if (!person) throw new ControlError(404, `${phoneNumber} is nobody here`);
    return person;
  }
}

function describe(story: Story): StatusView {
  const { content } = story;
  return {
    id: story.id,
    author: story.author,
    type: content?.type ?? null,
    text: content?.text ?? null,
    backgroundArgb: content?.backgroundArgb ?? null,
    textArgb: content?.textArgb ?? null,
    font: content?.font ?? null,
    receivedAt: new Date(story.receivedAt).toISOString(),
    viewedAt: isoOrNull(story.viewedAt),
    deletedAt: isoOrNull(story.deletedAt),
    likedWith: story.likedWith,
    copies: story.copies,
    devices: [...story.devices],
    misaddressed: story.misaddressed,
    warnings: content?.warnings ?? [],
    canBeReshared: content?.canBeReshared ?? false,
    waveform: content?.media?.waveform ? [...content.media.waveform] : null,
    link: content?.link ? { ...withoutThumbnail(content.link), hasThumbnail: content.link.thumbnail !== null } : null,
  };
}

function withoutThumbnail({
  url,
  title,
  description,
}: {
  url: string;
  title: string | null;
  description: string | null;
}) {
  return { url, title, description };
}

function isoOrNull(at: number | null): string | null {
  return at === null ? null : new Date(at).toISOString();
}
