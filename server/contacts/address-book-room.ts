import type { Quota } from '../access/quota-limits.js';
import type { Quotas } from '../access/quotas.js';
import type { Tx } from '../db/unit-of-work.js';
import type { Logger } from '../lib/logger.js';
import type { PeopleService } from '../people/people-service.js';
import type { PeopleScope } from '../people/person.js';
import type { ChatRecord } from './chats-store.js';
import type { ContactsStore } from './contacts-store.js';
import { type Fact, isAboutNobodyNew, personOf } from './facts.js';

export interface AddressBookRoomParts {
  people: Pick<PeopleService, 'foresee'>;
  contacts: Pick<ContactsStore, 'find'>;
  quotas: Quotas;
  logger: Logger;
}

/**
 * What of an address book is kept: so many contacts and chats of one account. Of those that the phone tells beyond that nothing is
 * written, also not who they are; what is kept already goes on.
 */
export class AddressBookRoom {
  /** Accounts of which it was said that they are full, and of what. */
  private readonly told = new Map<string, Set<Quota>>();

  constructor(private readonly parts: AddressBookRoomParts) {}

  /** Without those about people for whom there is no room. */
  async forContacts(tx: Tx, scope: PeopleScope, facts: readonly Fact[]): Promise<readonly Fact[]> {
    const { people, contacts, quotas } = this.parts;
    const about = facts.flatMap((fact) => {
      const person = personOf(fact);
      return person === undefined ? [] : [{ fact, person }];
    });
    let left = await quotas.room(tx, 'contact', scope);
    if (about.length <= left) return facts;
    const addresses = about.map(({ person }) => person);
    const { ids } = await people.foresee(tx, scope.sessionId, addresses);
    const known = await contacts.find(tx, [...new Set(ids)]);
    const kept = new Set(ids.filter((id) => known.get(id)?.isKnown === true));
    const leftOut = new Set<Fact>();
    for (const [index, { fact }] of about.entries()) {
      const id = ids[index] ?? '';
      if (kept.has(id)) continue;
      const isKept = left > 0 && !isAboutNobodyNew(fact);
      if (!isKept) leftOut.add(fact);
      if (!isKept) continue;
      kept.add(id);
      left -= 1;
    }
    if ([...leftOut].some((fact) => !isAboutNobodyNew(fact))) this.tell(scope, 'contact');
    return facts.filter((fact) => !leftOut.has(fact));
  }

  /** As many of the chats as may be added. */
  async forChats(tx: Tx, scope: PeopleScope, added: readonly ChatRecord[]): Promise<readonly ChatRecord[]> {
    if (added.length === 0) return added;
    const left = await this.parts.quotas.room(tx, 'chat', scope);
    if (added.length > left) this.tell(scope, 'chat');
    return added.slice(0, left);
  }

  forget(sessionId: string): void {
    this.told.delete(sessionId);
  }

  private tell({ sessionId }: PeopleScope, quota: Quota): void {
    const told = this.told.get(sessionId) ?? new Set();
    this.told.set(sessionId, told);
    if (told.has(quota)) return;
    told.add(quota);
    this.parts.logger.warn(
      { sessionId, limit: this.parts.quotas.limitOf(quota) },
      `the phone tells more ${quota}s than are kept; the others are left out`,
    );
  }
}
