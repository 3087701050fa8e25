import { randomBytes } from 'node:crypto';
import { insertRows } from '../db/dialect.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { LinkActivity, Mark, TrackedLink } from './click.js';

/** Where what is counted belongs. */
export interface StatusPlace {
  statusId: string;
  sessionId: string;
  organizationId: string;
}

interface SaltRow {
  organization_id: string;
  day: number;
  salt: string;
}

/** Bounds one transaction. */
const forgottenAtATime = 5_000;

export class ClicksStore {
  /** The links of a status are these, in this order, and no others. */
  async replaceLinks(
    tx: Tx,
    { statusId, sessionId, organizationId }: StatusPlace,
    links: readonly Pick<TrackedLink, 'code' | 'target'>[],
    now: number,
  ): Promise<void> {
    const db = knexOf(tx);
    await db('tracked_links').where({ status_id: statusId }).delete();
    await insertRows(db, {
      table: 'tracked_links',
      columns: [
        'code',
        'organization_id',
        'session_id',
        'status_id',
        'position',
        'target',
        'clicks',
        'visitors',
        'created_at',
      ],
      rows: links.map(({ code, target }, position) => ({
        code,
        organization_id: organizationId,
        session_id: sessionId,
        status_id: statusId,
        position,
        target,
        clicks: 0,
        visitors: 0,
        created_at: now,
      })),
    });
  }

  /** What visitors of an organization are marked with on this day; the same for every process. */
  async saltOf(tx: Tx, organizationId: string, day: number): Promise<string> {
    const db = knexOf(tx);
    await db('click_salts')
      .insert({ organization_id: organizationId, day, salt: randomBytes(32).toString('base64url') })
      .onConflict(['organization_id', 'day'])
      .ignore();
    const row = await db<SaltRow>('click_salts').where({ organization_id: organizationId, day }).first();
    if (!row) throw new Error('The salt of the day is gone again.');
    return row.salt;
  }

  /** Which of these were not there before. */
  async addMarks(tx: Tx, place: StatusPlace, day: number, marks: readonly Mark[]): Promise<Mark[]> {
    return insertRows<string, Mark>(knexOf(tx), {
      table: 'click_marks',
      columns: ['scope', 'mark', 'day', 'organization_id', 'session_id', 'status_id'],
      rows: marks.map(({ scope, mark }) => ({
        scope,
        mark,
        day,
        organization_id: place.organizationId,
        session_id: place.sessionId,
        status_id: place.statusId,
      })),
      conflict: ['scope', 'mark'],
      returning: ['scope', 'mark'],
    });
  }

  async addActivity(tx: Tx, place: StatusPlace, activity: readonly LinkActivity[]): Promise<void> {
    const added = (column: string): string => `click_activity.${column} + excluded.${column}`;
    await insertRows(knexOf(tx), {
      table: 'click_activity',
      columns: ['session_id', 'quarter', 'status_id', 'code', 'organization_id', 'clicks', 'visitors', 'clicked'],
      rows: activity.map((one) => ({
        ...one,
        status_id: place.statusId,
        organization_id: place.organizationId,
        session_id: place.sessionId,
      })),
      conflict: ['session_id', 'quarter', 'status_id', 'code'],
      update: { clicks: added('clicks'), visitors: added('visitors'), clicked: added('clicked') },
    });
  }

  /** `at`: of the last click, in epoch milliseconds. */
  async addToLink(tx: Tx, code: string, gain: { clicks: number; visitors: number; at: number }): Promise<void> {
    const db = knexOf(tx);
    await db('tracked_links')
      .where({ code })
      .update({
        clicks: db.raw('clicks + ?', [gain.clicks]),
        visitors: db.raw('visitors + ?', [gain.visitors]),
        last_clicked_at: gain.at,
      });
  }

  /** Codes of this status that are there: a link may have been changed meanwhile. */
  async codesOf(tx: Tx, statusId: string): Promise<Set<string>> {
    const rows = await knexOf(tx)<{ status_id: string; code: string }>('tracked_links').where({ status_id: statusId });
    return new Set(rows.map(({ code }) => code));
  }

  /** At most so many quarters of an hour of one status. How many went. */
  deleteActivityOf(tx: Tx, statusId: string, atMost: number): Promise<number> {
    const db = knexOf(tx);
    const key = ['session_id', 'quarter', 'status_id', 'code'];
    const some = db('click_activity').where({ status_id: statusId }).limit(atMost).select(key);
    return db('click_activity').whereIn(key, some).delete();
  }

  /** Without them the marks of days that are over stand for nobody. */
  async destroySaltsBefore(tx: Tx, day: number): Promise<void> {
    await knexOf(tx)('click_salts').where('day', '<', day).delete();
  }

  /** Some marks of days that are over. How many; there may be more where it is as many as go at a time. */
  async deleteMarksBefore(tx: Tx, day: number): Promise<{ deleted: number; isAll: boolean }> {
    const db = knexOf(tx);
    const some = db('click_marks').where('day', '<', day).limit(forgottenAtATime).select('scope', 'mark');
    const deleted = await db('click_marks').whereIn(['scope', 'mark'], some).delete();
    return { deleted, isAll: deleted < forgottenAtATime };
  }
}
