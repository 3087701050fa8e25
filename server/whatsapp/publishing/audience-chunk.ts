import { deviceJid, parseJid, type Server } from '../wire/addresses.js';
import { lidServer, userServer } from '../jid.js';
import type { AuthState } from '../credentials/auth-state.js';
import type { AccountIdentity, FoundNumber, PersonAddress, RecipientOutcome, AddressPair } from '../gateway.js';
import { type NumberDirectory, pairsOf } from '../address-book/number-directory.js';
import type { KnownDevices } from './recipient-devices-store.js';
import { numbersOfLids } from './recipient-devices.js';

/** One of those a post is for, on the way to an outcome. */
export interface Recipient {
  person: PersonAddress;
  /** The user part in the form that this post uses; undefined when the person has none. */
  user: string | undefined;
  outcome: RecipientOutcome;
}

export interface ResolvingParts {
  numbers: Pick<NumberDirectory, 'find'>;
  auth: AuthState;
  /** Hears of numbers and LIDs that turned out to belong together. */
  onAddressPairs: (pairs: AddressPair[]) => Promise<void>;
}

/** The account's own user part in this form. */
export function ownUserOf(account: AccountIdentity, server: Server): string {
  if (server === userServer) return account.phoneNumber;
  return parseJid(account.lid)?.user ?? account.phoneNumber;
}

/**
 * Finds the address of each person in the form of this server; `afresh` asks WhatsApp again for what is known. The pairs are
 * told before it resolves: receipts name LIDs, and must find the people that numbers were given for.
 */
export async function resolveRecipients(
  parts: ResolvingParts,
  people: readonly PersonAddress[],
  server: Server,
  afresh: boolean,
): Promise<Recipient[]> {
  const asked = people.flatMap(({ phoneNumber, lid }) => {
    if (phoneNumber === null || (lid !== null && !afresh)) return [];
    return [phoneNumber];
  });
  const facts = asked.length === 0 ? new Map<string, FoundNumber>() : await parts.numbers.find(asked, afresh);
  const pairs = pairsOf(facts);
  if (pairs.length > 0) await parts.onAddressPairs(pairs);
  if (server === lidServer) return people.map((person) => byLid(person, facts.get(person.phoneNumber ?? '')));
  const lids = people.flatMap(({ phoneNumber, lid }) => (phoneNumber === null && lid !== null ? [lid] : []));
  const numbers = lids.length === 0 ? new Map<string, string>() : await numbersOfLids(parts.auth, lids);
  return people.map((person) => byNumber(person, facts.get(person.phoneNumber ?? ''), numbers));
}

function byLid(person: PersonAddress, facts: FoundNumber | undefined): Recipient {
  const user = facts?.lid ?? person.lid ?? undefined;
  if (user !== undefined) return { person, user, outcome: 'included' };
  return { person, user, outcome: facts?.exists === false ? 'not_on_whatsapp' : 'no_lid' };
}

function byNumber(
  person: PersonAddress,
  facts: FoundNumber | undefined,
  numbers: ReadonlyMap<string, string>,
): Recipient {
  if (facts?.exists === false) return { person, user: undefined, outcome: 'not_on_whatsapp' };
  const user = facts?.phoneNumber ?? person.phoneNumber ?? numbers.get(person.lid ?? '');
  return { person, user, outcome: user === undefined ? 'no_number' : 'included' };
}

/** Both addresses of a recipient, as far as they are known by now. */
export function addressOf({ person, user }: Recipient, server: Server): PersonAddress {
  if (user === undefined) return person;
  return server === lidServer
    ? { phoneNumber: person.phoneNumber, lid: user }
    : { phoneNumber: person.phoneNumber ?? user, lid: person.lid };
}

/** Users to address for these recipients: once each, without the account itself. */
export function usersOf(recipients: readonly Recipient[], ownUser: string): string[] {
  return [...new Set(recipients.flatMap(({ user }) => (user === undefined || user === ownUser ? [] : [user])))];
}

/** The devices of a user that a post goes to. The sending device never is among them; the own phone always is. */
export function devicesToReach(known: KnownDevices, account: AccountIdentity, ownUser: string): readonly number[] {
  const listed = known.deviceIds ?? [];
  if (known.user !== ownUser) return listed;
  const others = listed.filter((id) => id !== account.deviceId);
  return others.includes(0) ? others : [0, ...others];
}

/** JIDs of these devices. */
export function jidsOf(user: string, server: Server, deviceIds: readonly number[]): string[] {
  return deviceIds.map((id) => deviceJid(user, server, id));
}
