import { Button, NativeSelect, SegmentedControl, Skeleton } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { sessionsQuery } from '../accounts/queries.js';
import { saveFile } from '../lib/save-file.js';
import { LinkButton } from '../ui/link-button.js';
import { EmptyState } from '../ui/empty-state.js';
import { Loaded } from '../ui/loaded.js';
import { Note } from '../ui/note.js';
import { sayFailure } from '../ui/say.js';
import { ScreenTitle } from '../ui/screen-title.js';
import { AccountsCompared } from './accounts-compared.js';
import { BestTimesPanel } from './best-times-panel.js';
import { PeriodReach } from './period-reach.js';
import { overviewCsv, type OverviewData, overviewQuery } from './queries.js';
import { ViewsPanel } from './views-panel.js';
import classes from './overview-screen.module.css';

const times = [
  { value: '1', label: 'Today' },
  { value: '7', label: '7 days' },
  { value: '30', label: '30 days' },
  { value: '365', label: 'Year' },
];

/** What posts reached lately, and when people view them; of all accounts or of one. */
export function OverviewScreen() {
  const [account, setAccount] = useState('');
  const [days, setDays] = useState('30');
  const sessions = useQuery(sessionsQuery);
  const wish = { sessionId: account === '' ? null : account, days: Number(days) };
  const query = useQuery(overviewQuery(wish));
  const accounts = sessions.data?.items ?? [];

  function exportShown(): void {
    overviewCsv(wish)
      .then((csv) => {
        saveFile(csv, 'views-over-time.csv');
      })
      .catch(sayFailure('The numbers were not exported'));
  }

  return (
    <>
      <ScreenTitle title="Overview" hint="What your posts reached, and when people look." />
      <div className={classes.tools}>
        {accounts.length > 1 ? (
          <NativeSelect
            aria-label="Account"
            value={account}
            onChange={(event) => {
              setAccount(event.currentTarget.value);
            }}
            data={[
              { value: '', label: 'All accounts' },
              ...accounts.map(({ sessionId, sessionName }) => ({ value: sessionId, label: sessionName })),
            ]}
          />
        ) : null}
        <SegmentedControl aria-label="Time" value={days} onChange={setDays} data={times} radius="md" />
        <Button
          variant="default"
          leftSection={<IconDownload size={18} aria-hidden />}
          onClick={exportShown}
          className={classes.csv}
        >
          CSV
        </Button>
      </div>
      <Loaded query={query} skeleton={<OverviewSkeleton />}>
        {(data) => <Overview data={data} />}
      </Loaded>
    </>
  );
}

function Overview({ data }: { data: OverviewData }) {
  const { posts, activity, notes, accounts = [] } = data;
  if (posts === 0 && activity.delivered === 0 && activity.viewed === 0) {
    return (
      <EmptyState title="Nothing was posted in this time" action={<LinkButton to="/compose">New post</LinkButton>}>
        Once you post, this page shows whom it reached, when people look, and which hours are the best.
      </EmptyState>
    );
  }
  return (
    <div className={classes.parts}>
      {notes
        .filter(({ code }) => code !== 'lower_bound')
        .map(({ code, message }) => (
          <Note key={code} tone={code === 'read_receipts_off' ? 'attention' : 'quiet'}>
            {message}
          </Note>
        ))}
      <PeriodReach data={data} />
      <ViewsPanel data={data} />
      <BestTimesPanel bestTimes={data.bestTimes} />
      {accounts.length > 1 ? <AccountsCompared accounts={accounts} /> : null}
      <p className={classes.bound}>
        Known views are a lower bound: people who turned read receipts off can look without being counted.
      </p>
    </div>
  );
}

function OverviewSkeleton() {
  return (
    <div className={classes.parts} role="status" aria-label="Loading the overview">
      <Skeleton height={130} radius={20} />
      <Skeleton height={240} radius={20} />
      <Skeleton height={240} radius={20} />
    </div>
  );
}
