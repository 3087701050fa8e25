import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { Session } from '../../../server/contract/sessions.js';
import { useResyncContacts } from './actions.js';
import { contactsSummaryQuery } from './queries.js';
import { formatAgo, formatNumber } from '../lib/format.js';
import { sayFailure } from '../ui/say.js';
import { useNow } from '../lib/use-now.js';

/** How many contacts an account has, how fresh that is, and asking the phone again. */
export function ContactsState({ session }: { session: Session }) {
  const nowMs = useNow();
  const { data } = useQuery(contactsSummaryQuery(session.sessionId));
  const resync = useResyncContacts();
  if (data === undefined) return null;
  const isBusy = data.isResyncing || resync.isPending;
  const told =
    data.syncedAt === null ? 'the phone has not told its contacts yet' : `told ${formatAgo(data.syncedAt, nowMs)}`;
  return (
    <>
      <span>
        <strong className="tabular">{formatNumber(data.saved)}</strong> saved on the phone, {told}
      </span>
      {session.connected ? (
        <Button
          variant="subtle"
          size="compact-sm"
          disabled={isBusy}
          onClick={() => {
            resync.mutate(session.sessionId, { onError: sayFailure('The phone was not asked') });
          }}
        >
          {isBusy ? 'Asking the phone…' : 'Ask the phone again'}
        </Button>
      ) : null}
    </>
  );
}
