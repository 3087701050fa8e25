import type { ExclusionReason } from '../contract/audiences.js';
import { numberKey } from '../lib/number-forms.js';
import type { FoundNumber, PersonAddress, StatusSetting } from '../whatsapp/gateway.js';

/** Somebody on a list of people who are left out, or of whom nobody else is not. */
export interface Listed extends PersonAddress {
  /** The number is not on WhatsApp: no LID is theirs. */
  isNobody?: boolean;
}

/** Whom the phone shows statuses to, by its own list. */
export interface PhoneList {
  mode: StatusSetting;
  people: readonly Listed[];
}

/** Who must not get a post. Each list may name people by number, by LID or by both. */
export interface LeaveOutRules {
  own: PersonAddress;
  optedOut: readonly Listed[];
  excepted: readonly Listed[];
  /** null: it counts for nobody, or is not known. */
  phoneList: PhoneList | null;
}

/** Why somebody is left out. Uncertain: two names were compared of which nobody knows whether they are one person's. */
export interface LeftOut {
  reason: ExclusionReason;
  isCertain: boolean;
}

/** People of a list, to be found by either name, the number in any form. */
class Names {
  private readonly numbers = new Set<string>();
  private readonly lids = new Set<string>();
  private hasUnpairedNumber = false;
  private hasUnpairedLid = false;

  constructor(people: readonly Listed[]) {
    for (const { phoneNumber, lid, isNobody = false } of people) {
      if (phoneNumber !== null) this.numbers.add(numberKey(phoneNumber));
      if (lid !== null) this.lids.add(lid);
      if (lid === null && !isNobody) this.hasUnpairedNumber = true;
      if (phoneNumber === null) this.hasUnpairedLid = true;
    }
  }

  has({ phoneNumber, lid }: PersonAddress): boolean {
    if (lid !== null && this.lids.has(lid)) return true;
    // Most lists are empty, and the forms of a number are not worked out for those.
    return phoneNumber !== null && this.numbers.size > 0 && this.numbers.has(numberKey(phoneNumber));
  }

  /** Whether somebody who is not found may be on the list all the same, under the other name. */
  mayHave({ phoneNumber, lid }: PersonAddress): boolean {
    return (lid === null && this.hasUnpairedLid) || (phoneNumber === null && this.hasUnpairedNumber);
  }
}

function certain(reason: ExclusionReason): LeftOut {
  return { reason, isCertain: true };
}

/** Who is left out by these rules, and why; undefined for those who are not. What is certain comes first. */
export function leaveOutBy(rules: LeaveOutRules): (person: PersonAddress) => LeftOut | undefined {
  const own = new Names([rules.own]);
  const optedOut = new Names(rules.optedOut);
  const excepted = new Names(rules.excepted);
  const mode = rules.phoneList?.mode;
  const listed = new Names(rules.phoneList?.people ?? []);
  return (person) => {
    if (own.has(person)) return certain('own_account');
    if (optedOut.has(person)) return certain('opted_out');
    if (excepted.has(person)) return certain('excepted');
    if (mode === 'denylist' && listed.has(person)) return certain('story_privacy_denied');
    if (mode === 'allowlist' && !listed.has(person)) {
      return { reason: 'story_privacy_not_allowed', isCertain: !listed.mayHave(person) };
    }
    if (excepted.mayHave(person)) return { reason: 'exception_unknown', isCertain: false };
    if (mode === 'denylist' && listed.mayHave(person)) return { reason: 'story_privacy_unknown', isCertain: false };
    if (optedOut.mayHave(person)) return { reason: 'opt_out_unknown', isCertain: false };
    return undefined;
  };
}

/** Nobody is on any of the lists, as with most accounts: who they are for need not be looked at. */
export function leavesNobodyOut({ own, optedOut, excepted, phoneList }: LeaveOutRules): boolean {
  if (own.phoneNumber !== null || own.lid !== null || optedOut.length > 0 || excepted.length > 0) return false;
  if (phoneList === null || phoneList.mode === 'contacts') return true;
  return phoneList.mode === 'denylist' && phoneList.people.length === 0;
}

/** Numbers whose LIDs have to be known before these people can be told from those on the lists; without repetition. */
export function numbersToLookUp(rules: LeaveOutRules, people: readonly PersonAddress[]): string[] {
  const lists = [rules.optedOut, rules.excepted, rules.phoneList?.people ?? []];
  const hasLidOnly = people.some(({ phoneNumber }) => phoneNumber === null);
  const listHasLidOnly = lists.some((list) => list.some(({ phoneNumber }) => phoneNumber === null));
  const found = new Set<string>();
  const add = ({ phoneNumber, lid, isNobody = false }: Listed): void => {
    if (phoneNumber !== null && lid === null && !isNobody) found.add(phoneNumber);
  };
  if (listHasLidOnly) people.forEach(add);
  if (hasLidOnly) for (const list of lists) list.forEach(add);
  return [...found];
}

/** The same rules with what was found of the numbers in them. A number that is not on WhatsApp stands for nobody with a LID. */
export function withFound(rules: LeaveOutRules, found: ReadonlyMap<string, FoundNumber>): LeaveOutRules {
  const paired = (people: readonly Listed[]): Listed[] =>
    people.map((one) => {
      const isNobody = one.phoneNumber !== null && found.get(one.phoneNumber)?.exists === false;
      return { ...addressWith(one, found), isNobody };
    });
  return {
    own: rules.own,
    optedOut: paired(rules.optedOut),
    excepted: paired(rules.excepted),
    phoneList: rules.phoneList && { ...rules.phoneList, people: paired(rules.phoneList.people) },
  };
}

/** An address with the LID that was found of its number; the number stays as it is written, as it is on the lists. */
export function addressWith(address: PersonAddress, found: ReadonlyMap<string, FoundNumber>): PersonAddress {
  const { phoneNumber, lid } = address;
  const facts = phoneNumber === null || lid !== null ? undefined : found.get(phoneNumber);
  return facts ? { phoneNumber, lid: facts.lid } : address;
}
