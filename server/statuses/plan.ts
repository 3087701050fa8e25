import type { Audience } from '../contract/audiences.js';
import type { StatusPlan } from '../contract/planning/plans.js';

/** A status' plan as it is kept. */
export interface PlanRecord {
  timeZone: string | null;
  lateByMinutes: number | null;
  /** The choice itself, where it is looked up anew when the status is due or posted again. */
  chosenAudience: Audience | null;
  scheduleId: string | null;
  broadcastId: string | null;
  templateId: string | null;
  repostOf: string | null;
  series: { id: string; position: number } | null;
  experiment: StatusPlan['experiment'];
}

/** Of a status that goes out at once and by itself. */
export const noPlan: PlanRecord = {
  timeZone: null,
  lateByMinutes: null,
  chosenAudience: null,
  scheduleId: null,
  broadcastId: null,
  templateId: null,
  repostOf: null,
  series: null,
  experiment: null,
};

export interface PlanColumns {
  time_zone: string | null;
  late_by_minutes: number | null;
  chosen_audience: string | null;
  schedule_id: string | null;
  broadcast_id: string | null;
  template_id: string | null;
  repost_of: string | null;
  series_id: string | null;
  series_position: number | null;
  experiment_id: string | null;
  experiment_version: string | null;
}

export function planColumns(plan: PlanRecord): PlanColumns {
  return {
    time_zone: plan.timeZone,
    late_by_minutes: plan.lateByMinutes,
    chosen_audience: plan.chosenAudience && JSON.stringify(plan.chosenAudience),
    schedule_id: plan.scheduleId,
    broadcast_id: plan.broadcastId,
    template_id: plan.templateId,
    repost_of: plan.repostOf,
    series_id: plan.series?.id ?? null,
    series_position: plan.series?.position ?? null,
    experiment_id: plan.experiment?.id ?? null,
    experiment_version: plan.experiment?.version ?? null,
  };
}

export function planOf(row: PlanColumns): PlanRecord {
  return {
    timeZone: row.time_zone,
    lateByMinutes: row.late_by_minutes,
    chosenAudience: row.chosen_audience === null ? null : (JSON.parse(row.chosen_audience) as Audience),
    scheduleId: row.schedule_id,
    broadcastId: row.broadcast_id,
    templateId: row.template_id,
    repostOf: row.repost_of,
    series: row.series_id === null ? null : { id: row.series_id, position: row.series_position ?? 0 },
    experiment:
      row.experiment_id === null
        ? null
        : { id: row.experiment_id, version: row.experiment_version === 'B' ? 'B' : 'A' },
  };
}

/** The plan as it leaves the process. */
export function publicPlan({ chosenAudience: _kept, ...plan }: PlanRecord): StatusPlan {
  return plan;
}

const minuteMs = 60_000;

/**
 * Until when something planned for `at` may go out, in epoch milliseconds: whoever looks for what is due does so from time
 * to time, so the last minute counts to its end.
 */
export function lateFrom(at: number, lateByMinutes: number): number {
  return at + (lateByMinutes + 1) * minuteMs;
}

/** People who are looked up anew when the status is due or posted again: those who come and go. Null for who was named. */
export function audienceToLookUp(audience: Audience): Audience | null {
  return audience.kind === 'self' || audience.kind === 'numbers' ? null : audience;
}
