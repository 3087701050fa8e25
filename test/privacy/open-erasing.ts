import { ListsService } from '../../server/audiences/lists-service.js';
import { ListsStore } from '../../server/audiences/lists-store.js';
import { OptOutsService } from '../../server/audiences/opt-outs-service.js';
import { OptOutsStore } from '../../server/audiences/opt-outs-store.js';
import { TagsService } from '../../server/audiences/tags-service.js';
import { TagsStore } from '../../server/audiences/tags-store.js';
import { ClicksStore } from '../../server/clicks/clicks-store.js';
import { contactsFeature } from '../../server/contacts/contacts.feature.js';
import type { Database } from '../../server/db/database.js';
import type { Tx } from '../../server/db/unit-of-work.js';
import { EventLog } from '../../server/events/event-log.js';
import { EventStore } from '../../server/events/event-store.js';
import { Hook } from '../../server/lib/hook.js';
import { notFound } from '../../server/lib/app-error.js';
import type { Clock } from '../../server/lib/clock.js';
import { FileUses } from '../../server/media/file-uses.js';
import { UploadsStore } from '../../server/media/uploads-store.js';
import { peopleFeature } from '../../server/people/people.feature.js';
import { privacyFeature } from '../../server/privacy/privacy.feature.js';
import { repliesFeature } from '../../server/replies/replies.feature.js';
import { RecipientsStore } from '../../server/statuses/recipients-store.js';
import { StatusContents } from '../../server/statuses/status-contents.js';
import type { StatusRecord } from '../../server/statuses/status.js';
import { StatusesService } from '../../server/statuses/statuses-service.js';
import { StatusesStore } from '../../server/statuses/statuses-store.js';
import { viewersFeature } from '../../server/viewers/viewers.feature.js';
import type { ReplyNews } from '../../server/whatsapp/gateway.js';
import { AuthStore } from '../../server/whatsapp/credentials/auth-store.js';
import { createAuthCipher } from '../../server/whatsapp/credentials/auth-cipher.js';
import { SentMessagesStore } from '../../server/whatsapp/publishing/sent-messages-store.js';
import { RecipientDevicesStore } from '../../server/whatsapp/publishing/recipient-devices-store.js';
import { coreOn } from '../support/core.js';
import { quotasWith } from '../support/quotas.js';

/** Real parts on a database of the test's own; only WhatsApp is nobody, beyond what it has stored. */
export function openErasing(db: Database, clock: Clock, uploadsDir?: string) {
  const { config, ...rest } = coreOn(db, clock);
  const core = { ...rest, config: { ...config, ...(uploadsDir !== undefined && { uploadsDir }) } };
  const { bus, unitOfWork } = core;
  const quotas = quotasWith();
  const people = peopleFeature(core);
  const { contacts } = contactsFeature(core, { running: { connectionOf: () => undefined }, people, quotas });
  const statuses = new StatusesService(new StatusesStore(db), new RecipientsStore(db), bus, clock);
  const { viewers } = viewersFeature(core, { statuses, people });
  people.merged.add((tx, change) => statuses.onMerges(tx, change));
  people.merged.add((tx, change) => viewers.onMerges(tx, change));
  const optOuts = new OptOutsService(new OptOutsStore(db), unitOfWork, clock, () => Promise.resolve(), quotas);
  const news = new Hook<[sessionId: string, news: ReplyNews[]]>();
  const steps = { accepted: new Hook<[tx: Tx, status: StatusRecord]>() };
  const { replies, recorder } = repliesFeature(core, { news, people, statuses, steps, viewers, optOuts });
  const tagsStore = new TagsStore(db);
  const devices = new RecipientDevicesStore(db);
  const auth = new AuthStore(db, createAuthCipher(Buffer.alloc(32)), clock);
  const sent = new SentMessagesStore(db, createAuthCipher(Buffer.alloc(32)));
  const gateway = {
    forgetPerson: async (tx: Tx, sessionId: string, users: readonly string[]) => ({
      devices: await devices.forgetForGood(tx, sessionId, users),
      keys: await auth.forgetUsers(tx, sessionId, users),
    }),
    forgetMessages: (...of: Parameters<SentMessagesStore['forgetAll']>) => sent.forgetAll(...of),
  };
  const nobody = () => Promise.reject(notFound('The file'));
  const fileUses = new FileUses(new UploadsStore(db), { getRecord: nobody }, clock);
  const media = { take: nobody, load: () => Promise.resolve(undefined) };
  const contents = new StatusContents(media, fileUses, nobody);
  const { erasing, oldPosts } = privacyFeature(core, {
    people,
    contacts,
    statuses: { statuses, contents },
    viewers: { viewers },
    lists: new ListsService(new ListsStore(db), tagsStore, unitOfWork, clock, quotas),
    tags: new TagsService(tagsStore, unitOfWork, quotas),
    optOuts,
    replies,
    clicks: { forgetOf: (...of) => new ClicksStore().deleteActivityOf(...of) },
    gateway,
    events: new EventLog(new EventStore(db), bus, clock),
  });
  return { ...core, erasing, oldPosts, replies, people, statuses, viewers, recorder, gateway, devices, auth };
}
