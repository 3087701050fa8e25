import { IconChevronRight } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Broadcast, BroadcastAccount } from '../../../../server/contract/planning/broadcasts.js';
import type { Session } from '../../../../server/contract/sessions.js';
import { AccountAvatar } from '../../account-look/account-avatar.js';
import { ToneBadge } from '../../ui/tone-badge.js';
import { formatNumber } from '../../lib/format.js';
import { sessionsQuery } from '../../accounts/queries.js';
import { accountWords } from './broadcast-words.js';
import listing from '../../ui/listing.module.css';
import classes from './broadcast-accounts.module.css';

/** Account by account: its state, how many it reached, and why not where it was not posted. */
export function BroadcastAccounts({ broadcast: { accounts } }: { broadcast: Broadcast }) {
  const sessions = useQuery(sessionsQuery);
  const byId = new Map(sessions.data?.items.map((session) => [session.sessionId, session]));
  return (
    <ul className={listing.list} aria-label="Accounts">
      {accounts.map((account) => (
        <li key={account.sessionId}>
          {account.statusId === null ? (
            <div className={classes.row}>
              <AccountLine account={account} session={byId.get(account.sessionId)} />
            </div>
          ) : (
            <Link
              to="/posts/$sessionId/$statusId"
              params={{ sessionId: account.sessionId, statusId: account.statusId }}
              className={classes.row}
            >
              <AccountLine account={account} session={byId.get(account.sessionId)} />
              <IconChevronRight size={20} stroke={1.8} className={classes.chevron} aria-hidden />
            </Link>
          )}
        </li>
      ))}
    </ul>
  );
}

function AccountLine({ account, session }: { account: BroadcastAccount; session: Session | undefined }) {
  const { label, tone } = accountWords(account);
  const { counts, error, status } = account;
  const isOut = status === 'sent' || status === 'expired' || status === 'deleted';
  return (
    <>
      {session === undefined ? null : <AccountAvatar session={session} size={34} />}
      <span className={classes.main}>
        <span className={classes.name}>{session?.sessionName ?? account.sessionId}</span>
        {error === null ? null : <span className={classes.error}>{error.message}</span>}
      </span>
      {isOut && counts !== null ? (
        <span className={classes.counts}>
          {counts.targeted === 0
            ? 'only its own number'
            : `${formatNumber(counts.delivered)} delivered · ${formatNumber(counts.viewed)} known views`}
        </span>
      ) : null}
      <ToneBadge tone={tone} busy={status === 'sending' || status === 'queued' || account.state === 'pending'}>
        {label}
      </ToneBadge>
    </>
  );
}
