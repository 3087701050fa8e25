import type { Database } from '../db/database.js';
import type { TrackedLink } from './click.js';

interface LinkRow {
  code: string;
  target: string;
  status_id: string;
  session_id: string;
  organization_id: string;
  is_taken_back: number;
}

interface CountedRow {
  status_id: string;
  code: string;
  clicks: number;
  visitors: number;
  last_clicked_at: number | null;
}

export interface CountedLink {
  code: string;
  clicks: number;
  visitors: number;
  lastClickedAt: number | null;
}

/** `hour`: when it began, in epoch milliseconds. */
export interface CountedHour {
  hour: number;
  clicks: number;
  clicked: number;
}

const hourMs = 60 * 60_000;

/** What short addresses lead to, and how often they were opened; it reads and never writes. */
export class ClicksReportStore {
  constructor(private readonly database: Database) {}

  /** `isTakenBack`: its status is, or is being. */
  async find(code: string): Promise<(TrackedLink & { isTakenBack: boolean }) | undefined> {
    const takenBack = `case when s.state in ('deleted', 'canceled') or s.delete_requested_at is not null then 1 else 0 end`;
    const row = await this.database('tracked_links as l')
      .join('statuses as s', 's.id', 'l.status_id')
      .where('l.code', code)
      .first<LinkRow | undefined>(
        ...['l.code', 'l.target', 'l.status_id', 'l.session_id', 'l.organization_id'],
        this.database.raw(`${takenBack} as is_taken_back`),
      );
    return (
      row && {
        code: row.code,
        target: row.target,
        statusId: row.status_id,
        sessionId: row.session_id,
        organizationId: row.organization_id,
        isTakenBack: row.is_taken_back === 1,
      }
    );
  }

  /** Of one status. */
  async listLinks(statusId: string): Promise<CountedLink[]> {
    const rows = await this.database<CountedRow>('tracked_links')
      .where({ status_id: statusId })
      .select('code', 'clicks', 'visitors', 'last_clicked_at');
    return rows.map(({ last_clicked_at: lastClickedAt, ...row }) => ({ ...row, lastClickedAt }));
  }

  /** The last hours in which links of a status were opened, the earliest first. */
  async listHours(statusId: string, limit: number): Promise<CountedHour[]> {
    const hour = this.database.raw('quarter / 4 as hour');
    const sums = ['clicks', 'clicked'].map((column) => this.database.raw(`sum(${column}) as ${column}`));
    const rows = await this.database('click_activity')
      .where({ status_id: statusId })
      .groupBy('hour')
      .orderBy('hour', 'desc')
      .limit(limit)
      .select<Record<keyof CountedHour, number | string>[]>(hour, ...sums);
    return rows
      .map((row) => ({ hour: Number(row.hour) * hourMs, clicks: Number(row.clicks), clicked: Number(row.clicked) }))
      .reverse();
  }
}
