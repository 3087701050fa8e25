import { Progress } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Status } from '../../../server/contract/statuses.js';
import { formatNumber, percentOf } from '../lib/format.js';
import { progressQuery } from './queries.js';
import classes from './sending-progress.module.css';

/** How many people a post is ready for, while it is on its way out. */
export function SendingProgress({ status }: { status: Status }) {
  const { data } = useQuery(progressQuery(status.id));
  const share = data === undefined || data === null ? null : percentOf(data.done, data.total);
  return (
    <span className={classes.root}>
      <Progress
        value={share ?? 100}
        animated={share === null}
        striped={share === null}
        size="sm"
        radius="xl"
        aria-label="Progress of sending"
      />
      <span className={classes.words}>
        {data === undefined || data === null
          ? 'Preparing…'
          : `${formatNumber(data.done)} of ${formatNumber(data.total)} prepared`}
      </span>
    </span>
  );
}
