import type { Story } from '../contact/story-shelf.js';
import type { ServerContext } from '../protocol/server-context.js';
import type { Person } from '../state/person.js';

type Context = Pick<ServerContext, 'now' | 'world'>;

const maxListed = 60;
const maxRecent = 500;
/** Phones write 64. */
const maxBars = 64;

/** A line in the list of phones. */
export interface PhoneLine {
  phoneNumber: string;
  lid: string | null;
  name: string;
  stories: number;
  unseen: number;
  readReceipts: boolean;
  /** Linked clients; only for phones that linked any. */
  linked: { online: number; total: number } | null;
}

export interface StoryView {
  id: string;
  author: { phoneNumber: string; name: string; isSelf: boolean };
  type: string | null;
  text: string | null;
  background: string | null;
  color: string | null;
  font: number | null;
  link: { url: string; title: string | null; description: string | null } | null;
  media: {
    mimetype: string;
    seconds: number | null;
    width: number | null;
    height: number | null;
    /** Loudness from 0 to 100, as the voice note claims it. */
    waveform: number[] | null;
  } | null;
  receivedAt: number;
  viewedAt: number | null;
  likedWith: string | null;
  deletedAt: number | null;
  copies: number;
  devices: number[];
  misaddressed: boolean;
  canBeReshared: boolean;
  warnings: readonly string[];
}

export interface PhoneView extends PhoneLine {
  storyList: StoryView[];
  messages: { from: string; text: string | null; at: number }[];
}

/** What the page shows of people: those who have linked devices, those with something new, and whoever is searched for. */
export class FacePeople {
  /** People with something new, the latest last. */
  private readonly recent = new Set<Person>();

  constructor(private readonly context: Context) {}

  noteChange(person: Person): void {
    this.recent.delete(person);
    this.recent.add(person);
    const [oldest] = this.recent;
    if (this.recent.size > maxRecent && oldest) this.recent.delete(oldest);
  }

  /** At most 60 contacts: those who match, or without a search the ones with the latest news. */
  list(search: string): { accounts: PhoneLine[]; contacts: PhoneLine[]; total: number } {
    const { world } = this.context;
    const accounts = [...world.accounts].map(({ person }) => this.line(person));
    const found = search === '' ? this.latest() : this.matching(search);
    const contacts = found.slice(0, maxListed).map((person) => this.line(person));
    return { accounts, contacts, total: world.size.people - world.size.accounts };
  }

  find(phoneNumber: string): PhoneView | undefined {
    const person = this.context.world.findPersonByNumber(phoneNumber);
    if (!person) return undefined;
    const stories = person.contact.stories.list(this.context.now());
    const messages = person.contact.messages.map(({ from, text, at }) => ({
      from: this.nameOf(from.phoneNumber),
      text,
      at,
    }));
    return { ...this.line(person), storyList: stories.map((story) => this.story(person, story)), messages };
  }

  private latest(): Person[] {
    const latest = [...this.recent].reverse().filter((person) => this.isContact(person));
    for (const person of this.context.world.people) {
      if (latest.length >= maxListed) break;
      if (this.isContact(person) && !this.recent.has(person)) latest.push(person);
    }
    return latest;
  }

  private matching(search: string): Person[] {
    const wanted = search.toLowerCase();
    const matching: Person[] = [];
    for (const person of this.context.world.people) {
      if (matching.length >= maxListed) break;
      const isMatch = person.name.toLowerCase().includes(wanted) || person.phoneNumber.includes(wanted);
      if (isMatch && this.isContact(person)) matching.push(person);
    }
    return matching;
  }

  private isContact({ phoneNumber }: Person): boolean {
    return this.context.world.findAccount(phoneNumber) === undefined;
  }

  private line(person: Person): PhoneLine {
    const { phoneNumber, lid, name, readReceipts } = person;
    const stories = person.contact.stories.list(this.context.now()).filter(({ deletedAt }) => deletedAt === null);
    const unseen = stories.filter(({ viewedAt, author }) => viewedAt === null && author.phoneNumber !== phoneNumber);
    const account = this.context.world.findAccount(phoneNumber);
    const devices = account?.liveCompanions ?? [];
    const linked =
      account === undefined
        ? null
        : {
            online: devices.filter(({ link }) => link !== null).length,
            total: devices.length,
          };
    return { phoneNumber, lid, name, readReceipts, stories: stories.length, unseen: unseen.length, linked };
  }

  private story(owner: Person, story: Story): StoryView {
    const { content, author } = story;
    return {
      id: story.id,
      author: {
        phoneNumber: author.phoneNumber,
        name: this.nameOf(author.phoneNumber),
        isSelf: author.phoneNumber === owner.phoneNumber,
      },
      type: content?.type ?? null,
      text: content?.text ?? null,
      background: cssColor(content?.backgroundArgb),
      color: cssColor(content?.textArgb),
      font: content?.font ?? null,
      link: content?.link
        ? { url: content.link.url, title: content.link.title, description: content.link.description }
        : null,
      media: content?.media
        ? {
            mimetype: content.media.mimetype,
            seconds: content.media.seconds,
            width: content.media.width,
            height: content.media.height,
            waveform: content.media.waveform && [...content.media.waveform.subarray(0, maxBars)],
          }
        : null,
      receivedAt: story.receivedAt,
      viewedAt: story.viewedAt,
      likedWith: story.likedWith,
      deletedAt: story.deletedAt,
      copies: story.copies,
      devices: [...story.devices],
      misaddressed: story.misaddressed,
      canBeReshared: content?.canBeReshared ?? false,
      warnings: content?.warnings ?? [],
    };
  }

  private nameOf(phoneNumber: string): string {
    return this.context.world.findPersonByNumber(phoneNumber)?.name ?? phoneNumber;
  }
}

/** ARGB as the wire has it, to `#RRGGBBAA`. */
function cssColor(argb: number | null | undefined): string | null {
  if (argb == null) return null;
  const hex = (argb >>> 0).toString(16).padStart(8, '0');
  return `#${hex.slice(2)}${hex.slice(0, 2)}`;
}
