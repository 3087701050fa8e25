import { Button, SegmentedControl, VisuallyHidden } from '@mantine/core';
import { useThrottledValue } from '@mantine/hooks';
import { IconDownload } from '@tabler/icons-react';
import { useState } from 'react';
import type { Status } from '../../../../server/contract/statuses.js';
import { formatDateTime, formatNumber } from '../../lib/format.js';
import { saveFile } from '../../lib/save-file.js';
import { useSearchWords } from '../../lib/use-search-words.js';
import { Panel } from '../../ui/panel.js';
import { sayFailure } from '../../ui/say.js';
import { SearchField } from '../../ui/fields/search-field.js';
import { viewersCsv } from '../queries.js';
import type { ViewerFilter } from '../queries.js';
import { ViewerList } from './viewer-list.js';
import classes from './viewers-panel.module.css';

/** A screen reader hears of new views at most this often. */
const announceEveryMs = 5000;

/** Who a post reached, filtered and searched; new viewers come in by themselves. */
export function ViewersPanel({ status }: { status: Status }) {
  const [only, setOnly] = useState<ViewerFilter['only']>('viewed');
  const { typed, setTyped, search } = useSearchWords();
  const { viewed, delivered } = status.counts;
  const announced = useThrottledValue(viewed, announceEveryMs);

  function exportShown(): void {
    viewersCsv(status.sessionId, status.id, { only, search })
      .then((csv) => {
        saveFile(csv, `viewers-${status.id}-${only}.csv`);
      })
      .catch(sayFailure('The people were not exported'));
  }

  if (status.peopleForgottenAt !== null) {
    return (
      <Panel label="People">
        <p>
          Who got and who viewed it is not kept any more since {formatDateTime(status.peopleForgottenAt)}. How many they
          were stays.
        </p>
      </Panel>
    );
  }
  return (
    <Panel label="People">
      <VisuallyHidden role="status">{formatNumber(announced)} known views</VisuallyHidden>
      <div className={classes.tools}>
        <SegmentedControl
          aria-label="Who to show"
          value={only}
          onChange={setOnly}
          data={[
            { value: 'viewed', label: <Counted word="Viewed" count={viewed} /> },
            { value: 'delivered', label: <Counted word="Delivered" count={delivered} /> },
            { value: 'missed', label: 'Missed' },
            { value: 'all', label: 'Everyone' },
          ]}
          radius="md"
          classNames={{ root: classes.filter, label: classes.label }}
        />
        <SearchField label="Search name or number" value={typed} onChange={setTyped} className={classes.search} />
        <Button variant="default" leftSection={<IconDownload size={18} aria-hidden />} onClick={exportShown}>
          CSV
        </Button>
      </div>
      <ViewerList key={`${only} ${search}`} status={status} filter={{ only, search }} />
    </Panel>
  );
}

/** On a phone there is no room for the number, which stands above as well. */
function Counted({ word, count }: { word: string; count: number }) {
  return (
    <>
      {word}
      <span className={classes.count}> {formatNumber(count)}</span>
    </>
  );
}
