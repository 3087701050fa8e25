import type { AppEvent } from '../../server/contract/events.js';
import { AddressBooksStore } from '../../server/contacts/address-books-store.js';
import { ChatsStore } from '../../server/contacts/chats-store.js';
import { ContactsService } from '../../server/contacts/contacts-service.js';
import { ContactsStore } from '../../server/contacts/contacts-store.js';
import type { QuotaLimits } from '../../server/config/quota-settings.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventBus } from '../../server/events/event-bus.js';
import { EventLog } from '../../server/events/event-log.js';
import { EventStore } from '../../server/events/event-store.js';
import type { Clock } from '../../server/lib/clock.js';
import { PeopleService } from '../../server/people/people-service.js';
import { PeopleStore } from '../../server/people/people-store.js';
import type { GatewayConnection } from '../../server/whatsapp/gateway.js';
import { keptLog } from '../support/kept-log.js';
import { quotasWith } from '../support/quotas.js';

/** Contacts on a real database, put together as the application does, without WhatsApp. */
export function openContacts(
  db: Database,
  clock: Clock,
  connectionOf: (sessionId: string) => GatewayConnection | undefined = () => undefined,
  limits: Partial<QuotaLimits> = {},
) {
  const { logger, lines } = keptLog();
  const bus = new EventBus(logger);
  const unitOfWork = new UnitOfWork(db, new EventLog(new EventStore(db), bus, clock));
  const people = new PeopleService(new PeopleStore(), unitOfWork, clock);
  const contacts = new ContactsService({
    sessions: { connectionOf },
    people,
    contacts: new ContactsStore(db),
    chats: new ChatsStore(db),
    books: new AddressBooksStore(db),
    quotas: quotasWith(limits),
    unitOfWork,
    bus,
    clock,
    logger,
  });
  people.merged.add((tx, change) => contacts.recorder.onMerges(tx, change));
  people.changed.add((tx, change) => contacts.recorder.onChanged(tx, change));
  const events: AppEvent[] = [];
  bus.subscribe((event) => events.push(event));
  return { contacts, people, events, bus, lines };
}
