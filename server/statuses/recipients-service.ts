import type { Page } from '../contract/envelope.js';
import type { ListRecipientsQuery, Recipient } from '../contract/recipients.js';
import type { CursorForm } from '../lib/cursors.js';
import { Pages } from '../lib/page.js';
import { timestampOrNull } from '../lib/timestamp.js';
import { nameToShow } from '../people/person.js';
import { forgottenPeople } from './forgotten-people.js';
import type { RecipientPerson, RecipientsStore } from './recipients-store.js';
import { outcomeInWords } from './status-outcome.js';
import type { StatusesService } from './statuses-service.js';

/** The order of sending is by position. */
const positionCursor: CursorForm<number> = {
  write: String,
  read: (cursor) => (/^\d{1,9}$/.test(cursor) ? Number(cursor) : undefined),
};
const pages = new Pages(positionCursor);

/** Who a status was for, who got it, and why the others did not. */
export class RecipientsService {
  constructor(
    private readonly recipients: RecipientsStore,
    private readonly statuses: Pick<StatusesService, 'getRecord'>,
  ) {}

  /** In the order of sending. Throws `not_found` unless the session has this status. */
  async list(sessionId: string, statusId: string, query: ListRecipientsQuery): Promise<Page<Recipient>> {
    const { id, peopleForgottenAt } = await this.statuses.getRecord(sessionId, statusId);
    if (peopleForgottenAt !== null) return forgottenPeople(peopleForgottenAt);
    const { recipients, total } = await this.recipients.page(id, query.outcome, pages.wanted(query));
    const { items, nextCursor } = pages.cut(recipients, query, ({ position }) => position);
    return { items: items.map(publicRecipient), total, nextCursor };
  }
}

function publicRecipient(recipient: RecipientPerson): Recipient {
  const { phone_number: phoneNumber, lid, outcome, sent_at: sentAt } = recipient;
  return {
    phoneNumber,
    lid,
    outcome,
    name: nameToShow(recipient),
    message: outcomeInWords(outcome),
    sentAt: timestampOrNull(sentAt),
  };
}
