import { formsOfNumber } from '../lib/number-forms.js';
import type { PersonAddress } from '../whatsapp/gateway.js';

/** Somebody on WhatsApp as one session knows them. At least one of `phoneNumber` and `lid` is set. */
export interface Person {
  id: string;
  phoneNumber: string | null;
  lid: string | null;
}

/**
 * `name` is the one saved on the phone, `verifiedName` the one that WhatsApp confirms of a business, `pushName` the one
 * they call themselves.
 */
export interface PersonNames {
  id: string;
  name: string | null;
  verifiedName: string | null;
  pushName: string | null;
}

/** The names of a person as they are stored. */
export interface NamesRow {
  name: string | null;
  verified_name: string | null;
  push_name: string | null;
}

/** The name to show of somebody: the saved one, then one that is confirmed, then what they call themselves. */
export function nameToShow({ name, verified_name: verifiedName, push_name: pushName }: NamesRow): string | null {
  return name ?? verifiedName ?? pushName;
}

/** Where people belong. */
export interface PeopleScope {
  organizationId: string;
  sessionId: string;
}

/** Two people turned out to be one: everything that belongs to `goneId` moves to `survivorId`. */
export interface Merge {
  survivorId: string;
  goneId: string;
}

/** What has to be written so that every address has its person. */
export interface ResolutionPlan {
  /** The person of each address, in the order of the addresses. */
  ids: string[];
  created: Person[];
  /** Known people with a new number or LID, and those who survive a merge. */
  changed: Person[];
  /** Those of `changed` that give up a number or LID, which somebody else of the same plan may take. */
  releasedIds: string[];
  merges: Merge[];
}

interface Entry {
  person: Person;
  isNew: boolean;
  isChanged: boolean;
  releases: boolean;
  mergedInto: Entry | undefined;
}

/**
 * Gives every address a person: one that is known, two that turn out to be the same, or a new one. An address that
 * carries both a number and a LID is the newest truth: numbers and LIDs can move from one person to another. A number finds
 * its person also when it is written in another way, unless the LIDs say that they are two.
 * `known` must hold everyone with one of the LIDs or of the numbers, in every form of these.
 */
export function planResolution(
  known: readonly Person[],
  addresses: readonly PersonAddress[],
  newId: () => string,
): ResolutionPlan {
  const people = new Directory(known, newId);
  const entries = addresses.map((address) => people.entryFor(address));
  return people.plan(entries);
}

class Directory {
  private readonly entries: Entry[] = [];
  private readonly byPhoneNumber = new Map<string, Entry>();
  private readonly byLid = new Map<string, Entry>();

  constructor(
    known: readonly Person[],
    private readonly newId: () => string,
  ) {
    for (const person of known) this.index(entryOf({ ...person }, false));
  }

  entryFor({ phoneNumber, lid }: PersonAddress): Entry {
    const numbered = phoneNumber === null ? undefined : this.findByNumber(phoneNumber, lid);
    const hidden = lid === null ? undefined : this.byLid.get(lid);
    if (phoneNumber !== null && lid !== null) {
      return this.withOtherForms(this.pair(numbered, hidden, phoneNumber, lid), phoneNumber, lid);
    }
    return numbered ?? hidden ?? this.index(entryOf({ id: this.newId(), phoneNumber, lid }, true));
  }

  plan(entries: Entry[]): ResolutionPlan {
    const merges: Merge[] = [];
    for (const entry of this.entries) {
      if (entry.mergedInto && !entry.isNew)
        merges.push({ survivorId: finalEntry(entry).person.id, goneId: entry.person.id });
    }
    const alive = this.entries.filter((entry) => !entry.mergedInto);
    const changed = alive.filter((entry) => !entry.isNew && entry.isChanged);
    return {
      ids: entries.map((entry) => finalEntry(entry).person.id),
      created: alive.filter((entry) => entry.isNew).map((entry) => entry.person),
      changed: changed.map((entry) => entry.person),
      releasedIds: changed.filter((entry) => entry.releases).map((entry) => entry.person.id),
      merges,
    };
  }

  private findByNumber(phoneNumber: string, lid: string | null): Entry | undefined {
    for (const form of formsOfNumber(phoneNumber)) {
      const entry = this.byPhoneNumber.get(form);
      if (entry && (form === phoneNumber || areCompatible(entry.person.lid, lid))) return entry;
    }
    return undefined;
  }

  private pair(numbered: Entry | undefined, hidden: Entry | undefined, phoneNumber: string, lid: string): Entry {
    if (!numbered && !hidden) return this.index(entryOf({ id: this.newId(), phoneNumber, lid }, true));
    if (numbered && hidden && numbered !== hidden) {
      const areTwoPeople = numbered.person.lid !== null && hidden.person.phoneNumber !== null;
      if (areTwoPeople) {
        this.assign(hidden, hidden.person.phoneNumber, null);
        this.assign(numbered, phoneNumber, lid);
        return numbered;
      }
      return this.merge(numbered, hidden, phoneNumber, lid);
    }
    const entry = numbered ?? hidden;
    if (!entry) throw new Error('A pair without a person.');
    this.assign(entry, phoneNumber, lid);
    return entry;
  }

  /** Whoever is known by another form of the number, and has no LID that says otherwise, is the same person. */
  private withOtherForms(entry: Entry, phoneNumber: string, lid: string): Entry {
    let one = entry;
    for (const form of formsOfNumber(phoneNumber)) {
      const other = this.byPhoneNumber.get(form);
      if (other && other !== one && areCompatible(other.person.lid, lid))
        one = this.merge(one, other, phoneNumber, lid);
    }
    return one;
  }

  private merge(one: Entry, other: Entry, phoneNumber: string, lid: string): Entry {
    const [survivor, gone] = isOlder(one, other) ? [one, other] : [other, one];
    this.assign(gone, null, null);
    gone.mergedInto = survivor;
    this.assign(survivor, phoneNumber, lid);
    // Also where it had both already: it may get the names of the other, and whoever shows it has to look again.
    survivor.isChanged = true;
    return survivor;
  }

  private assign(entry: Entry, phoneNumber: string | null, lid: string | null): void {
    const { person } = entry;
    if (person.phoneNumber === phoneNumber && person.lid === lid) return;
    const losesNumber = person.phoneNumber !== null && person.phoneNumber !== phoneNumber;
    const losesLid = person.lid !== null && person.lid !== lid;
    if (losesNumber && person.phoneNumber !== null) this.byPhoneNumber.delete(person.phoneNumber);
    if (losesLid && person.lid !== null) this.byLid.delete(person.lid);
    person.phoneNumber = phoneNumber;
    person.lid = lid;
    entry.isChanged = true;
    entry.releases ||= losesNumber || losesLid;
    this.remember(entry);
  }

  private index(entry: Entry): Entry {
    this.entries.push(entry);
    this.remember(entry);
    return entry;
  }

  private remember(entry: Entry): void {
    if (entry.person.phoneNumber !== null) this.byPhoneNumber.set(entry.person.phoneNumber, entry);
    if (entry.person.lid !== null) this.byLid.set(entry.person.lid, entry);
  }
}

function entryOf(person: Person, isNew: boolean): Entry {
  return { person, isNew, isChanged: false, releases: false, mergedInto: undefined };
}

function areCompatible(one: string | null, other: string | null): boolean {
  return one === null || other === null || one === other;
}

/** The older one survives a merge: its id is the one that others have seen longest. */
function isOlder(one: Entry, other: Entry): boolean {
  return one.isNew === other.isNew ? one.person.id < other.person.id : other.isNew;
}

function finalEntry(entry: Entry): Entry {
  let last = entry;
  while (last.mergedInto) last = last.mergedInto;
  return last;
}
