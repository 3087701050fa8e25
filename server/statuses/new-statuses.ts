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
  /** For how many people each content is. */
  peopleCounts: readonly number[];
  /** The contents are two versions of one post, and no series. */
  experimentId?: string | undefined;
  /** When it is due, in epoch milliseconds; undefined for at once. */
  dueAt: number | undefined;
  plan: Partial<PlanRecord>;
  createdBy: string;
}

/** One status, or several for what is posted in parts or in versions, in their order. `now` in epoch milliseconds. */
export function newStatuses(post: NewPost, now: number, newMessageId: () => string): [StatusRecord, ...StatusRecord[]] {
  const { experimentId } = post;
  const seriesId = post.contents.length > 1 && experimentId === undefined ? newId() : undefined;
  const recordOf = (content: PostContent, position: number): StatusRecord => ({
    ...newStatus(post, content, post.peopleCounts[position] ?? 0, now),
    id: position === 0 ? post.id : newId(),
    messageId: newMessageId(),
    plan: {
      ...noPlan,
      // Who gets which version was drawn by lot, among those who were meant then.
      chosenAudience: experimentId === undefined ? audienceToLookUp(post.chosen.audience) : null,
      experiment: experimentId === undefined ? null : { id: experimentId, version: position === 0 ? 'A' : 'B' },
      series: seriesId === undefined ? null : { id: seriesId, position },
      ...post.plan,
    },
  });
  const [first, ...rest] = post.contents;
  return [recordOf(first, 0), ...rest.map((content, index) => recordOf(content, index + 1))];
}

function newStatus(
  { session, chosen, dueAt, createdBy }: NewPost,
  content: PostContent,
  peopleCount: number,
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
    peopleForgottenAt: null,
  };
}
