import type { Principal } from '../access/principal.js';
import type { Quotas } from '../access/quotas.js';
import type { AudiencesService, ResolvedAudience } from '../audiences/audiences-service.js';
import type { Audience } from '../contract/audiences.js';
import { defaultLateByMinutes, nextFreeSlot, type PlanFields } from '../contract/planning/plans.js';
import type { Session } from '../contract/sessions.js';
import type { SendStatusBody, Status } from '../contract/statuses.js';
import type { LinkFields } from '../contract/clicks.js';
import type { Variables } from '../contract/variables.js';
import { grownFrom, type Keep, keepNothing, type Kept, type Tx, type UnitOfWork } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { newId } from '../lib/ids.js';
import type { PeopleService } from '../people/people-service.js';
import type { WhatsAppGateway } from '../whatsapp/gateway.js';
import { countStrangers, audienceOf, recipientsOf, requireVisibleAudience, resolveChosen } from './chosen-audience.js';
import { newStatuses, type ChosenAudience } from './new-statuses.js';
import type { PlanRecord } from './plan.js';
import { plannedTime } from './planned-time.js';
import type { Waiting } from './read-until.js';
import type { SlotsService } from '../slots/slots-service.js';
import type { PostContent, StatusContents } from './status-contents.js';
import type { LinkMaker } from './link-maker.js';
import { publicStatus, type StatusRecord } from './status.js';
import type { StatusSteps } from './status-steps.js';
import type { StatusesService } from './statuses-service.js';
import type { StatusesStore, UnsentKept } from './statuses-store.js';
import { fillerOf, linkValuesOf, missingVariables, refuseMissing, textsOf, type Filling } from './variables.js';

/** What posting needs to know of sessions. */
export interface SessionsOfStatuses {
  /** Throws `not_found` for a session that the principal may not see. */
  get(principal: Principal, sessionId: string): Promise<Session>;
}

export interface AcceptingParts {
  sessions: SessionsOfStatuses;
  gateway: Pick<WhatsAppGateway, 'isLinked' | 'newMessageId'>;
  people: PeopleService;
  audiences: Pick<AudiencesService, 'resolve' | 'sharedFacts'>;
  contents: StatusContents;
  links: LinkMaker;
  statuses: StatusesStore;
  steps: StatusSteps;
  reader: Pick<StatusesService, 'outcomeOf'>;
  slots: Pick<SlotsService, 'upcoming' | 'claimFree'>;
  quotas: Quotas;
  unitOfWork: UnitOfWork;
  clock: Clock;
}

/** Whom a status is for and when it goes out, as a request says it. */
export type PostRequest = Pick<
  SendStatusBody,
  'audience' | 'targetNumbers' | 'variables' | 'templateId' | keyof PlanFields | keyof LinkFields
>;

interface Accepted {
  id: string;
  post: PostRequest;
  contents: [PostContent, ...PostContent[]];
  chosen: ChosenAudience;
  createdBy: string;
}

/** How a status is accepted, beyond what the request says. */
export interface SendOptions<K = unknown> extends Waiting {
  keep?: Keep<Status, K>;
  /** When it is due, whatever the request says; epoch milliseconds. */
  dueAt?: number;
  plan?: Partial<PlanRecord>;
  /** Variables of the texts for which the request has no value: what all recipients have in common may be one. */
  missing?: readonly string[];
  /** The contents are two versions of one post, each for one of two halves of the people. */
  experiment?: { id: string; halvesOf: (personIds: readonly string[]) => readonly [string[], string[]] };
  /** What else commits with the status, or the statuses of a series. A rejection takes them back. */
  withinCommit?: (tx: Tx, first: StatusRecord, all: readonly StatusRecord[]) => Promise<void>;
}

/** Of posts that never left: how many an account keeps, and of how many recipients. */
const unsentKept: UnsentKept = { posts: 1_000, recipients: 1_000_000 };

/** Accepting statuses. Posting them is the queue's work. */
export class AcceptingService {
  constructor(private readonly parts: AcceptingParts) {}

  /**
   * Accepts a status into the session's queue, with the snapshot of its audience and the id it will have on WhatsApp.
   * It is posted as soon as the account is connected, or, planned for a time, then. With `waitMs` the answer comes with the
   * outcome, or after that time. Throws `not_connected` when the session is not linked to an account.
   */
  send<K>(
    principal: Principal,
    sessionId: string,
    body: SendStatusBody,
    options: SendOptions<K> = { waitMs: 0 },
  ): Promise<Kept<Status, K>> {
    const contentsFor = (session: Session) => this.parts.contents.contentsOf(principal, session, body);
    const missing = missingVariables(textsOf(body), body.variables);
    return this.sendContents(principal, sessionId, body, contentsFor, { ...options, missing });
  }

  /**
   * Throws `validation_error` when the texts of a post name a variable that nobody has a value for. With `unlessEmpty` nothing
   * is said where nobody is left of the audience: posting itself says so.
   */
  async requireVariables(
    principal: Principal,
    session: Session,
    body: SendStatusBody,
    { unlessEmpty = false } = {},
  ): Promise<void> {
    const missing = missingVariables(textsOf(body), body.variables);
    if (missing.length === 0) return;
    const audience = audienceOf(session, body);
    const resolved = await this.parts.audiences.resolve(session, audience);
    if (unlessEmpty && audience.kind !== 'self' && recipientsOf(resolved).length === 0) return;
    await this.sharedBy(principal, session, { audience, missing, resolved });
  }

  /**
   * As {@link send}, with contents from elsewhere: they are asked for when the rest of the request is in order, and told for how
   * many people they are.
   */
  async sendContents<K>(
    principal: Principal,
    sessionId: string,
    post: PostRequest,
    contentsFor: (session: Session, peopleCount: number) => Promise<[PostContent, ...PostContent[]]>,
    options: SendOptions<K>,
  ): Promise<Kept<Status, K>> {
    const session = await this.parts.sessions.get(principal, sessionId);
    requireVisibleAudience(principal, post.audience);
    if (!(await this.parts.gateway.isLinked(sessionId))) {
      throw new AppError(
        'not_connected',
        'This session is not linked to a WhatsApp account. Link it by QR code or pairing code first, then send again.',
      );
    }
    const audience = audienceOf(session, post);
    const resolved = await resolveChosen(this.parts.audiences, session, audience);
    const { waitMs, missing = [] } = options;
    const shared = await this.sharedBy(principal, session, { audience, missing, resolved });
    const request = {
      id: newId(),
      post: { ...post, ...(post.variables && { variables: { ...shared, ...post.variables } }) },
      contents: await contentsFor(session, recipientsOf(resolved).length),
      chosen: { audience, resolved },
      createdBy: principal.name,
    };
    const accepted = await this.accept(session, request, options);
    return waitMs > 0 && accepted.state !== 'scheduled'
      ? grownFrom<Status, K>(accepted, await this.parts.reader.outcomeOf(sessionId, accepted.id, options))
      : accepted;
  }

  /** Throws `validation_error` when clicks on the links of a post are to be counted and it can be said already that they cannot. */
  requireTrackable(body: SendStatusBody): void {
    this.parts.links.refuseIfImpossible(body);
    if (body.variables === undefined)
      this.parts.links.refuseWithoutLink(body, body.type === 'url' ? body.content : textsOf(body));
  }

  /** Values of what is missing that all recipients have in common. Throws when one is not to be had. */
  private async sharedBy(
    principal: Principal,
    session: Session,
    { audience, resolved, missing }: { audience: Audience; resolved: ResolvedAudience; missing: readonly string[] },
  ): Promise<Variables> {
    if (missing.length === 0) return {};
    // Lists are nothing to the key of one session.
    if (principal.sessionId !== null) refuseMissing(missing);
    const people = recipientsOf(resolved);
    const { shared, differing } = await this.parts.audiences.sharedFacts(session, audience, people, missing);
    refuseMissing(
      missing.filter((name) => !Object.hasOwn(shared, name)),
      differing,
    );
    return shared;
  }

  /** What is written down of a post, all of it or nothing. */
  private async accept<K>(session: Session, request: Accepted, options: SendOptions<K>): Promise<Status & K> {
    const { gateway, steps, contents, links, slots, quotas, unitOfWork, clock } = this.parts;
    const { id, post, chosen, createdBy } = request;
    const { keep = keepNothing } = options;
    const plannedAt = options.dueAt ?? plannedTime(post, clock.now().getTime());
    const isForSlot = plannedAt === undefined && post.scheduledAt === nextFreeSlot;
    const comingSlots = isForSlot ? await slots.upcoming(session.sessionId) : undefined;
    return unitOfWork.run(async (tx) => {
      await quotas.require(tx, 'pendingStatus', session, request.contents.length);
      const personIds = await this.personIds(tx, session, chosen.resolved);
      const groups = options.experiment?.halvesOf(personIds) ?? request.contents.map(() => personIds);
      const peopleCounts = groups.map((group) => group.length);
      const recipients = peopleCounts.reduce((sum, count) => sum + count, 0);
      await quotas.require(tx, 'pendingRecipient', session, recipients);
      const now = clock.now().getTime();
      const dueAt = comingSlots ? await slots.claimFree(tx, session.sessionId, comingSlots) : plannedAt;
      const { templateId = null } = post;
      const plan = { templateId, ...(dueAt !== undefined && plannedBy(post)), ...options.plan };
      const timeZone = plan.timeZone ?? post.timeZone ?? comingSlots?.timeZone ?? 'UTC';
      const filled = filledContents(request, { session, timeZone, at: dueAt ?? now });
      const experimentId = options.experiment?.id;
      const made = newStatuses(
        { id, session, contents: filled, chosen, peopleCounts, experimentId, dueAt, plan, createdBy },
        now,
        () => gateway.newMessageId(accountOf(session)),
      );
      const records = links.link(made, post, linkValuesOf(post.variables, { session, timeZone, at: dueAt ?? now }));
      await this.forgetUnsent(tx, session.sessionId, records.length);
      await steps.accept(tx, records, groups);
      for (const record of records) await contents.keepFile(tx, record);
      const [first] = records;
      await options.withinCommit?.(tx, first, records);
      return keep(tx, publicStatus(first));
    });
  }

  /** Those it is for, in the order in which they are served; who is new among them is written down, within the limits. */
  private async personIds(tx: Tx, session: Session, resolved: ResolvedAudience): Promise<string[]> {
    const { people, quotas } = this.parts;
    const chosen = recipientsOf(resolved);
    const resolve = (): Promise<string[]> => people.resolveKnown(tx, session.sessionId, chosen);
    return [...new Set(await quotas.whileAdding(tx, 'person', session, countStrangers(chosen), resolve))];
  }

  /** Who posts and cancels in a loop makes room by it: more is forgotten than comes. */
  private async forgetUnsent(tx: Tx, sessionId: string, newOnes: number): Promise<void> {
    const { statuses, contents } = this.parts;
    const forgotten = await statuses.forgetUnsent(tx, sessionId, unsentKept, newOnes + 1);
    for (const id of forgotten) await contents.leaveFile(tx, id);
  }
}

function filledContents(
  { contents, post: { variables } }: Accepted,
  filling: Omit<Filling, 'variables'>,
): Accepted['contents'] {
  if (variables === undefined) return contents;
  const [first, ...rest] = contents;
  const fill = fillerOf({ ...filling, variables });
  return [fill(first), ...rest.map(fill)];
}

/** What a request says about time, as it is kept. */
function plannedBy({ timeZone, lateByMinutes }: PostRequest): Partial<PlanRecord> {
  return { timeZone: timeZone ?? null, lateByMinutes: lateByMinutes ?? defaultLateByMinutes };
}

function accountOf(session: Session) {
  if (session.jid === null) return null;
  const { jid, lid, pushName, ownNumber } = session;
  return { jid, lid, pushName, phoneNumber: ownNumber ?? '', deviceId: 0 };
}
