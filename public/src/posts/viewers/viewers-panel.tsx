import { SegmentedControl, TextInput, VisuallyHidden } from '@mantine/core';
import { useDebouncedValue, useThrottledValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { Status } from '../../../../server/contract/statuses.js';
import { formatNumber } from '../../lib/format.js';
import type { ViewerFilter } from '../queries.js';
import { ViewerList } from './viewer-list.js';
import classes from './viewers-panel.module.css';

const searchDelayMs = 250;
/** A screen reader hears of new views at most this often. */
const announceEveryMs = 5000;

/** Who a post reached, filtered and searched; new viewers come in by themselves. */
export function ViewersPanel({ status }: { status: Status }) {
  const [only, setOnly] = useState<ViewerFilter['only']>('viewed');
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), searchDelayMs);
  const { viewed, delivered } = status.counts;
  const announced = useThrottledValue(viewed, announceEveryMs);
  return (
    <section className={classes.panel} aria-label="People">
      <VisuallyHidden role="status">{formatNumber(announced)} known views</VisuallyHidden>
      <div className={classes.tools}>
        <SegmentedControl
          aria-label="Who to show"
          value={only}
          onChange={setOnly}
          data={[
            { value: 'viewed', label: `Viewed ${formatNumber(viewed)}` },
            { value: 'delivered', label: `Delivered ${formatNumber(delivered)}` },
            { value: 'all', label: 'Everyone' },
          ]}
          radius="md"
          className={classes.filter}
        />
        <TextInput
          aria-label="Search name or number"
          placeholder="Search name or number"
          leftSection={<IconSearch size={17} aria-hidden />}
          value={typed}
          onChange={(event) => {
            setTyped(event.currentTarget.value);
          }}
          className={classes.search}
        />
      </div>
      <ViewerList key={`${only} ${search}`} status={status} filter={{ only, search }} />
    </section>
  );
}
