import { organizationOf, type Principal } from '../access/principal.js';
import type { OptOutsService } from '../audiences/opt-outs-service.js';
import type { Page, PageQuery } from '../contract/envelope.js';
import {
  type ErasedKind,
  type ErasePersonQuery,
  type Erasure,
  erasedKinds,
  type NamedPerson,
} from '../contract/erasures.js';
import type { Tx, UnitOfWork } from '../db/unit-of-work.js';
import type { EventLog } from '../events/event-log.js';
import { AppError, notFound } from '../lib/app-error.js';
import type { Clock } from '../lib/clock.js';
import { idCursor } from '../lib/cursors.js';
import { Hook } from '../lib/hook.js';
import { newId } from '../lib/ids.js';
import { Pages } from '../lib/page.js';
import { timestamp, timestampOrNull } from '../lib/timestamp.js';
import { namesOf, type PersonNamed } from '../people/erased-person.js';
import type { PeopleService } from '../people/people-service.js';
import type { WhatsAppGateway } from '../whatsapp/gateway.js';
import type { ErasureStep, OfAccount } from './erasure-steps.js';
import { type ErasureRecord, type ErasuresStore, nothingWent, type Went } from './erasures-store.js';
import type { PersonReportStore } from './person-report-store.js';

/** Bounds one transaction: others write in between. */
const rowsAtOnce = 500;
const finishedAtOnce = 20;
/** Nobody is refused to be erased since many were before: the receipts of the oldest go instead. */
const keptOfOrganization = 100_000;
/** What one organization may have under way at a time: others write in between. */
const maxUnfinished = 20;

const pages = new Pages(idCursor);

/** Hears of rows that went, in the transaction in which they did, and says whether to go on. */
export interface TextsTold {
  went(tx: Tx, rows: number): Promise<void>;
  isWanted(): boolean;
}

export interface ErasingParts {
  people: PeopleService;
  optOuts: Pick<OptOutsService, 'addIn'>;
  gateway: Pick<WhatsAppGateway, 'forgetPerson'>;
  events: Pick<EventLog, 'forgetPerson'>;
  store: ErasuresStore;
  report: PersonReportStore;
  ofAccount: readonly ErasureStep<OfAccount>[];
  ofOrganization: readonly ErasureStep<PersonNamed>[];
  unitOfWork: UnitOfWork;
  clock: Clock;
}

/**
 * Erases somebody from an organization, in small steps. Each can be repeated: what the end of a process cuts short is finished from
 * the beginning, and finds less.
 */
export class ErasingService {
  readonly name = 'erasing';
  /** Takes somebody out of the answers that are kept for repeats. */
  readonly inAnswers = new Hook<[organizationId: string, names: ReadonlySet<string>, told: TextsTold]>();
  private readonly running = new Map<string, Promise<void>>();
  private isStopped = false;

  constructor(private readonly parts: ErasingParts) {}

  /** Resolves when the step that runs is over; what is left is finished after the next start. */
  async stop(): Promise<void> {
    this.isStopped = true;
    await Promise.allSettled(this.running.values());
  }

  /**
   * Resolves when nothing of the person is left. Throws `conflict` for the number of a linked account, and, without `force`, while a
   * post is under way to them.
   */
  async erase(principal: Principal, person: NamedPerson, query: ErasePersonQuery): Promise<Erasure> {
    const { people, optOuts, store, unitOfWork, clock } = this.parts;
    const organizationId = organizationOf(principal);
    const found = await unitOfWork.run((tx) => people.findNamed(tx, organizationId, person));
    await this.refuseUntimely(found, query);
    const [phoneNumber] = found.named.phoneNumbers;
    if (query.optOut === 'true' && phoneNumber === undefined) {
      throw new AppError(
        'conflict',
        'No account knows the phone number of this LID, and opt-outs are kept by number. Erase without `optOut`.',
      );
    }
    const { phoneNumbers, lids } = found.named;
    const record: ErasureRecord = {
      id: newId(),
      organizationId,
      subject: { phoneNumbers: [...phoneNumbers], lids: [...lids] },
      went: nothingWent,
      isOptedOut: query.optOut === 'true',
      requestedBy: principal.name,
      requestedAt: clock.now().getTime(),
      finishedAt: null,
    };
    await unitOfWork.run(async (tx) => {
      if ((await store.countUnfinished(tx, organizationId)) >= maxUnfinished) {
        throw new AppError(
          'unavailable',
          `${String(maxUnfinished)} people of this organization are being erased already. Try again when some of them are: \`GET /api/erasures\` says which are finished.`,
        );
      }
      // The opt-out comes first: from here on no post begins to go to them.
      if (query.optOut === 'true' && phoneNumber !== undefined) await optOuts.addIn(tx, organizationId, phoneNumber);
      await store.insert(tx, record);
    });
    await this.finishOnce(record);
    return publicErasure((await store.find(record.id)) ?? record);
  }

  /** Newest first. */
  async list(principal: Principal, query: PageQuery): Promise<Page<Erasure>> {
    const { records, total } = await this.parts.store.list(organizationOf(principal), pages.wanted(query));
    const { items, nextCursor } = pages.cut(records, query, ({ id }) => id);
    return { items: items.map(publicErasure), total, nextCursor };
  }

  /** Throws `not_found` unless it is the organization's. */
  async get(principal: Principal, id: string): Promise<Erasure> {
    const record = await this.parts.store.find(id);
    if (record?.organizationId !== organizationOf(principal)) throw notFound('The erasure');
    return publicErasure(record);
  }

  /** Finishes what the end of a process cut short. How many there were. */
  async finishAll(): Promise<number> {
    const unfinished = await this.parts.store.listUnfinished(finishedAtOnce);
    for (const record of unfinished) await this.finishOnce(record);
    return unfinished.length;
  }

  /** Forgets at most so many erasures of long ago. How many there were. */
  forgetBefore(before: number, atMost: number): Promise<number> {
    return this.parts.store.deleteBefore(before, atMost);
  }

  /** Forgets at most so many receipts of organizations that have more than are kept, the oldest first. How many there were. */
  forgetSurplus(atMost: number, kept = keptOfOrganization): Promise<number> {
    return this.parts.store.deleteSurplus(kept, atMost);
  }

  private async refuseUntimely(
    { named, people }: Awaited<ReturnType<PeopleService['findNamed']>>,
    { force }: ErasePersonQuery,
  ): Promise<void> {
    const { report } = this.parts;
    const account = await report.ownAccount(named);
    if (account !== undefined) {
      throw new AppError('conflict', `This is the number of the account "${account}" itself. Delete that instead.`);
    }
    if (force === 'true' || !(await report.isUnderWay(people.map(({ id }) => id)))) return;
    throw new AppError(
      'conflict',
      'A post is on its way to this person, or is being taken back from them. Wait until that is over, or erase with `force=true`.',
    );
  }

  private finishOnce(record: ErasureRecord): Promise<void> {
    const running = this.running.get(record.id);
    if (running) return running;
    const finishing = this.finish(record).finally(() => this.running.delete(record.id));
    this.running.set(record.id, finishing);
    return finishing;
  }

  private async finish({ id, organizationId, subject }: ErasureRecord): Promise<void> {
    const { people, gateway, events, report, store, unitOfWork, clock } = this.parts;
    if (subject === null) return;
    const named: PersonNamed = { organizationId, ...subject };
    for (const person of await unitOfWork.run((tx) => people.listNamed(tx, named))) {
      const scope = { organizationId, sessionId: person.sessionId };
      for (const step of this.parts.ofAccount) {
        await this.inSteps(id, async (tx, atMost) =>
          (await people.lock(tx, person.sessionId)) ? step(tx, { scope, person, named }, atMost) : {},
        );
      }
    }
    for (const step of this.parts.ofOrganization) {
      await this.inSteps(id, (tx, atMost) => step(tx, named, atMost));
    }
    const users = [...named.phoneNumbers, ...named.lids];
    for (const sessionId of await report.sessionIds(organizationId)) {
      this.throwIfStopped();
      await unitOfWork.run(async (tx) => {
        const went = await gateway.forgetPerson(tx, sessionId, users);
        if (went.devices + went.keys > 0) await store.addWent(tx, id, went);
      });
    }
    const told = (kind: ErasedKind): TextsTold => ({
      went: (tx, rows) => store.addWent(tx, id, { [kind]: rows }),
      isWanted: () => !this.isStopped,
    });
    await events.forgetPerson(unitOfWork, organizationId, namesOf(named), told('events'));
    await this.inAnswers.run(organizationId, namesOf(named), told('keptAnswers'));
    this.throwIfStopped();
    await unitOfWork.run((tx) => store.finish(tx, id, clock.now().getTime()));
  }

  private async inSteps(id: string, step: (tx: Tx, atMost: number) => Promise<Partial<Went>>): Promise<void> {
    for (let rows = rowsAtOnce; rows >= rowsAtOnce;) {
      this.throwIfStopped();
      rows = await this.parts.unitOfWork.run(async (tx) => {
        const went = await step(tx, rowsAtOnce);
        const sum = erasedKinds.reduce((total, kind) => total + (went[kind] ?? 0), 0);
        if (sum > 0) await this.parts.store.addWent(tx, id, went);
        return sum;
      });
    }
  }

  private throwIfStopped(): void {
    if (!this.isStopped) return;
    throw new AppError('unavailable', 'The server is stopping. The rest is erased after its next start.');
  }
}

function publicErasure(record: ErasureRecord): Erasure {
  return {
    id: record.id,
    requestedAt: timestamp(record.requestedAt),
    requestedBy: record.requestedBy,
    finishedAt: timestampOrNull(record.finishedAt),
    isOptedOut: record.isOptedOut,
    went: record.went,
  };
}
