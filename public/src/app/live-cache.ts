import type { EventPayload } from '../../../server/contract/events.js';
import { accountsLive } from '../accounts/live.js';
import { analyticsLive } from '../analytics/live.js';
import { draftLive } from '../draft/live.js';
import { filesLive } from '../files/live.js';
import { inboxLive } from '../inbox/live.js';
import type { LiveHandlers } from '../lib/live-handlers.js';
import { peopleLive } from '../people/live.js';
import { planningLive } from '../planning/live.js';
import { postsLive } from '../posts/live.js';

/** Each `live.ts` of the dashboard. */
const parts = [
  accountsLive,
  peopleLive,
  postsLive,
  draftLive,
  planningLive,
  filesLive,
  analyticsLive,
  inboxLive,
] as const;

/** The events that some part shows; a caller who has another one does not compile. */
type ShownEvent = KeysOfEach<(typeof parts)[number]>;
type KeysOfEach<P> = P extends unknown ? keyof P : never;

/** Puts a live event into what every part of the dashboard shows. */
export function showEvent<N extends ShownEvent>(name: N, payload: EventPayload<N>): void {
  for (const part of parts as readonly LiveHandlers[]) part[name]?.(payload);
}
