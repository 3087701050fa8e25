import { OptOutsService } from '../../server/audiences/opt-outs-service.js';
import { OptOutsStore } from '../../server/audiences/opt-outs-store.js';
import { rootPrincipal } from '../../server/access/principal.js';
import type { EventPayload } from '../../server/contract/events.js';
import type { ListRepliesQuery } from '../../server/contract/inbox/replies.js';
import type { Database } from '../../server/db/database.js';
import { Hook } from '../../server/lib/hook.js';
import { repliesFeature } from '../../server/replies/replies.feature.js';
import { RepliesReportStore } from '../../server/replies/replies-report-store.js';
import type { PersonAddress, ReplyNews } from '../../server/whatsapp/gateway.js';
import { coreOn } from '../support/core.js';
import { openServices, type SetClock } from '../support/open-services.js';
import { quotasWith } from '../support/quotas.js';

type Sent = Extract<ReplyNews, { change: 'sent' }>;

export const start = new Date('2026-03-01T10:00:00Z');
export const anna = '491700000001';

export function addressOf(person: string): PersonAddress {
  return person.startsWith('lid:') ? { phoneNumber: null, lid: person.slice(4) } : { phoneNumber: person, lid: null };
}

/** A reply to the status that `insertSentStatus` makes as S1. */
export function reply(messageId: string, of: Partial<Sent> & { from?: string } = {}): Sent {
  const { from = anna, ...rest } = of;
  return {
    messageId,
    person: addressOf(from),
    at: new Date(start.getTime() + 1_000),
    change: 'sent',
    pushName: null,
    statusMessageId: '3EB0S1',
    kind: 'text',
    text: 'Is there any left?',
    file: null,
    isViewOnce: false,
    ...rest,
  };
}

/** Replies on a real database, put together as the application does, without WhatsApp. */
export function openReplies(db: Database, clock: SetClock) {
  const services = openServices(db, clock);
  const { unitOfWork, bus, people, statuses, steps, viewers } = services;
  const core = { ...coreOn(db, clock), unitOfWork, bus };
  const requireSession = (): Promise<unknown> => Promise.resolve();
  const optOuts = new OptOutsService(new OptOutsStore(db), unitOfWork, clock, requireSession, quotasWith());
  const news = new Hook<[sessionId: string, news: ReplyNews[]]>();
  const { replies, recorder, optingOut } = repliesFeature(core, { news, people, statuses, steps, viewers, optOuts });
  const list = (query: Partial<ListRepliesQuery> = {}) => replies.list(rootPrincipal, null, { limit: 50, ...query });
  return {
    ...services,
    replies,
    recorder,
    optOuts,
    optingOut,
    report: new RepliesReportStore(db),
    record: (...some: ReplyNews[]) => recorder.record('acc1', some),
    list,
    texts: async (query: Partial<ListRepliesQuery> = {}) => (await list(query)).items.map(({ text }) => text),
    counts: async () => {
      const { viewed, replied } = (await statuses.get('acc1', 'S1')).counts;
      return { viewed, replied };
    },
    received: () =>
      services.events.flatMap((event): EventPayload<'reply-received'>[] =>
        event.name === 'reply-received' ? [event.payload] : [],
      ),
    updated: () =>
      services.events.flatMap((event) => (event.name === 'replies-updated' ? [event.payload.replyId] : [])),
  };
}

export type OpenReplies = ReturnType<typeof openReplies>;
