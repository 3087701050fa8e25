import type { AppEvent } from '../../server/contract/events.js';
import { contactsFeature } from '../../server/contacts/contacts.feature.js';
import type { QuotaLimits } from '../../server/config/quota-settings.js';
import type { Database } from '../../server/db/database.js';
import type { Clock } from '../../server/lib/clock.js';
import { peopleFeature } from '../../server/people/people.feature.js';
import type { GatewayConnection } from '../../server/whatsapp/gateway.js';
import { coreOn } from '../support/core.js';
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
  const core = coreOn(db, clock, logger);
  const people = peopleFeature(core);
  const { contacts } = contactsFeature(core, { running: { connectionOf }, people, quotas: quotasWith(limits) });
  people.merged.add((tx, change) => contacts.recorder.onMerges(tx, change));
  people.changed.add((tx, change) => contacts.recorder.onChanged(tx, change));
  const { bus } = core;
  const events: AppEvent[] = [];
  bus.subscribe((event) => events.push(event));
  return { contacts, people, events, bus, lines };
}
