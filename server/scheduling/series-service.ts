import type { Principal } from '../access/principal.js';
import type { CreateSeriesBody, Series } from '../contract/planning/series.js';
import type { Session } from '../contract/sessions.js';
import { grownFrom, type Keep, keepNothing, type Kept, type UnitOfWork } from '../db/unit-of-work.js';
import type { EventBus } from '../events/event-bus.js';
import { AppError, notFound, validationError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { readUntil, type Waiting } from '../statuses/read-until.js';
import { publicSeries } from './series.js';
import type { PostContent, StatusContents } from '../statuses/status-contents.js';
import { maySettle } from '../statuses/status-events.js';
import type { StatusSteps } from '../statuses/status-steps.js';
import type { StatusRecord } from '../statuses/status.js';
import type { AcceptingService } from '../statuses/accepting-service.js';
import type { StatusesService } from '../statuses/statuses-service.js';
import { fillerOf, missingVariables, textsOf } from '../statuses/variables.js';

export interface SeriesServiceParts {
  accepting: Pick<AcceptingService, 'sendContents'>;
  contents: Pick<StatusContents, 'contentsOf'>;
  statuses: Pick<StatusesService, 'listSeries'>;
  steps: StatusSteps;
  unitOfWork: UnitOfWork;
  bus: Pick<EventBus, 'subscribe'>;
  clock: Clock;
}

type Item = CreateSeriesBody['items'][number];

/** How the answer is given: at once or with the outcome, and kept with what it tells of. */
export interface SeriesOptions<K> extends Waiting {
  keep?: Keep<Series, K>;
}

/** All are written down in one transaction, for which others wait. */
const maxRecipients = 200_000;
/** Pages of links, and files from the web, are read for so many items at a time. */
const preparedAtOnce = 5;

/** Several posts in their order. Each leaves only after those before it were sent. */
export class SeriesService {
  constructor(private readonly parts: SeriesServiceParts) {}

  /**
   * Accepts all items or none. Throws what sending throws; what is wrong with one item says which one, and its fields are
   * named as in `items.3.content`. With `waitMs` the answer comes when nothing of it is to come any more but what is planned
   * for later, or after that time.
   */
  async create<K>(
    principal: Principal,
    sessionId: string,
    { items, ...post }: CreateSeriesBody,
    { keep = keepNothing, ...wait }: SeriesOptions<K> = { waitMs: 0 },
  ): Promise<Kept<Series, K>> {
    const missing = missingVariables(items.map(textsOf).join(' '), post.variables);
    const contentsFor = async (session: Session, peopleCount: number): Promise<[PostContent, ...PostContent[]]> => {
      refuseTooMany(items.length, peopleCount);
      const parts: PostContent[] = [];
      for (let start = 0; start < items.length; start += preparedAtOnce) {
        const some = items.slice(start, start + preparedAtOnce);
        const contents = await Promise.all(
          some.map((item, index) => this.contentsOf(principal, session, item, start + index, post)),
        );
        parts.push(...contents.flat());
      }
      const [first, ...rest] = parts;
      if (first === undefined) throw new Error('The series shows nothing.');
      return [first, ...rest];
    };
    let series: (Series & K) | undefined;
    await this.parts.accepting.sendContents(principal, sessionId, post, contentsFor, {
      waitMs: 0,
      missing,
      withinCommit: async (tx, first, [, ...rest]) => {
        series = await keep(tx, publicSeries([first, ...rest]));
      },
    });
    if (!series) throw new Error('The series was not accepted.');
    const { id } = series;
    if (wait.waitMs === 0) return series;
    const outcome = await readUntil(this.parts.bus, wait, {
      read: () => this.get(sessionId, id),
      isDone: ({ statuses }) => !statuses.some(({ state }) => state === 'queued' || state === 'sending'),
      isNews: (event) => event.sessionId === sessionId && maySettle(event),
    });
    return grownFrom<Series, K>(series, outcome);
  }

  /** Also of a video that was posted in parts. */
  async get(sessionId: string, seriesId: string): Promise<Series> {
    return publicSeries(await this.getRecords(sessionId, seriesId));
  }

  /** Keeps back all of it that has not left yet. What is on WhatsApp, or on its way, stays. */
  async cancel(sessionId: string, seriesId: string): Promise<Series> {
    const { steps, unitOfWork } = this.parts;
    const records = await this.getRecords(sessionId, seriesId);
    await unitOfWork.run((tx) => steps.takeAll(tx, records, { step: 'cancel' }));
    return this.get(sessionId, seriesId);
  }

  private async contentsOf(
    principal: Principal,
    session: Session,
    item: Item,
    index: number,
    { variables, timeZone = 'UTC' }: Omit<CreateSeriesBody, 'items'>,
  ): Promise<PostContent[]> {
    try {
      const contents = await this.parts.contents.contentsOf(principal, session, item);
      // They are filled in for good when the time is known; by now it can be said which item becomes too long.
      if (variables) contents.forEach(fillerOf({ variables, session, timeZone, at: this.parts.clock.now().getTime() }));
      return contents;
    } catch (error) {
      throw error instanceof AppError ? ofItem(error, index) : error;
    }
  }

  private async getRecords(sessionId: string, seriesId: string): Promise<[StatusRecord, ...StatusRecord[]]> {
    const [first, ...rest] = await this.parts.statuses.listSeries(sessionId, seriesId);
    if (!first) throw notFound('The series');
    return [first, ...rest];
  }
}

function refuseTooMany(items: number, people: number): void {
  if (items * people <= maxRecipients) return;
  const sentence = `A series may have at most ${inWords(maxRecipients)} recipients, all posts together; these are ${inWords(items * people)}.`;
  throw validationError('items', `${sentence} Make several series of it.`);
}

function inWords(count: number): string {
  return count.toLocaleString('en-GB');
}

function ofItem({ code, message, details, cause }: AppError, index: number): AppError {
  const fields = details?.['fields'];
  const named =
    typeof fields === 'object' && fields !== null
      ? Object.entries(fields).map(([field, sentence]) => [`items.${String(index)}.${field}`, sentence as unknown])
      : [];
  const known = { ...details, ...(named.length > 0 && { fields: Object.fromEntries(named) as unknown }) };
  return new AppError(code, `Post ${String(index + 1)} of the series: ${message}`, { details: known, cause });
}
