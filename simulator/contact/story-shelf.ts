import type { StoryContent } from './story-content.js';

const storyLifetimeMs = 24 * 60 * 60 * 1000;
const maxStories = 1000;

export interface PersonName {
  phoneNumber: string;
  lid: string | null;
}

/** What a person's messages say of who sends them, beside the address. */
export interface OwnNames {
  /** Push name. */
  readonly name: string;
  /** Of a business: its messages carry a certificate of it. */
  readonly verifiedName: string | null;
}

/** One status of somebody, as it lies on a person's phone. Times in milliseconds since 1970. */
export interface Story {
  readonly id: string;
  readonly author: PersonName;
  /** Null when this person's messages are received without decrypting them. */
  readonly content: StoryContent | null;
  /** Identifies the decrypted bytes, so that another content under the same id is noticed. */
  readonly fingerprint: string | null;
  readonly receivedAt: number;
  /** Numbers of the devices that have it. */
  readonly devices: Set<number>;
  /** How often it arrived, on all devices together. Shown once all the same. */
  copies: number;
  viewedAt: number | null;
  likedWith: string | null;
  deletedAt: number | null;
  /** Arrived as a resend that named the device instead of `status@broadcast`. */
  misaddressed: boolean;
}

export interface ArrivedStory {
  id: string;
  author: PersonName;
  content: StoryContent | null;
  fingerprint: string | null;
  device: number;
  at: number;
  misaddressed: boolean;
}

export type Shelved =
  | { result: 'new' | 'known'; story: Story }
  /** The author took it back before this copy came. */
  | { result: 'deleted'; story: Story }
  | { result: 'refused'; reason: string };

export type FoundStory = { ok: true; story: Story } | { ok: false; reason: string };

/** The stories on one person's phone: each shown once, gone after 24 hours, the newest thousand kept. */
export class StoryShelf {
  private readonly owner: string;
  private readonly stories = new Map<string, Story>();

  constructor(ownersPhoneNumber: string) {
    this.owner = ownersPhoneNumber;
  }

  add(arrived: ArrivedStory): Shelved {
    this.forgetOld(arrived.at);
    const known = this.stories.get(arrived.id);
    if (!known) {
      const { device, at, ...rest } = arrived;
      const story: Story = {
        ...rest,
        receivedAt: at,
        devices: new Set([device]),
        copies: 1,
        viewedAt: null,
        likedWith: null,
        deletedAt: null,
      };
      this.stories.set(story.id, story);
      return { result: 'new', story };
    }
    if (known.author.phoneNumber !== arrived.author.phoneNumber) {
      return { result: 'refused', reason: `message id ${arrived.id} belongs to a status of somebody else` };
    }
    if (known.deletedAt !== null) return { result: 'deleted', story: known };
    if (known.fingerprint !== null && arrived.fingerprint !== null && known.fingerprint !== arrived.fingerprint) {
      return { result: 'refused', reason: `another content came under the id ${arrived.id}` };
    }
    known.copies += 1;
    known.devices.add(arrived.device);
    return { result: 'known', story: known };
  }

  /** The author takes a status back. `tooEarly` when the status has not come yet: phones ask for the revoke again. */
  revoke(
    id: string,
    author: PersonName,
    at: number,
  ): { ok: true; story: Story } | { ok: false; reason: string; tooEarly: boolean } {
    const story = this.find(id, at);
    if (!story) return { ok: false, reason: `there is no status ${id} to delete`, tooEarly: true };
    if (story.author.phoneNumber !== author.phoneNumber) {
      return { ok: false, reason: `only its author may delete status ${id}`, tooEarly: false };
    }
    story.deletedAt ??= at;
    return { ok: true, story };
  }

  /** Also deleted ones; not those older than 24 hours. */
  find(id: string, at: number): Story | undefined {
    const story = this.stories.get(id);
    return story && at - story.receivedAt < storyLifetimeMs ? story : undefined;
  }

  /** One that the person can open now; words when there is none. */
  findVisible(id: string, at: number): FoundStory {
    const story = this.find(id, at);
    if (!story) return { ok: false, reason: `${this.owner} has no status ${id}` };
    if (story.deletedAt !== null) return { ok: false, reason: `status ${id} was deleted by its author` };
    return { ok: true, story };
  }

  /** Oldest first, deleted ones included. */
  list(at: number): Story[] {
    this.forgetOld(at);
    return [...this.stories.values()];
  }

  private forgetOld(at: number): void {
    for (const story of this.stories.values()) {
      const isOld = at - story.receivedAt >= storyLifetimeMs;
      if (!isOld && this.stories.size < maxStories) return;
      this.stories.delete(story.id);
    }
  }
}
