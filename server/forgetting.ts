import type { accessFeature } from './access/access.feature.js';
import type { Core } from './core.js';
import type { EventLog } from './events/event-log.js';
import type { Idempotency } from './http/idempotency.js';
import { Forgetting, olderThan } from './lib/running/forgetting.js';
import type { ErasingService } from './privacy/erasing-service.js';
import type { ViewersService } from './viewers/viewers-service.js';

export interface ForgettingNeeds {
  events: EventLog;
  idempotency: Idempotency;
  access: Pick<ReturnType<typeof accessFeature>, 'apiKeys' | 'signIns'>;
  viewers: ViewersService;
  erasing: ErasingService;
}

/** All that goes by its age, each kind for as long as its setting says. */
export function forgettingOf(
  core: Core,
  { events, idempotency, access, viewers, erasing }: ForgettingNeeds,
): Forgetting {
  const { keep } = core.config;
  const old = olderThan(core.clock);
  return new Forgetting({
    ...core,
    works: {
      events: old(keep.eventsMs, (...which) => events.forgetBefore(...which)),
      'idempotency keys': (atMost) => idempotency.forgetOld(atMost),
      keys: () => access.apiKeys.prune(),
      'sign-ins': () => access.signIns.prune(),
      viewers: old(keep.viewersMs, (...which) => viewers.forgetPeople(...which)),
      receipts: old(keep.unknownReceiptsMs, (...which) => viewers.forgetUnknown(...which)),
      'unfinished erasures': () => erasing.finishAll(),
      erasures: old(keep.erasuresMs, (...which) => erasing.forgetBefore(...which)),
    },
  });
}
