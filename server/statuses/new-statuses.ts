import type { ResolvedAudience } from '../audiences/audiences-service.js';
import type { Audience } from '../contract/audiences.js';
import type { Session } from '../contract/sessions.js';
import { newId } from '../lib/ids.js';
import { snapshotOf } from './chosen-audience.js';
import { audienceToLookUp, noPlan, type PlanRecord } from './plan.js';
import type { PostContent } from './status-contents.js';
import type { StatusRecord } from './status.js';
import { notConnected } from './waiting-reasons.js';

/** Whom a status is for: as it was chosen, and who that is. */
export interface ChosenAudience {
  audience: Audience;
  resolved: ResolvedAudience;
}

/** What is written down of a post that is accepted. */
export interface NewPost {
  /** Of the first status; the others of a series get their own. */
  id: string;
  session: Session;
  contents: readonly [PostContent, ...PostContent[]];
  chosen: ChosenAudience;
  /** How many people it is for. */
  peopleCount: number;
  /** When it is due, in epoch milliseconds; undefined for at once. */
  dueAt: number | undefined;
  plan: Partial<PlanRecord>;
  createdBy: string;
}

/** One status, or a series of them for what is posted in parts, in their order. `now` in epoch milliseconds. */
export function newStatuses(post: NewPost, now: number, newMessageId: () => string): [StatusRecord, ...StatusRecord[]] {
  const seriesId = post.contents.length > 1 ? newId() : undefined;
  const recordOf = (content: PostContent, position: number): StatusRecord => ({
    ...newStatus(post, content, now),
    id: position === 0 ? post.id : newId(),
    messageId: newMessageId(),
    plan: {
      ...noPlan,
      chosenAudience: audienceToLookUp(post.chosen.audience),
      series: seriesId === undefined ? null : { id: seriesId, position },
      ...post.plan,
    },
  });
  const [first, ...rest] = post.contents;
  return [recordOf(first, 0), ...rest.map((content, index) => recordOf(content, index + 1))];
}

function newStatus(
  { session, chosen, peopleCount, dueAt, createdBy }: NewPost,
  content: PostContent,
  now: number,
): Omit<StatusRecord, 'id' | 'messageId' | 'plan'> {
  const isLater = dueAt !== undefined && dueAt > now;
  return {
    organizationId: session.organizationId,
    sessionId: session.sessionId,
    ...content,
    links: null,
    state: isLater ? 'scheduled' : 'queued',
    errorCode: null,
    errorMessage: null,
    counts: { targeted: peopleCount, included: 0, delivered: 0, viewed: 0, reacted: 0, replied: 0, clicked: 0 },
    audience: snapshotOf(chosen.audience, chosen.resolved),
    leftOut: 0,
    deleteRequestedAt: null,
    revokeId: null,
    revokeAttempts: 0,
    takenBack: 0,
    deletionError: null,
    attempts: 0,
    createdBy,
    createdAt: now,
    updatedAt: now,
    scheduledAt: dueAt ?? null,
    startedAt: null,
    waitingUntil: null,
    waitingReason: isLater || session.connected ? null : notConnected,
    note: null,
    sentAt: null,
    expiresAt: null,
  };
}
