import type { Quotas } from '../access/quotas.js';
import type { AudiencesService } from '../audiences/audiences-service.js';
import type { Core } from '../core.js';
import type { LinkPreviews } from '../links/link-previews.js';
import { publicPreview } from '../links/public-preview.js';
import { ShortAddresses } from '../links/short-addresses.js';
import type { FileUses } from '../media/file-uses.js';
import type { PeopleService } from '../people/people-service.js';
import type { SlotsService } from '../slots/slots-service.js';
import type { WhatsAppGateway } from '../whatsapp/gateway.js';
import { AcceptingService, type SessionsOfStatuses } from './accepting-service.js';
import { RecipientOutcomes } from './recipient-outcomes.js';
import { RecipientsService } from './recipients-service.js';
import { RecipientsStore } from './recipients-store.js';
import { RepostsService } from './reposts-service.js';
import { StatusChangesService } from './status-changes-service.js';
import { StatusContents, type MediaOfStatuses } from './status-contents.js';
import { LinkMaker } from './link-maker.js';
import { StatusSteps } from './status-steps.js';
import { statusesRoutes } from './statuses-routes.js';
import { StatusesService } from './statuses-service.js';
import { StatusesStore } from './statuses-store.js';

export type StatusesFeature = ReturnType<typeof statusesFeature>;

export interface StatusesNeeds {
  sessions: SessionsOfStatuses;
  gateway: Pick<WhatsAppGateway, 'isLinked' | 'newMessageId'>;
  people: PeopleService;
  audiences: Pick<AudiencesService, 'resolve' | 'sharedFacts'>;
  media: MediaOfStatuses;
  fileUses: Pick<FileUses, 'add' | 'drop'>;
  linkPreviews: Pick<LinkPreviews, 'read'>;
  slots: SlotsService;
  quotas: Quotas;
}

/** The record of every post: accepting, reading, changing and posting it again. */
export function statusesFeature({ config, database, unitOfWork, bus, clock }: Core, needs: StatusesNeeds) {
  const { sessions, gateway, people, audiences, media, fileUses, linkPreviews, slots, quotas } = needs;
  const store = new StatusesStore(database);
  const recipients = new RecipientsStore(database);
  const contents = new StatusContents(media, fileUses, async (url, organizationId) => {
    const outcome = await linkPreviews.read(url, organizationId);
    if (outcome.result === 'busy') throw outcome.failure;
    if (outcome.result === 'media') return outcome;
    return { result: 'link', preview: outcome.result === 'preview' ? publicPreview(outcome.preview) : null };
  });
  const steps = new StatusSteps(store, recipients, clock);
  const statuses = new StatusesService(store, recipients, bus, clock);
  const links = new LinkMaker(new ShortAddresses(config.publicAddress), config.links);
  const common = {
    sessions,
    gateway,
    people,
    audiences,
    steps,
    links,
    slots,
    quotas,
    unitOfWork,
    clock,
    reader: statuses,
  };
  const accepting = new AcceptingService({ ...common, contents, statuses: store });
  const changes = new StatusChangesService({ ...common, recipients, bus });
  const listing = new RecipientsService(recipients, statuses);
  const reposts = new RepostsService(statuses, accepting, contents, recipients);
  return {
    statuses,
    accepting,
    changes,
    contents,
    steps,
    outcomes: new RecipientOutcomes(recipients, people),
    routes: statusesRoutes({ statuses, accepting, changes, listing, reposts }),
  };
}
