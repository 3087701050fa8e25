import { Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useParams } from '@tanstack/react-router';
import { BackLink } from '../../ui/back-link.js';
import { Loaded } from '../../ui/loaded.js';
import { PaceForm } from './pace-form.js';
import { PaceState } from './pace-state.js';
import { PostingPauseNote } from './posting-pause-note.js';
import { ScreenTitle } from '../../ui/screen-title.js';
import { paceQuery } from './pace.js';
import { sessionsQuery } from '../queries.js';
import classes from './pace-form.module.css';

/** How fast one account posts: where it stands, and its limits. */
export function PaceScreen() {
  const { sessionId } = useParams({ from: '/accounts/$sessionId/pace' });
  const session = useQuery(sessionsQuery).data?.items.find((each) => each.sessionId === sessionId);
  const pace = useQuery(paceQuery(sessionId));
  return (
    <>
      <ScreenTitle
        title={session === undefined ? 'Pace' : `Pace of ${session.sessionName}`}
        hint="How fast this account posts. What is too much waits in line and goes out by itself. A post counts once, however many people it goes to."
        back={<BackLink to="/accounts" label="Accounts" />}
      />
      <Loaded query={pace} skeleton={<Skeleton height={360} radius={20} role="status" aria-label="Loading the pace" />}>
        {(read) => (
          <>
            <div className={classes.pause}>{session === undefined ? null : <PostingPauseNote session={session} />}</div>
            <PaceState pace={read} />
            <PaceForm key={JSON.stringify(read.settings)} sessionId={sessionId} settings={read.settings} />
          </>
        )}
      </Loaded>
    </>
  );
}
