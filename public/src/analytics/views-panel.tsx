import { formatNumber, peopleCount } from '../lib/format.js';
import { activityBars } from '../post-look/activity-bars.js';
import { BarChart } from '../ui/bar-chart.js';
import { Panel } from '../ui/panel.js';
import type { OverviewData } from './queries.js';

/** When people viewed and liked, by the hour or the day. */
export function ViewsPanel({ data: { overTime, activity, people, previous } }: { data: OverviewData }) {
  return (
    <Panel
      label="Views over time"
      summary={
        <>
          <strong>Views over time</strong>
          <span>{formatNumber(activity.viewed)} in this time</span>
          {people === null ? null : <span>by {peopleCount(people.viewed)}</span>}
          <span>
            {previous.activity.viewed === 0 ? 'none' : formatNumber(previous.activity.viewed)} in the time before
          </span>
        </>
      }
    >
      <BarChart
        label="Views"
        partLabel="Likes"
        bars={activityBars(overTime)}
        empty="Nobody is known to have viewed anything in this time."
      />
    </Panel>
  );
}
