import type { Tx } from '../db/unit-of-work.js';

/** By what an organization names somebody. */
export interface PersonNamed {
  organizationId: string;
  /** In every form. */
  phoneNumbers: readonly string[];
  lids: readonly string[];
}

/** Texts that are names of theirs, alone or as JIDs. */
export function namesOf({ phoneNumbers, lids }: PersonNamed): Set<string> {
  const jids = [...phoneNumbers.map((number) => `${number}@s.whatsapp.net`), ...lids.map((lid) => `${lid}@lid`)];
  return new Set([...phoneNumbers, ...lids, ...jids]);
}

/** The same person as one account knows them. */
export interface PersonOfAccount {
  id: string;
  sessionId: string;
  phoneNumber: string | null;
  lid: string | null;
}

/** Deletes at most so many rows about somebody, and tells how many went: fewer than `atMost` means that there are no others. */
export type Forget<Person> = (tx: Tx, person: Person, atMost: number) => Promise<number>;
