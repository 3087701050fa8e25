import type { AddressPair } from './address-pairs.js';
import { deviceJid, lidServer, parseJid, type Server, userServer } from './addresses.js';
import type { AccountIdentity, PersonAddress, RecipientOutcome } from './gateway.js';
import type { KnownDevices } from './recipient-devices-store.js';
import { type Directory, lidsOfNumbers, numbersOfLids } from './recipient-devices.js';

/** One of those a post is for, on the way to an outcome. */
export interface Recipient {
  person: PersonAddress;
  /** The user part in the form that this post uses; undefined when the person has none. */
  user: string | undefined;
  outcome: RecipientOutcome;
}

/** How recipients are addressed; `afresh` asks WhatsApp again for what is known. */
export interface AddressForm {
  server: Server;
  afresh: boolean;
}

/** The account's own user part in this form. */
export function ownUserOf(account: AccountIdentity, server: Server): string {
  if (server === userServer) return account.phoneNumber;
  return parseJid(account.lid)?.user ?? account.phoneNumber;
}

/** Finds the address of each person in this form. `onPairs` hears of numbers and LIDs that turned out to belong together. */
export async function resolveRecipients(
  directory: Directory,
  people: readonly PersonAddress[],
  { server, afresh }: AddressForm,
  onPairs: (pairs: AddressPair[]) => Promise<void>,
): Promise<Recipient[]> {
  if (server === userServer) {
    const lids = people.flatMap(({ phoneNumber, lid }) => (phoneNumber === null && lid !== null ? [lid] : []));
    const numbers = lids.length === 0 ? new Map<string, string>() : await numbersOfLids(directory, lids);
    return people.map((person) => recipient(person, person.phoneNumber ?? numbers.get(person.lid ?? '')));
  }
  const numbers = people.flatMap(({ phoneNumber, lid }) =>
    phoneNumber !== null && (lid === null || afresh) ? [phoneNumber] : [],
  );
  const lids = numbers.length === 0 ? new Map<string, string>() : await lidsOfNumbers(directory, numbers, afresh);
  const pairs = numbers.flatMap((phoneNumber) => {
    const lid = lids.get(phoneNumber);
    return lid === undefined ? [] : [{ phoneNumber, lid }];
  });
  // Before the post leaves: its receipts name LIDs, and must find the people that numbers were given for.
  if (pairs.length > 0) await onPairs(pairs);
  return people.map((person) => recipient(person, lids.get(person.phoneNumber ?? '') ?? person.lid ?? undefined));
}

function recipient(person: PersonAddress, user: string | undefined): Recipient {
  return { person, user, outcome: user === undefined ? 'no_lid' : 'included' };
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

/** The other of the two forms of address; undefined for an account that has only one. */
export function otherForm(account: AccountIdentity, server: Server): Server | undefined {
  if (account.lid === null) return undefined;
  return server === lidServer ? userServer : lidServer;
}
