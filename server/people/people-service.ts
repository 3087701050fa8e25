import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import { notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { Hook } from '../lib/hook.js';
import { newId } from '../lib/ids.js';
import { formsOfNumber, numberKey } from '../lib/number-forms.js';
import type { AddressPair, PersonAddress } from '../whatsapp/gateway.js';
import type { PersonNamed, PersonOfAccount } from './erased-person.js';
import type { PeopleStore } from './people-store.js';
import { planResolution, type Merge, type PeopleScope, type PersonNames, type ResolutionPlan } from './person.js';

/** What others must know when people change. */
export interface PeopleChange extends PeopleScope {
  merges: readonly Merge[];
  /** Known people with a new number or LID, and those who survive a merge. */
  changedIds: readonly string[];
}

/** Bounds one planning step, and so how long it holds the event loop (about 10 ms). */
const addressesPerStep = 4_000;
/** Bounds one transaction of pairs: the phone can send its whole address book at once. */
const pairsPerTransaction = 500;

/** Who is who: a person per session, known by a phone number, a LID, or both. */
export class PeopleService {
  /**
   * Two or more turn out to be one: whoever keeps what belongs to them moves it. In the transaction of the change, before the
   * rows of those who are gone are deleted.
   */
  readonly merged = new Hook<[tx: Tx, change: PeopleChange]>();
  /** In the same transaction, after everything is written. */
  readonly changed = new Hook<[tx: Tx, change: PeopleChange]>();

  constructor(
    private readonly store: PeopleStore,
    private readonly unitOfWork: UnitOfWork,
    private readonly clock: Clock,
  ) {}

  /**
   * Makes other transactions that change people of this session wait. Undefined when there is no such session. It comes
   * before the transaction touches rows of the session that others may hold.
   */
  lock(tx: Tx, sessionId: string): Promise<PeopleScope | undefined> {
    return this.store.lock(tx, sessionId);
  }

  /**
   * The id of each address's person, in the order of the addresses; unknown people are made, and people who turn out
   * to be one are merged. Any number of addresses in a bounded number of statements. Throws `not_found` when the
   * session does not exist. Call it before the transaction touches rows that others may hold: it takes the session's lock.
   */
  async resolve(tx: Tx, sessionId: string, addresses: readonly PersonAddress[]): Promise<string[]> {
    const scope = await this.store.lock(tx, sessionId);
    if (!scope) throw notFound('The session');
    const ids: string[] = [];
    const survivors = new Map<string, string>();
    for (let from = 0; from < addresses.length; from += addressesPerStep) {
      const plan = await this.resolveStep(tx, scope, addresses.slice(from, from + addressesPerStep));
      for (const merge of plan.merges) survivors.set(merge.goneId, merge.survivorId);
      for (const id of plan.ids) ids.push(id);
    }
    return survivors.size === 0 ? ids : ids.map((id) => lastSurvivor(survivors, id));
  }

  /**
   * The ids that {@link resolve} would give, so that the same address has the same one; of people who are not known yet, ids that
   * stand for nobody, the `unknown` ones. Changes nothing.
   */
  async foresee(
    tx: Tx,
    sessionId: string,
    addresses: readonly PersonAddress[],
  ): Promise<{ ids: string[]; unknown: ReadonlySet<string> }> {
    const { ids, created } = await this.plan(tx, sessionId, addresses);
    return { ids, unknown: new Set(created.map(({ id }) => id)) };
  }

  /**
   * As {@link resolve}, for addresses of which some were looked up before the transaction. When one of those people is
   * gone by now, everybody is looked up again.
   */
  async resolveKnown(
    tx: Tx,
    sessionId: string,
    people: readonly (PersonAddress & { personId: string | null })[],
  ): Promise<string[]> {
    const scope = await this.store.lock(tx, sessionId);
    if (!scope) throw notFound('The session');
    const known = people.flatMap(({ personId }) => personId ?? []);
    if (!(await this.store.areAllThere(tx, known))) return this.resolve(tx, sessionId, people);
    if (known.length === people.length) return known;
    const strangers = people.filter(({ personId }) => personId === null);
    const ids = (await this.resolve(tx, sessionId, strangers)).values();
    return people.map(({ personId }) => personId ?? ids.next().value ?? '');
  }

  /** Writes both names of people who are known. */
  saveNames(tx: Tx, scope: PeopleScope, names: readonly PersonNames[]): Promise<void> {
    return this.store.saveNames(tx, scope, names, this.clock.now().getTime());
  }

  /** How somebody calls themselves, where nobody has told it yet. */
  learnPushName(tx: Tx, personId: string, pushName: string): Promise<void> {
    return this.store.learnPushName(tx, personId, pushName, this.clock.now().getTime());
  }

  /**
   * Learns which numbers and LIDs belong together. Only people who are known already change: a pair alone makes nobody.
   */
  async recordPairs(sessionId: string, pairs: readonly AddressPair[]): Promise<void> {
    for (let from = 0; from < pairs.length; from += pairsPerTransaction) {
      const step = pairs.slice(from, from + pairsPerTransaction);
      await this.unitOfWork.run(async (tx) => {
        const scope = await this.store.lock(tx, sessionId);
        if (!scope) return;
        const known = await this.store.findByAddresses(tx, sessionId, {
          phoneNumbers: step.flatMap(({ phoneNumber, writtenAs }) => [phoneNumber, ...(writtenAs ? [writtenAs] : [])]),
          lids: step.map((pair) => pair.lid),
        });
        const numbers = new Set(known.map((person) => person.phoneNumber && numberKey(person.phoneNumber)));
        const lids = new Set(known.map((person) => person.lid));
        const isKnown = (number: string): boolean => numbers.has(numberKey(number));
        const concerned = step.flatMap((pair) => {
          const { phoneNumber, lid, writtenAs } = pair;
          // First the number that was written, so that whoever has it gets the LID; then WhatsApp's own takes its place.
          const written = writtenAs !== undefined && isKnown(writtenAs) ? [{ phoneNumber: writtenAs, lid }] : [];
          return written.length > 0 || isKnown(phoneNumber) || lids.has(lid) ? [...written, { phoneNumber, lid }] : [];
        });
        if (concerned.length > 0) await this.resolveStep(tx, scope, concerned);
      });
    }
  }

  /**
   * Everybody whom the accounts of the organization know by this number or LID, and by the LIDs that belong to the number; with all
   * the names that were found.
   */
  async findNamed(
    tx: Tx,
    organizationId: string,
    { phoneNumber, lid }: PersonAddress,
  ): Promise<{ named: PersonNamed; people: PersonOfAccount[] }> {
    const holders = lid === null ? [] : await this.store.findLid(organizationId, lid, tx);
    const numbers = [phoneNumber, ...holders.map((holder) => holder.phoneNumber)];
    const phoneNumbers = [...new Set(numbers.flatMap((number) => (number === null ? [] : formsOfNumber(number))))];
    const known = await this.store.findNamed({ organizationId, phoneNumbers, lids: lid === null ? [] : [lid] }, tx);
    const lids = [...new Set([lid, ...known.map((person) => person.lid)].flatMap((one) => one ?? []))];
    const named = { organizationId, phoneNumbers, lids };
    return { named, people: await this.store.findNamed(named, tx) };
  }

  /** As {@link findNamed}, of somebody all of whose names are known. */
  listNamed(tx: Tx, named: PersonNamed): Promise<PersonOfAccount[]> {
    return this.store.findNamed(named, tx);
  }

  /** Forgets somebody whose rows elsewhere are gone, with what is left of them in tables of others. */
  async forget(tx: Tx, { id }: PersonOfAccount): Promise<number> {
    return this.store.delete(tx, [id]);
  }

  private async plan(tx: Tx, sessionId: string, addresses: readonly PersonAddress[]): Promise<ResolutionPlan> {
    const known = await this.store.findByAddresses(tx, sessionId, {
      phoneNumbers: addresses.flatMap(({ phoneNumber }) => phoneNumber ?? []),
      lids: addresses.flatMap(({ lid }) => lid ?? []),
    });
    return planResolution(known, addresses, newId);
  }

  private async resolveStep(tx: Tx, scope: PeopleScope, addresses: readonly PersonAddress[]): Promise<ResolutionPlan> {
    const plan = await this.plan(tx, scope.sessionId, addresses);
    const change: PeopleChange = {
      ...scope,
      merges: plan.merges,
      changedIds: plan.changed.map((person) => person.id),
    };
    if (change.merges.length > 0) await this.merged.run(tx, change);
    await this.store.apply(tx, scope, plan, this.clock.now().getTime());
    if (change.merges.length > 0 || change.changedIds.length > 0) {
      await this.changed.run(tx, change);
    }
    return plan;
  }
}

function lastSurvivor(survivors: ReadonlyMap<string, string>, id: string): string {
  let last = id;
  for (let next = survivors.get(last); next !== undefined; next = survivors.get(last)) last = next;
  return last;
}
