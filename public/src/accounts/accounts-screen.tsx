import { Button, Skeleton } from '@mantine/core';
import { IconDeviceMobile, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Session } from '../../../server/contract/sessions.js';
import { AccountCard } from './account-card.js';
import { AddAccountModal } from './add-account-modal.js';
import { DeleteAccountModal } from './delete-account-modal.js';
import { EmptyState } from '../ui/empty-state.js';
import { Loaded } from '../ui/loaded.js';
import { ScreenTitle } from '../ui/screen-title.js';
import { sessionsQuery } from './queries.js';
import classes from './accounts-screen.module.css';

/** Every account that this key may see, with its state as it changes. */
export function AccountsScreen() {
  const sessions = useQuery(sessionsQuery);
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<Session | null>(null);
  const add = (
    <Button
      leftSection={<IconPlus size={18} stroke={2.2} aria-hidden />}
      onClick={() => {
        setAdding(true);
      }}
    >
      Add account
    </Button>
  );
  const hasAny = (sessions.data?.items.length ?? 0) > 0;
  return (
    <>
      <ScreenTitle title="Accounts" hint="The WhatsApp numbers you post from." {...(hasAny && { actions: add })} />
      <Loaded query={sessions} skeleton={<CardSkeletons />}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              art={<IconDeviceMobile size={64} stroke={1.1} className={classes.art} />}
              title="Link your first account"
              action={add}
            >
              Statuscast posts through your own WhatsApp number, as one of its linked devices. You need the phone with
              that number for a minute; afterwards it may stay in your pocket.
            </EmptyState>
          ) : (
            <div className={classes.grid}>
              {items.map((session) => (
                <AccountCard key={session.sessionId} session={session} onDelete={setDeleting} />
              ))}
            </div>
          )
        }
      </Loaded>
      <AddAccountModal
        opened={adding}
        onClose={() => {
          setAdding(false);
        }}
      />
      <DeleteAccountModal
        session={deleting}
        onClose={() => {
          setDeleting(null);
        }}
      />
    </>
  );
}

function CardSkeletons() {
  return (
    <div className={classes.grid} aria-label="Loading accounts" role="status">
      {[0, 1, 2].map((each) => (
        <Skeleton key={each} height={190} radius={20} />
      ))}
    </div>
  );
}
