import type { IncomingHttpHeaders } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import type { ClicksOfStatus } from '../contract/clicks.js';
import { isAboutData, type Tx, type UnitOfWork } from '../db/unit-of-work.js';
import { networkOf } from '../lib/client-address.js';
import type { Clock } from '../lib/clock.js';
import type { Logger } from '../lib/logger.js';
import { Batcher } from '../lib/running/batcher.js';
import { growingPauseMs } from '../lib/running/growing-pauses.js';
import { timestamp, timestampOrNull } from '../lib/timestamp.js';
import { publicLinks } from '../statuses/status-links.js';
import type { StatusesService } from '../statuses/statuses-service.js';
import type { StatusRecord } from '../statuses/status.js';
import { type Click, dayOf, activityOf, markOf, marksOf, type TrackedLink } from './click.js';
import type { ClicksReportStore } from './clicks-report-store.js';
import type { ClicksStore } from './clicks-store.js';
import { browserOf } from './visits.js';

export interface ClicksServiceParts {
  store: ClicksStore;
  report: ClicksReportStore;
  statuses: StatusesService;
  unitOfWork: UnitOfWork;
  clock: Clock;
  logger: Logger;
}

/** Who asked for a short address. */
export interface Visit {
  method: string;
  headers: IncomingHttpHeaders;
  /** The address of the client, behind the proxies that are ours. */
  address: string;
}

/** As often as those who watch are told. */
const maxDelayMs = 250;
/** Bounds one transaction, and how long the event loop is held. */
const maxClicksPerBatch = 1_000;
const maxPending = 100_000;
const maxPendingOfOne = 50_000;
/** Of one status and day: each costs a row until the day is over. Beyond, clicks are counted and visitors are not. */
const maxVisitors = 1_000_000;
/** While the database cannot be used. */
const maxTries = 10;
const pauses = { firstMs: 100, longestMs: 5_000 };
const maxHours = 2_000;

/** Counts who opens the links of posts, without keeping who it was. */
export class ClicksService {
  private readonly batcher: Batcher<Click>;
  /** Of today, by organization. */
  private readonly salts = new Map<string, { day: number; salt: string }>();
  private forgottenBefore = 0;
  private readonly ending = new AbortController();

  constructor(private readonly parts: ClicksServiceParts) {
    this.batcher = new Batcher({
      name: 'The count of clicks',
      flush: (clicks) => this.recordAll(clicks),
      maxDelayMs,
      maxItems: maxClicksPerBatch,
      maxPending,
      maxPendingOfOne,
      partyOf: ({ organizationId }) => organizationId,
    });
  }

  /** Writes what waits, once more where that fails. */
  stop(): Promise<void> {
    this.ending.abort();
    return this.batcher.stop();
  }

  /** Resolves when nothing waits to be written. */
  drain(): Promise<void> {
    return this.batcher.drain();
  }

  /** Counts somebody who opened a link. Nobody waits for it; robots, previews and what is read ahead count for nothing. */
  opened({ code, statusId, organizationId }: TrackedLink, { method, headers, address }: Visit): void {
    const browser = browserOf(method, headers);
    if (browser === undefined) return;
    const visitor = `${networkOf(address)}\n${browser}`;
    const click = { code, statusId, organizationId, at: this.parts.clock.now().getTime(), visitor };
    this.batcher.add(click).catch((error: unknown) => {
      this.parts.logger.debug({ err: error, statusId }, 'a click is not counted');
    });
  }

  /** In the transaction that gives a status its links. */
  async onLinked(tx: Tx, { id: statusId, sessionId, organizationId, links }: StatusRecord): Promise<void> {
    const tracked = (links?.found ?? []).flatMap(({ code, target }) => (code === null ? [] : [{ code, target }]));
    const now = this.parts.clock.now().getTime();
    await this.parts.store.replaceLinks(tx, { statusId, sessionId, organizationId }, tracked, now);
  }

  /** How often the links of a status were opened. Throws `not_found` for an unknown status. */
  async ofStatus(sessionId: string, statusId: string): Promise<ClicksOfStatus> {
    const { statuses, report } = this.parts;
    const { counts, links } = await statuses.getRecord(sessionId, statusId);
    const counted = new Map((await report.listLinks(statusId)).map((link) => [link.code, link]));
    const hours = await report.listHours(statusId, maxHours);
    const codes = links?.found.map(({ code }) => code) ?? [];
    return {
      clicked: counts.clicked,
      items: publicLinks(links).links.map((link) => {
        const { clicks = 0, visitors = 0, lastClickedAt = null } = counted.get(codes[link.position] ?? '') ?? {};
        return { ...link, clicks, visitors, lastClickedAt: timestampOrNull(lastClickedAt) };
      }),
      hours: hours.map(({ hour, ...sums }) => ({ hour: timestamp(hour), ...sums })),
    };
  }

  /** Destroys what visitors of days that are over were told apart by. */
  async forget(): Promise<void> {
    const { store, unitOfWork, clock } = this.parts;
    const today = dayOf(clock.now().getTime());
    if (this.forgottenBefore === today) return;
    await unitOfWork.run((tx) => store.destroySaltsBefore(tx, today));
    for (let isAll = false; !isAll;) ({ isAll } = await unitOfWork.run((tx) => store.deleteMarksBefore(tx, today)));
    this.salts.clear();
    this.forgottenBefore = today;
  }

  /** Forgets at most so many quarters of an hour of a status that is forgotten itself. How many there were. */
  forgetOf(tx: Tx, statusId: string, atMost: number): Promise<number> {
    return this.parts.store.deleteActivityOf(tx, statusId, atMost);
  }

  /** A transaction for each status, so that no two of them wait for each other's. */
  private async recordAll(clicks: readonly Click[]): Promise<void> {
    for (const [statusId, some] of byStatus(clicks)) {
      for (let tries = 1; !(await this.record(statusId, some, tries)); tries += 1) {
        await pause(growingPauseMs(tries, pauses), undefined, { signal: this.ending.signal }).catch(() => undefined);
      }
    }
  }

  /** Whether nothing is left to be done. */
  private async record(statusId: string, clicks: readonly Click[], tries: number): Promise<boolean> {
    try {
      await this.parts.unitOfWork.run((tx) => this.count(tx, statusId, clicks));
      return true;
    } catch (error) {
      const isLast = isAboutData(error) || tries >= maxTries || this.ending.signal.aborted;
      if (isLast)
        this.parts.logger.error({ err: error, statusId, clicks: clicks.length }, 'clicks could not be counted');
      return isLast;
    }
  }

  private async count(tx: Tx, statusId: string, clicks: readonly Click[]): Promise<void> {
    const { store, statuses, clock } = this.parts;
    const [status] = await statuses.listByIds(tx, [statusId]);
    // Whoever tries a link before anything has left is its author.
    if (!status || status.startedAt === null) return;
    const place = { statusId, sessionId: status.sessionId, organizationId: status.organizationId };
    const codes = await store.codesOf(tx, statusId);
    const today = dayOf(clock.now().getTime());
    const salt = await this.saltOf(tx, place.organizationId, today);
    const marked = clicks
      .filter(({ code }) => codes.has(code))
      .map((click) => ({ ...click, mark: markOf(salt, click.visitor) }));
    const isFull = status.counts.clicked >= maxVisitors;
    const fresh = isFull ? [] : await store.addMarks(tx, place, today, marksOf(statusId, marked));
    const activity = activityOf(statusId, marked, fresh);
    if (activity.length === 0) return;
    await store.addActivity(tx, place, activity);
    const at = Math.max(...marked.map((click) => click.at));
    for (const code of [...codes].sort()) {
      const ofLink = activity.filter((one) => one.code === code);
      if (ofLink.length === 0) continue;
      const gain = { clicks: sum(ofLink, 'clicks'), visitors: sum(ofLink, 'visitors'), at };
      await store.addToLink(tx, code, gain);
    }
    const counts = await statuses.addClicked(tx, statusId, sum(activity, 'clicked'));
    if (!counts) return;
    const { sessionId, organizationId } = place;
    tx.emit({ name: 'status-clicks-update', sessionId, organizationId, payload: { sessionId, statusId, counts } });
  }

  private async saltOf(tx: Tx, organizationId: string, day: number): Promise<string> {
    const known = this.salts.get(organizationId);
    if (known?.day === day) return known.salt;
    const salt = await this.parts.store.saltOf(tx, organizationId, day);
    // One that is rolled back is nobody's.
    tx.afterCommit(() => this.salts.set(organizationId, { day, salt }));
    return salt;
  }
}

function byStatus(clicks: readonly Click[]): Map<string, Click[]> {
  const groups = new Map<string, Click[]>();
  for (const click of clicks) {
    const group = groups.get(click.statusId);
    if (group) group.push(click);
    else groups.set(click.statusId, [click]);
  }
  return groups;
}

function sum<K extends string>(rows: readonly Readonly<Record<K, number>>[], name: K): number {
  return rows.reduce((total, row) => total + row[name], 0);
}
