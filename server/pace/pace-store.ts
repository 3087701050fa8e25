import type { ChangePaceBody, PostingPause } from '../contract/pace.js';
import type { StatusState } from '../contract/statuses.js';
import type { Database } from '../db/database.js';
import { knexOf, type Tx } from '../db/unit-of-work.js';
import type { PostAnswer } from './posting-pause.js';

/** What is kept of one session's pace. Times are epoch milliseconds. */
export interface PaceRecord {
  organizationId: string;
  ratePerMin: number | null;
  ratePerHour: number | null;
  own: ChangePaceBody;
  pause: PostingPause | null;
  /** Posts before it say nothing about how WhatsApp confirms them now. */
  countedFrom: number;
  createdAt: number;
}

interface PaceRow {
  session_id: string;
  organization_id: string;
  rate_per_min?: number | null;
  rate_per_hour?: number | null;
  posting_pause: string | null;
  pace_settings: string;
  pace_counted_from: number;
  created_at: number;
}

interface WaitingRow {
  session_id: string;
  state: StatusState;
  waiting_until: number | null;
  waiting_code: string | null;
  waiting_message: string | null;
  started_at: number | null;
  error_code: string | null;
}

/** Codes of failures after which nothing of a post had been handed to WhatsApp's server. */
const neverLeft = ['not_sent', 'empty_audience', 'own_phone_missing', 'media_missing', 'whatsapp_error'];

/** The SQL of pace: settings and pause of a session, what it posted, and why its queue waits. */
export class PaceStore {
  constructor(private readonly database: Database) {}

  async find(sessionId: string, source: Tx | Database = this.database): Promise<PaceRecord | undefined> {
    const row = await knexOf(source)<PaceRow>('sessions').where({ session_id: sessionId }).first();
    return (
      row && {
        organizationId: row.organization_id,
        ratePerMin: row.rate_per_min ?? null,
        ratePerHour: row.rate_per_hour ?? null,
        own: JSON.parse(row.pace_settings) as ChangePaceBody,
        pause: row.posting_pause === null ? null : (JSON.parse(row.posting_pause) as PostingPause),
        countedFrom: row.pace_counted_from,
        createdAt: row.created_at,
      }
    );
  }

  async setOwn(tx: Tx, sessionId: string, own: ChangePaceBody): Promise<void> {
    await knexOf(tx)('sessions')
      .where({ session_id: sessionId })
      .update({ pace_settings: JSON.stringify(own) });
  }

  async setPause(tx: Tx, sessionId: string, pause: PostingPause | null, countedFrom: number): Promise<void> {
    await knexOf(tx)('sessions')
      .where({ session_id: sessionId })
      .update({ posting_pause: pause && JSON.stringify(pause), pace_counted_from: countedFrom });
  }

  /** What the session has to post next: finish something, begin something, or nothing. */
  async nextWork(sessionId: string): Promise<'sending' | 'queued' | undefined> {
    const rows = await this.database<WaitingRow>('statuses')
      .where({ session_id: sessionId })
      .whereIn('state', ['sending', 'queued'])
      .whereNull('delete_requested_at')
      .distinct('state');
    const states = rows.map((row) => row.state);
    return states.includes('sending') ? 'sending' : states.includes('queued') ? 'queued' : undefined;
  }

  /** When the session's posts since then were begun. */
  async postedSince(sessionId: string, since: number): Promise<number[]> {
    const rows = await this.database<WaitingRow>('statuses')
      .where({ session_id: sessionId })
      .where('started_at', '>', since)
      .select('started_at');
    return rows.flatMap((row) => row.started_at ?? []);
  }

  /** What WhatsApp answered to the last posts since then, newest first. Posts that never left do not count. */
  async recentAnswers(tx: Tx, sessionId: string, since: number, limit: number): Promise<PostAnswer[]> {
    const rows = await knexOf(tx)<WaitingRow>('statuses')
      .where({ session_id: sessionId })
      .where('started_at', '>=', since)
      .whereIn('state', ['sent', 'expired', 'deleted', 'failed'])
      .where((either) => {
        void either.whereNull('error_code').orWhereNotIn('error_code', neverLeft);
      })
      .orderBy('started_at', 'desc')
      .limit(limit)
      .select('state', 'error_code');
    return rows.map((row) => {
      if (row.state !== 'failed') return { answer: 'confirmed' };
      const code = row.error_code ?? '';
      return /^\d+$/.test(code) ? { answer: 'refused', code } : { answer: 'none' };
    });
  }
}
