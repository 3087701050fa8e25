import type { Account } from './account.js';
import type { Person } from './person.js';

const maxStatuses = 5_000;

/** Who has which status. The oldest statuses are forgotten first. */
export class DeliveredStatuses {
  private readonly statuses = new Map<string, { author: Account; people: Set<Person> }>();

  add(statusId: string, author: Account, person: Person): void {
    const known = this.statuses.get(statusId);
    if (known) {
      known.people.add(person);
      return;
    }
    this.statuses.set(statusId, { author, people: new Set([person]) });
    const [oldest] = this.statuses.keys();
    if (this.statuses.size > maxStatuses && oldest !== undefined) this.statuses.delete(oldest);
  }

  remove(statusId: string, person: Person): void {
    this.statuses.get(statusId)?.people.delete(person);
  }

  find(statusId: string): { author: Account; people: ReadonlySet<Person> } | undefined {
    return this.statuses.get(statusId);
  }
}
