import { maxAudienceSize, type Audience, type ExclusionReason } from '../contract/audiences.js';
import { notFound, validationError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import type { PersonAddress } from '../whatsapp/gateway.js';
import type { Candidate } from './candidate.js';
import type { CandidatesStore } from './candidates-store.js';

/** Whom the phone shows statuses to. */
export interface StoryPrivacy {
  mode: 'contacts' | 'allowlist' | 'denylist';
  personIds: readonly string[];
}

/** The phone's address book and its status privacy, as far as they are known. */
export interface AddressBook {
  listSaved(sessionId: string): Promise<readonly PersonAddress[]>;
  storyPrivacyList(sessionId: string): Promise<StoryPrivacy | null>;
}

export interface AudienceOwner {
  sessionId: string;
  organizationId: string;
  ownNumber: string | null;
  /** The whole JID. */
  lid: string | null;
}

export interface ResolvedAudience {
  /** In the order of sending: who viewed most recently comes first. */
  included: Candidate[];
  excluded: { person: Candidate; reason: ExclusionReason }[];
}

const dayMs = 24 * 60 * 60_000;

/** Who is meant by an audience, and who is left out of it and why. Reads only. */
export class AudiencesService {
  constructor(
    private readonly candidates: CandidatesStore,
    private readonly addressBook: AddressBook,
    private readonly clock: Clock,
  ) {}

  /** Throws `not_found` for a list that the organization does not have, `validation_error` for too many people. */
  async resolve(owner: AudienceOwner, audience: Audience): Promise<ResolvedAudience> {
    if (audience.kind === 'self') return { included: [], excluded: [] };
    const privacy =
      audience.storyPrivacy === 'ignore' ? null : await this.addressBook.storyPrivacyList(owner.sessionId);
    const addresses = await this.addressesOf(owner, audience, privacy);
    if (addresses.length > maxAudienceSize) {
      throw validationError('audience', `A post has at most ${String(maxAudienceSize)} recipients.`);
    }
    const people = await this.candidates.know(owner.sessionId, addresses);
    const leaveOut = await this.exclusions(owner, audience, privacy);
    const resolved: ResolvedAudience = { included: [], excluded: [] };
    for (const person of people) {
      const reason = leaveOut(person);
      if (reason === undefined) resolved.included.push(person);
      else resolved.excluded.push({ person, reason });
    }
    resolved.included.sort((one, other) => (other.lastViewedAt ?? 0) - (one.lastViewedAt ?? 0));
    return resolved;
  }

  /** Numbers that do not want to be posted to by this session. */
  optedOut(organizationId: string, sessionId: string): Promise<string[]> {
    return this.candidates.optedOut(organizationId, sessionId);
  }

  /** Differs once the opt-outs that concern this session have changed; much cheaper than reading them. */
  optOutsVersion(organizationId: string, sessionId: string): Promise<string> {
    return this.candidates.optOutsVersion(organizationId, sessionId);
  }

  private async addressesOf(
    owner: AudienceOwner,
    audience: Exclude<Audience, { kind: 'self' }>,
    privacy: StoryPrivacy | null,
  ): Promise<readonly PersonAddress[]> {
    switch (audience.kind) {
      case 'numbers':
        return audience.numbers.map(numbered);
      case 'contacts':
        // WhatsApp itself takes an allow list as it stands.
        return privacy?.mode === 'allowlist'
          ? this.candidates.addressesOf(privacy.personIds)
          : this.addressBook.listSaved(owner.sessionId);
      case 'list':
        return (await this.membersOf(owner, audience.listId)).map(numbered);
      case 'segment': {
        const { segment } = audience;
        if (segment.type === 'tagged') {
          return (await this.candidates.tagged(owner.organizationId, segment.tag)).map(numbered);
        }
        const since = segment.type === 'viewed' ? this.clock.now().getTime() - segment.days * dayMs : 0;
        return this.candidates.segment(owner.sessionId, segment.type, since);
      }
    }
  }

  private async exclusions(
    owner: AudienceOwner,
    { except }: Exclude<Audience, { kind: 'self' }>,
    privacy: StoryPrivacy | null,
  ): Promise<(person: Candidate) => ExclusionReason | undefined> {
    const own = namesOf([{ phoneNumber: owner.ownNumber, lid: owner.lid?.split('@')[0] ?? null }]);
    const optedOut = new Set(await this.candidates.optedOut(owner.organizationId, owner.sessionId));
    const excepted = new Set(except?.numbers);
    for (const id of except?.listIds ?? []) for (const number of await this.membersOf(owner, id)) excepted.add(number);
    for (const tag of except?.tags ?? []) {
      for (const number of await this.candidates.tagged(owner.organizationId, tag)) excepted.add(number);
    }
    const listed = new Set(privacy?.personIds);
    const isListed = ({ personId }: Candidate) => personId !== null && listed.has(personId);
    const isIn = (names: ReadonlySet<string>, { phoneNumber, lid }: PersonAddress) =>
      (phoneNumber !== null && names.has(`n${phoneNumber}`)) || (lid !== null && names.has(`l${lid}`));
    return (person) => {
      if (isIn(own, person)) return 'own_account';
      if (person.phoneNumber !== null && optedOut.has(person.phoneNumber)) return 'opted_out';
      if (person.phoneNumber !== null && excepted.has(person.phoneNumber)) return 'excepted';
      if (privacy?.mode === 'denylist' && isListed(person)) return 'story_privacy_denied';
      if (privacy?.mode === 'allowlist' && !isListed(person)) return 'story_privacy_not_allowed';
      return undefined;
    };
  }

  private async membersOf(owner: AudienceOwner, listId: string): Promise<string[]> {
    const members = await this.candidates.listMembers(owner.organizationId, listId);
    if (!members) throw notFound('The list');
    return members;
  }
}

/** Why somebody is left out, in words. */
export function exclusionInWords(reason: ExclusionReason): string {
  switch (reason) {
    case 'own_account':
      return 'This is the own account, which gets every post anyway.';
    case 'excepted':
      return 'This person is among the exceptions of this post.';
    case 'opted_out':
      return 'This person does not want to be posted to.';
    case 'story_privacy_denied':
      return 'The status privacy on the phone hides statuses from this person.';
    case 'story_privacy_not_allowed':
      return 'The status privacy on the phone shows statuses to chosen people only, and this person is not one of them.';
  }
}

function numbered(phoneNumber: string): PersonAddress {
  return { phoneNumber, lid: null };
}

function namesOf(people: readonly PersonAddress[]): Set<string> {
  return new Set(
    people.flatMap(({ phoneNumber, lid }) => [
      ...(phoneNumber === null ? [] : [`n${phoneNumber}`]),
      ...(lid === null ? [] : [`l${lid}`]),
    ]),
  );
}
