import type { Principal } from '../access/principal.js';
import type { CreateExperimentBody, Experiment } from '../contract/planning/experiments.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import type { Session } from '../contract/sessions.js';
import type { Keep, Kept } from '../db/unit-of-work.js';
import { AppError, notFound, validationError } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { idCursor } from '../lib/cursors.js';
import { newId } from '../lib/ids.js';
import { Pages } from '../lib/page.js';
import { timestamp } from '../lib/timestamp.js';
import type { AcceptingService } from '../statuses/accepting-service.js';
import type { PostContent, StatusContents } from '../statuses/status-contents.js';
import { publicStatus, type StatusRecord } from '../statuses/status.js';
import type { StatusesService } from '../statuses/statuses-service.js';
import { missingVariables, textsOf } from '../statuses/variables.js';
import { compare, notesOf } from './comparison.js';
import { halvesOf } from './halves.js';

export interface ExperimentsParts {
  accepting: Pick<AcceptingService, 'sendContents'>;
  contents: Pick<StatusContents, 'contentsOf'>;
  statuses: Pick<StatusesService, 'listExperiments' | 'listExperimentIds'>;
  clock: Clock;
}

const pages = new Pages(idCursor);

/** One post in two versions for two random halves of an audience, and what the difference is worth. */
export class ExperimentsService {
  constructor(private readonly parts: ExperimentsParts) {}

  /**
   * Accepts both versions or none. Who gets which is drawn now, and stays: also where it goes out later. Throws what sending
   * throws; what is wrong with one version says which one, as in `versions.1.content`.
   */
  async create<K>(
    principal: Principal,
    sessionId: string,
    { versions, ...post }: CreateExperimentBody,
    keep: Keep<Experiment, K>,
  ): Promise<Kept<Experiment, K>> {
    const id = newId();
    const missing = missingVariables(versions.map(textsOf).join(' '), post.variables);
    const contentsFor = async (session: Session, peopleCount: number): Promise<[PostContent, ...PostContent[]]> => {
      if (peopleCount < 2) {
        throw validationError('audience', 'An A/B test needs at least two people besides the own account.');
      }
      const [a, b] = [
        await this.versionOf(principal, session, versions[0], 0),
        await this.versionOf(principal, session, versions[1], 1),
      ];
      return [a, b];
    };
    let experiment: (Experiment & K) | undefined;
    await this.parts.accepting.sendContents(principal, sessionId, post, contentsFor, {
      waitMs: 0,
      missing,
      experiment: { id, halvesOf },
      withinCommit: async (tx, _first, records) => {
        experiment = await keep(tx, this.toExperiment(id, records));
      },
    });
    if (!experiment) throw new Error('The A/B test was not accepted.');
    return experiment;
  }

  async get(sessionId: string, experimentId: string): Promise<Experiment> {
    const records = await this.parts.statuses.listExperiments(sessionId, [experimentId]);
    if (records.length === 0) throw notFound('The A/B test');
    return this.toExperiment(experimentId, records);
  }

  /** Newest first. */
  async list(sessionId: string, query: PageQuery): Promise<Page<Experiment>> {
    const { statuses } = this.parts;
    const { ids, total } = await statuses.listExperimentIds(sessionId, pages.wanted(query));
    const { items, nextCursor } = pages.cut(ids, query, (id) => id);
    const records = await statuses.listExperiments(sessionId, items);
    const ofOne = (id: string): StatusRecord[] => records.filter(({ plan }) => plan.experiment?.id === id);
    return { items: items.map((id) => this.toExperiment(id, ofOne(id))), total, nextCursor };
  }

  private async versionOf(
    principal: Principal,
    session: Session,
    item: CreateExperimentBody['versions'][number] | undefined,
    index: number,
  ): Promise<PostContent> {
    if (!item) throw new Error('A version is missing.');
    try {
      const [content, ...more] = await this.parts.contents.contentsOf(principal, session, item);
      if (more.length === 0) return content;
      const parts = String(more.length + 1);
      throw validationError(
        'content',
        `This would go out in ${parts} parts. A version of an A/B test is one post: take something shorter.`,
      );
    } catch (error) {
      throw error instanceof AppError ? ofVersion(error, index) : error;
    }
  }

  private toExperiment(id: string, records: readonly StatusRecord[]): Experiment {
    const now = this.parts.clock.now().getTime();
    const ofVersion = (version: string) => records.find(({ plan }) => plan.experiment?.version === version);
    const versions = { a: ofVersion('A'), b: ofVersion('B') };
    const [first] = records;
    if (!first) throw new Error('An A/B test has no version.');
    return {
      id,
      sessionId: first.sessionId,
      createdAt: timestamp(first.createdAt),
      versions: [versions.a, versions.b].flatMap((status) =>
        status?.plan.experiment ? [{ version: status.plan.experiment.version, status: publicStatus(status) }] : [],
      ),
      comparisons: compare(versions, now),
      notes: notesOf(versions, now),
    };
  }
}

function ofVersion({ code, message, details, cause }: AppError, index: number): AppError {
  const fields = details?.['fields'];
  const named =
    typeof fields === 'object' && fields !== null
      ? Object.entries(fields).map(([field, why]): [string, unknown] => [`versions.${String(index)}.${field}`, why])
      : undefined;
  const version = index === 0 ? 'A' : 'B';
  return new AppError(code, `Version ${version}: ${message}`, {
    ...(details && { details: { ...details, ...(named && { fields: Object.fromEntries(named) }) } }),
    cause,
  });
}
