import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Status } from '../../../server/contract/statuses.js';
import { formatMoment } from '../lib/format.js';
import { activityBars } from '../post-look/activity-bars.js';
import { BarChart } from '../ui/bar-chart.js';
import { Loaded } from '../ui/loaded.js';
import { Panel } from '../ui/panel.js';
import { statusAnalyticsQuery } from './queries.js';

/** WhatsApp shows it so long. */
const hoursOfPost = 24;

/** When a post was viewed and liked, hour by hour. */
export function PostActivity({ status: { sessionId, id } }: { status: Status }) {
  const query = useQuery(statusAnalyticsQuery(sessionId, id));
  return (
    <Loaded query={query} skeleton={<Skeleton height={230} radius={20} />}>
      {({ overTime, firstViewAt, halfOfViewsAt, lastViewAt }) => (
        <Panel
          label="Views over time"
          summary={
            <>
              <strong>Views over time</strong>
              {firstViewAt === null ? null : <span>First {formatMoment(firstViewAt)}</span>}
              {halfOfViewsAt === null ? null : <span>half by {formatMoment(halfOfViewsAt)}</span>}
              {lastViewAt === null ? null : <span>latest {formatMoment(lastViewAt)}</span>}
            </>
          }
        >
          <BarChart
            label="Views"
            partLabel="Likes"
            bars={activityBars(overTime)}
            atLeast={hoursOfPost}
            empty="Nobody is known to have viewed it yet."
          />
        </Panel>
      )}
    </Loaded>
  );
}
