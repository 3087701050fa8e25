import type { accessFeature } from './access/access.feature.js';
import type { BroadcastsService } from './broadcasts/broadcasts-service.js';
import type { Core } from './core.js';
import type { EventLog } from './events/event-log.js';
import type { Idempotency } from './http/idempotency.js';
import { type ForgetSome, Forgetting, olderThan } from './lib/running/forgetting.js';
import type { ErasingService } from './privacy/erasing-service.js';
import type { OldPosts } from './privacy/old-posts.js';
import type { RepliesService } from './replies/replies-service.js';
import type { SchedulesService } from './scheduling/schedules-service.js';
import type { ViewersService } from './viewers/viewers-service.js';
import type { WhatsAppGateway } from './whatsapp/gateway.js';

export interface ForgettingNeeds {
  events: EventLog;
  idempotency: Idempotency;
  access: Pick<ReturnType<typeof accessFeature>, 'apiKeys' | 'signIns'>;
  viewers: ViewersService;
  replies: RepliesService;
  schedules: SchedulesService;
  broadcasts: BroadcastsService;
  gateway: Pick<WhatsAppGateway, 'forgetOldMessages'>;
  erasing: ErasingService;
  oldPosts: OldPosts;
}

/**
 * All that goes by its age, each kind for as long as its setting says. docs/limits.md says of every table what limits it; what goes
 * there within a day of its end, or by its number, is with its feature.
 */
export function forgettingOf(core: Core, needs: ForgettingNeeds): Forgetting {
  const { events, idempotency, access, viewers, replies, schedules, broadcasts, gateway, erasing, oldPosts } = needs;
  const { keep } = core.config;
  const old = olderThan(core.clock);
  const works: Record<string, ForgetSome> = {
    events: old(keep.eventsMs, (...which) => events.forgetBefore(...which)),
    'idempotency keys': (atMost) => idempotency.forgetOld(atMost),
    keys: () => access.apiKeys.prune(),
    'sign-ins': () => access.signIns.prune(),
    'sent messages': (atMost) => gateway.forgetOldMessages(atMost),
    viewers: old(keep.viewersMs, (...which) => viewers.forgetPeople(...which)),
    receipts: old(keep.unknownReceiptsMs, (...which) => viewers.forgetUnknown(...which)),
    'files of replies': old(keep.replyFilesMs, (...which) => replies.forgetFilesBefore(...which)),
    replies: old(keep.repliesMs, (...which) => replies.forgetBefore(...which)),
    posts: old(keep.postsMs, (...which) => oldPosts.forgetBefore(...which)),
    broadcasts: old(keep.postsMs, (...which) => broadcasts.forgetBefore(...which)),
    'times of schedules': old(keep.postsMs, (...which) => schedules.forgetTimesBefore(...which)),
    'unfinished erasures': () => erasing.finishAll(),
    'surplus erasures': (atMost) => erasing.forgetSurplus(atMost),
    erasures: old(keep.erasuresMs, (...which) => erasing.forgetBefore(...which)),
  };
  return new Forgetting({ ...core, works });
}
