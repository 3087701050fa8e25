import { Button, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { useState } from 'react';
import type { Broadcast } from '../../../../server/contract/planning/broadcasts.js';
import { ConfirmModal } from '../../ui/dialogs/confirm-modal.js';
import { BackLink } from '../../ui/back-link.js';
import { CountFigures } from '../../post-look/day-summary.js';
import { Loaded } from '../../ui/loaded.js';
import { ScreenTitle } from '../../ui/screen-title.js';
import { formatMoment, formatNumber } from '../../lib/format.js';
import { BroadcastAccounts } from './broadcast-accounts.js';
import { broadcastSentence, openAccounts } from './broadcast-words.js';
import { useCancelBroadcast } from '../actions.js';
import { broadcastQuery } from '../queries.js';
import classes from './broadcast-screen.module.css';

/** One post on several accounts: what became of it on each, and how it does on all together. */
export function BroadcastScreen() {
  const { broadcastId } = useParams({ from: '/broadcasts/$broadcastId' });
  const query = useQuery(broadcastQuery(broadcastId));
  const title = query.data === undefined ? 'Post' : `Post on ${formatNumber(query.data.accountCount)} accounts`;
  return (
    <>
      <ScreenTitle title={title} back={<BackLink to="/" label="Posts" />} />
      <Loaded query={query} skeleton={<Skeleton height={330} radius={20} role="status" aria-label="Loading" />}>
        {(broadcast) => <BroadcastDetail broadcast={broadcast} />}
      </Loaded>
    </>
  );
}

function BroadcastDetail({ broadcast }: { broadcast: Broadcast }) {
  const { id, type, content, counts, startsAt, states } = broadcast;
  const [isAsking, setAsking] = useState(false);
  const cancel = useCancelBroadcast();
  const open = openAccounts(broadcast);
  const posted = ['sent', 'expired', 'deleted'].reduce((sum, state) => sum + (states[state] ?? 0), 0);
  function close(): void {
    setAsking(false);
  }

  return (
    <div className={classes.root}>
      <div className={classes.head}>
        <p className={classes.sentence} role="status">
          {broadcastSentence(broadcast)}
        </p>
        {type === 'text' || type === 'url' ? (
          <blockquote className={classes.content} dir="auto">
            {content}
          </blockquote>
        ) : null}
        <p className={classes.when}>
          {Date.parse(startsAt) > Date.now() ? 'Goes out from ' : 'Started '}
          {formatMoment(startsAt)}
        </p>
        {open > 0 ? (
          <Button
            variant="default"
            className={classes.cancel}
            onClick={() => {
              setAsking(true);
            }}
          >
            Cancel what has not gone out…
          </Button>
        ) : null}
      </div>
      {posted > 0 ? <CountFigures label="Accounts" value={posted} counts={counts} /> : null}
      <BroadcastAccounts broadcast={broadcast} />
      <ConfirmModal
        opened={isAsking}
        title={`Cancel it on ${open === 1 ? '1 account' : `${formatNumber(open)} accounts`}?`}
        act="Cancel these posts"
        action={cancel}
        onConfirm={() => {
          cancel.mutate(id, { onSuccess: close });
        }}
        onClose={close}
      >
        Where it has not gone out yet, it will not. What is on WhatsApp already stays there.
      </ConfirmModal>
    </div>
  );
}
