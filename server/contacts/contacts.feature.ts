import type { Quotas } from '../access/quotas.js';
import type { Core } from '../core.js';
import type { PeopleService } from '../people/people-service.js';
import type { RunningSessions } from '../sessions/running-sessions.js';
import { AddressBooksStore } from './address-books-store.js';
import { ChatsStore } from './chats-store.js';
import { contactsRoutes } from './contacts-routes.js';
import { ContactsService } from './contacts-service.js';
import { ContactsStore } from './contacts-store.js';

export interface ContactsNeeds {
  running: Pick<RunningSessions, 'connectionOf'>;
  people: PeopleService;
  quotas: Quotas;
}

/** What phones tell of whom they know. */
export function contactsFeature(
  { database, unitOfWork, bus, clock, logger }: Core,
  { running, people, quotas }: ContactsNeeds,
) {
  const contacts = new ContactsService({
    sessions: running,
    people,
    contacts: new ContactsStore(database),
    chats: new ChatsStore(database),
    books: new AddressBooksStore(database),
    quotas,
    unitOfWork,
    bus,
    clock,
    logger,
  });
  return {
    contacts,
    part: { name: 'contacts', start: () => contacts.start(), stop: () => contacts.stop() },
    routes: contactsRoutes(contacts),
  };
}
