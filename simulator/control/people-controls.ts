import { pnJid } from '../wire/jid.js';
import type { ServerContext } from '../protocol/server-context.js';
import type { Person } from '../state/person.js';
import type { NewPerson } from '../state/world.js';
import { ControlError } from './control-server.js';

type Context = Pick<ServerContext, 'breathe' | 'world'>;

const maxListed = 1_000;

export interface ContactView {
  phoneNumber: string;
  lid: string | null;
  jid: string;
  name: string;
}

export type NewContact = NewPerson & {
  /** False: takes statuses without decrypting them, for large crowds. */
  watched?: boolean | undefined;
};

export type NewContacts =
  | { contacts: NewContact[] }
  | (Omit<NewContact, 'phoneNumber' | 'name'> & { count: number; namePrefix?: string | undefined });

/** Who is on the simulated WhatsApp, besides the accounts that clients link to. */
export class PeopleControls {
  constructor(private readonly context: Context) {}

  addContacts(wanted: NewContacts): ContactView[] {
    return listOf(wanted).map((contact) => this.add(contact));
  }

  /** The same for crowds: others are served in between. */
  async addCrowd(wanted: NewContacts): Promise<ContactView[]> {
    const added: ContactView[] = [];
    for (const contact of listOf(wanted)) {
      added.push(this.add(contact));
      await this.context.breathe();
    }
    return added;
  }

  contacts({ offset = 0, limit = 100 }: { offset?: number | string; limit?: number | string } = {}): {
    total: number;
    contacts: ContactView[];
  } {
    const { world } = this.context;
    const contacts = [...world.people].filter(({ phoneNumber }) => !world.findAccount(phoneNumber));
    const start = Number(offset) || 0;
    return {
      total: contacts.length,
      contacts: contacts.slice(start, start + Math.min(Number(limit) || 0, maxListed)).map(describe),
    };
  }

  person(phoneNumber: string): Person {
    const person = this.context.world.findPersonByNumber(phoneNumber);
    if (!person) throw new ControlError(404, `${phoneNumber} is nobody here`);
    return person;
  }

  private add({ watched, ...wanted }: NewContact): ContactView {
    const person = this.context.world.addPerson(wanted);
    if (watched === false) person.contact.watched = false;
    return describe(person);
  }
}

function listOf(wanted: NewContacts): NewContact[] {
  if ('contacts' in wanted) return wanted.contacts;
  const { count, namePrefix, ...shared } = wanted;
  return Array.from({ length: count }, (_, index) => ({
    ...shared,
    name: namePrefix === undefined ? undefined : `${namePrefix} ${index + 1}`,
  }));
}

function describe({ phoneNumber, lid, name }: Person): ContactView {
  return { phoneNumber, lid, jid: pnJid(phoneNumber), name };
}
