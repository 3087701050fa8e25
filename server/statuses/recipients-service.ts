import type { Page } from '../contract/envelope.js';
import type { ListRecipientsQuery, Recipient } from '../contract/recipients.js';
import { unknownCursor } from '../lib/app-error.js';
import { timestampOrNull } from '../lib/timestamp.js';
import { nameToShow } from '../people/person.js';
import type { RecipientPerson, RecipientsStore } from './recipients-store.js';
import { outcomeInWords } from './status-outcome.js';
import type { StatusesService } from './statuses-service.js';

/** Who a status was for, who got it, and why the others did not. */
export class RecipientsService {
  constructor(
    private readonly recipients: RecipientsStore,
    private readonly statuses: Pick<StatusesService, 'getRecord'>,
  ) {}

  /** In the order of sending. Throws `not_found` unless the session has this status. */
  async list(sessionId: string, statusId: string, query: ListRecipientsQuery): Promise<Page<Recipient>> {
    const { id } = await this.statuses.getRecord(sessionId, statusId);
    const { limit, cursor = '-1', outcome } = query;
    if (!/^(-1|\d{1,9})$/.test(cursor)) {
      throw unknownCursor(cursor);
    }
    const page = { limit: limit + 1, after: Number(cursor) };
    const { recipients, total } = await this.recipients.page(id, outcome, page);
    const items = recipients.slice(0, limit);
    const last = items.at(-1);
    const nextCursor = recipients.length > limit && last ? String(last.position) : null;
    return { items: items.map(publicRecipient), total, nextCursor };
  }
}

function publicRecipient(recipient: RecipientPerson): Recipient {
  const { phone_number: phoneNumber, lid, outcome, sent_at: sentAt } = recipient;
  return {
    ...{ phoneNumber, lid, outcome },
    name: nameToShow(recipient),
    message: outcomeInWords(outcome),
    sentAt: timestampOrNull(sentAt),
  };
}
