import { Select, Skeleton } from '@mantine/core';
import { IconClockUp, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { EmptyState } from '../../ui/empty-state.js';
import { LinkButton } from '../../ui/link-button.js';
import { Loaded } from '../../ui/loaded.js';
import { ScreenTitle } from '../../ui/screen-title.js';
import { slotsQuery } from '../queries.js';
import { PlanTabs } from '../plan-tabs.js';
import { SlotsEditor } from './slots-editor.js';
import { sessionsQuery } from '../../accounts/queries.js';
import classes from '../../ui/listing.module.css';

/** The times of the week at which each account likes to post. */
export function SlotsScreen() {
  const sessions = useQuery(sessionsQuery);
  const [picked, setPicked] = useState<string | null>(null);
  const accounts = sessions.data?.items;
  const account = accounts?.find((each) => each.sessionId === picked) ?? accounts?.[0];
  return (
    <>
      <ScreenTitle
        title="Posting slots"
        hint="Your usual times. A post for the “next free slot” takes the first one that nothing is planned for."
      />
      <PlanTabs />
      <Loaded query={sessions} skeleton={<SlotsSkeleton />}>
        {({ items }) =>
          account === undefined ? (
            <EmptyState
              art={<IconClockUp size={64} stroke={1.1} className={classes.art} />}
              title="Link an account first"
              action={
                <LinkButton to="/accounts" leftSection={<IconPlus size={18} aria-hidden />}>
                  Go to accounts
                </LinkButton>
              }
            >
              Each account has its own times.
            </EmptyState>
          ) : (
            <>
              {items.length > 1 ? (
                <Select
                  label="Account"
                  size="md"
                  maw={360}
                  mb="lg"
                  allowDeselect={false}
                  searchable={items.length > 8}
                  data={items.map(({ sessionId, sessionName }) => ({ value: sessionId, label: sessionName }))}
                  value={account.sessionId}
                  onChange={setPicked}
                />
              ) : null}
              <AccountSlots key={account.sessionId} sessionId={account.sessionId} />
            </>
          )
        }
      </Loaded>
    </>
  );
}

function AccountSlots({ sessionId }: { sessionId: string }) {
  const slots = useQuery(slotsQuery(sessionId));
  return (
    <Loaded query={slots} skeleton={<SlotsSkeleton />}>
      {(saved) => <SlotsEditor sessionId={sessionId} saved={saved} />}
    </Loaded>
  );
}

function SlotsSkeleton() {
  return <Skeleton height={240} radius={20} role="status" aria-label="Loading" />;
}
