import type { BestTimes } from '../../../server/contract/analytics/analytics.js';
import { formatDay } from '../lib/days.js';
import { formatNumber } from '../lib/format.js';
import { hourName } from '../post-look/activity-bars.js';
import { BarChart } from '../ui/bar-chart.js';
import { Panel } from '../ui/panel.js';
import classes from './best-times-panel.module.css';

/** Any week, for the names of its days. */
const monday = 5;
const weekdayName = (weekday: number): string =>
  formatDay(`2026-01-${String(monday + weekday - 1).padStart(2, '0')}`, { weekday: 'long' });
const nameOfHour = (hour: number): string => hourName(`2026-01-05T${String(hour).padStart(2, '0')}:00`);

/** At which hours and on which weekdays people look, or how much is missing to tell. */
export function BestTimesPanel({ bestTimes: { best, needed, known, hours, weekdays } }: { bestTimes: BestTimes }) {
  return (
    <Panel
      label="Best times"
      summary={
        <>
          <strong>When people look</strong>
          {best === null ? (
            <span>
              Not enough yet to tell the best times: {formatNumber(known.views)} of {formatNumber(needed.views)} views
              on {formatNumber(known.days)} of {formatNumber(needed.days)} days.
            </span>
          ) : (
            <span>
              Most at {nameOfHour(best.hour)}, and on {weekdayName(best.weekday)}.
            </span>
          )}
        </>
      }
    >
      <div className={classes.charts}>
        <BarChart
          label="Views by hour of the day"
          bars={hours.map((value, hour) => ({ name: nameOfHour(hour), short: nameOfHour(hour), value }))}
          empty="No views in this time."
        />
        <BarChart
          label="Views per weekday"
          bars={weekdays.map((value, index) => ({
            name: weekdayName(index + 1),
            short: weekdayName(index + 1).slice(0, 3),
            value,
          }))}
          empty="No views in this time."
        />
      </div>
    </Panel>
  );
}
