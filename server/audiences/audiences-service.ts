import { maxAudienceSize, type Audience, type ExclusionReason } from '../contract/audiences.js';
import { notFound, validationError } from '../lib/app-error.js';
import type { FoundNumber, PersonAddress, StatusSetting } from '../whatsapp/gateway.js';
import { userOf } from '../whatsapp/jid.js';
import type { Candidate } from './candidate.js';
import type { CandidatesReportStore } from './candidates-report-store.js';
import {
  addressWith,
  leaveOutBy,
  type LeaveOutRules,
  type LeftOut,
  numbersToLookUp,
  type PhoneList,
  withFound,
} from './left-out.js';
import type { Segments } from './segments.js';
import { sharedFacts, type SharedFacts } from './shared-facts.js';

/** The phone's address book and its status privacy, as far as they are known. */
export interface AddressBook {
  listSaved(sessionId: string): Promise<readonly PersonAddress[]>;
  /** null while it is not known. */
  storyPrivacyList(sessionId: string): Promise<PhoneList | null>;
  /** null while it is not known. */
  storyPrivacyMode(sessionId: string): Promise<StatusSetting | null>;
  isOnStoryPrivacyList(sessionId: string, personId: string): Promise<boolean>;
}

/** What WhatsApp knows of numbers; undefined when it cannot be asked, or does not answer. Pairs are recorded before. */
export type FindNumbers = (
  sessionId: string,
  phoneNumbers: readonly string[],
) => Promise<ReadonlyMap<string, FoundNumber> | undefined>;

export interface SessionPlace {
  sessionId: string;
  organizationId: string;
}

export interface AudienceOwner extends SessionPlace {
  ownNumber: string | null;
  /** The whole JID. */
  lid: string | null;
}

export interface ResolvedAudience {
  /** In the order of sending: who viewed most recently comes first. */
  included: Candidate[];
  /** Of these it is found out only when the post goes out whether they are on a list: nobody could say now. */
  undecided: { person: Candidate; reason: ExclusionReason }[];
  excluded: { person: Candidate; reason: ExclusionReason }[];
  /** The phone's list counts, and nobody knows it yet: who is on it is not left out of `included`. */
  isPhoneListMissing: boolean;
}

/** Of an audience that is known to be nobody. */
export const nobodyResolved: ResolvedAudience = {
  included: [],
  undecided: [],
  excluded: [],
  isPhoneListMissing: false,
};

/** So many numbers WhatsApp is asked about before a post is accepted, or for a preview; the post itself asks about all. */
const maxAskedBefore = 2_000;

/** Who is meant by an audience, and who is left out of it and why. Reads only. */
export class AudiencesService {
  constructor(
    private readonly candidates: CandidatesReportStore,
    private readonly addressBook: AddressBook,
    private readonly segments: Pick<Segments, 'people'>,
    private readonly findNumbers: FindNumbers,
  ) {}

  /**
   * Throws `not_found` for a list that the organization does not have, `validation_error` for too many people. WhatsApp is
   * asked where a list has people by another name than the audience.
   */
  async resolve(owner: AudienceOwner, audience: Audience): Promise<ResolvedAudience> {
    if (audience.kind === 'self') return nobodyResolved;
    const phoneList = await this.phoneListFor(owner.sessionId, audience.storyPrivacy);
    const addresses = await this.addressesOf(owner, audience, phoneList);
    if (addresses.length > maxAudienceSize) {
      throw validationError('audience', `A post has at most ${String(maxAudienceSize)} recipients.`);
    }
    const { people, rules, isAsked } = await this.paired(owner, audience, addresses, phoneList);
    const leftOut = leaveOutBy(rules);
    const isPhoneListMissing = audience.storyPrivacy === 'apply' && rules.phoneList === null;
    const resolved: ResolvedAudience = { included: [], undecided: [], excluded: [], isPhoneListMissing };
    for (const person of people) {
      const out = leftOut(person);
      if (out === undefined) resolved.included.push(person);
      else if (isOpen(out, isAsked)) resolved.undecided.push({ person, reason: out.reason });
      else resolved.excluded.push({ person, reason: out.reason });
    }
    resolved.included.sort((one, other) => (other.lastViewedAt ?? 0) - (one.lastViewedAt ?? 0));
    return resolved;
  }

  /** Which of these facts about people (`name`, fields of lists) all of them have in common. */
  sharedFacts(
    { organizationId }: SessionPlace,
    audience: Audience,
    people: readonly Candidate[],
    names: readonly string[],
  ): Promise<SharedFacts> {
    const listId = audience.kind === 'list' ? audience.listId : null;
    return sharedFacts(this.candidates, { organizationId, listId }, people, names);
  }

  /** Who must not get a post of this session, whoever it is for. `storyPrivacy`: whether the phone's list counts. */
  async rulesOfSession(place: SessionPlace, storyPrivacy: 'apply' | 'ignore'): Promise<LeaveOutRules> {
    const optedOut = await this.optedOut(place);
    const phoneList = await this.phoneListFor(place.sessionId, storyPrivacy);
    return { own: nobody, optedOut, excepted: [], phoneList };
  }

  /** Differs once {@link rulesOfSession} may say something else; much cheaper. */
  rulesVersion({ organizationId, sessionId }: SessionPlace): Promise<string> {
    return this.candidates.leaveOutVersion(organizationId, sessionId);
  }

  /** Whether this person of the session, who was meant once, must not get it any more. */
  async isLeftOut(
    { organizationId, sessionId }: SessionPlace,
    { personId, phoneNumber }: Pick<Candidate, 'phoneNumber'> & { personId: string },
    storyPrivacy: 'apply' | 'ignore',
  ): Promise<boolean> {
    if (phoneNumber !== null && (await this.candidates.hasOptedOut(organizationId, sessionId, phoneNumber)))
      return true;
    const mode = storyPrivacy === 'ignore' ? 'contacts' : await this.addressBook.storyPrivacyMode(sessionId);
    if (mode === null || mode === 'contacts') return false;
    return (await this.addressBook.isOnStoryPrivacyList(sessionId, personId)) === (mode === 'denylist');
  }

  /** Whom the phone shows statuses to; `contacts` while nobody knows. */
  async statusSetting(sessionId: string): Promise<StatusSetting> {
    return (await this.addressBook.storyPrivacyMode(sessionId)) ?? 'contacts';
  }

  private async optedOut({ organizationId, sessionId }: SessionPlace): Promise<PersonAddress[]> {
    return (await this.candidates.optedOut(organizationId, sessionId)).map(numbered);
  }

  private async phoneListFor(sessionId: string, storyPrivacy: 'apply' | 'ignore'): Promise<PhoneList | null> {
    return storyPrivacy === 'ignore' ? null : this.addressBook.storyPrivacyList(sessionId);
  }

  /** The people and the rules, with LIDs wherever one cannot be compared with the other without. */
  private async paired(
    owner: AudienceOwner,
    audience: Exclude<Audience, { kind: 'self' }>,
    addresses: readonly PersonAddress[],
    phoneList: PhoneList | null,
  ): Promise<{ people: Candidate[]; rules: LeaveOutRules; isAsked: boolean }> {
    const people = await this.candidates.candidatesOf(owner.sessionId, addresses);
    const rules = await this.rulesFor(owner, audience, phoneList);
    const open = numbersToLookUp(rules, people);
    if (open.length === 0) return { people, rules, isAsked: true };
    const found = await this.findNumbers(owner.sessionId, open.slice(0, maxAskedBefore));
    if (found === undefined) return { people, rules, isAsked: false };
    // Who was two people may be one by now.
    const known = await this.candidates.candidatesOf(owner.sessionId, addresses);
    return {
      people: known.map((person) => ({ ...person, ...addressWith(person, found) })),
      rules: withFound(
        await this.rulesFor(owner, audience, await this.phoneListFor(owner.sessionId, audience.storyPrivacy)),
        found,
      ),
      isAsked: open.length <= maxAskedBefore,
    };
  }

  private async addressesOf(
    owner: AudienceOwner,
    audience: Exclude<Audience, { kind: 'self' }>,
    phoneList: PhoneList | null,
  ): Promise<readonly PersonAddress[]> {
    switch (audience.kind) {
      case 'numbers':
        return audience.numbers.map(numbered);
      case 'contacts':
        // WhatsApp itself takes an allow list as it stands.
        return phoneList?.mode === 'allowlist' ? phoneList.people : this.addressBook.listSaved(owner.sessionId);
      case 'list':
        return (await this.membersOf(owner, audience.listId)).map(numbered);
      case 'segment':
        return this.segments.people(owner, audience.segment);
    }
  }

  private async rulesFor(
    owner: AudienceOwner,
    { except }: Exclude<Audience, { kind: 'self' }>,
    phoneList: PhoneList | null,
  ): Promise<LeaveOutRules> {
    const excepted = new Set(except?.numbers);
    for (const id of except?.listIds ?? []) for (const number of await this.membersOf(owner, id)) excepted.add(number);
    for (const tag of except?.tags ?? []) {
      for (const number of await this.candidates.tagged(owner.organizationId, tag)) excepted.add(number);
    }
    return {
      optedOut: await this.optedOut(owner),
      phoneList,
      own: { phoneNumber: owner.ownNumber, lid: owner.lid === null ? null : userOf(owner.lid) },
      excepted: [...excepted].map(numbered),
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
    case 'story_privacy_unknown':
      return 'The status privacy on the phone hides statuses from some people of whom only the hidden id or only the number is known, and WhatsApp did not say whether this person is one of them.';
    case 'opt_out_unknown':
      return 'Only the hidden id of this person is known, and WhatsApp did not say whether it belongs to one of the numbers that opted out.';
    case 'exception_unknown':
      return 'Only the hidden id of this person is known, and WhatsApp did not say whether it belongs to one of the exceptions of this post.';
    case 'story_privacy_not_allowed':
      return 'The status privacy on the phone shows statuses to chosen people only, and this person is not one of them.';
  }
}

function numbered(phoneNumber: string): PersonAddress {
  return { phoneNumber, lid: null };
}

const nobody: PersonAddress = { phoneNumber: null, lid: null };

/** Whether the post itself will tell: then it is asked about everybody. What was excepted is known to nobody later. */
function isOpen({ reason, isCertain }: LeftOut, isAsked: boolean): boolean {
  if (isCertain) return false;
  return reason === 'story_privacy_not_allowed' ? !isAsked : reason !== 'exception_unknown';
}
