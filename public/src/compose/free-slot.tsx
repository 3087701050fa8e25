import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { Session } from '../../../server/contract/sessions.js';
import { Note } from '../ui/note.js';
import { formatPlanned } from '../lib/days.js';
import { slotsQuery } from '../planning/queries.js';
import classes from './free-slot.module.css';

const shownAccounts = 6;

/** Why the next free slot cannot be taken yet; null when it can. */
export function useSlotProblem(isWanted: boolean, accounts: readonly Session[]): string | null {
  const results = useQueries({
    queries: isWanted ? accounts.slice(0, shownAccounts).map(({ sessionId }) => slotsQuery(sessionId)) : [],
  });
  if (results.some(({ isPending }) => isPending)) return 'Looking for the next free slot…';
  const hasNone = results.length > 0 && results.every(({ data }) => data?.nextFreeAt === null);
  return hasNone ? 'Choose posting slots first.' : null;
}

/** Which slot a post would take, on each account. */
export function FreeSlot({ accounts }: { accounts: readonly Session[] }) {
  const shown = accounts.slice(0, shownAccounts);
  const results = useQueries({ queries: shown.map(({ sessionId }) => slotsQuery(sessionId)) });
  const [only] = results;
  if (shown.length === 1 && only?.data !== undefined) {
    const { nextFreeAt, slots } = only.data;
    if (nextFreeAt !== null) {
      return (
        <p className={classes.found} aria-live="polite">
          It goes out <strong>{formatPlanned(nextFreeAt)}</strong>.
        </p>
      );
    }
    return slots.length === 0 ? (
      <NoSlots />
    ) : (
      <Note tone="attention">Every slot of the next eight weeks is taken.</Note>
    );
  }
  if (results.every(({ data }) => data?.nextFreeAt === null)) return <NoSlots />;
  return (
    <ul className={classes.list} aria-live="polite">
      {shown.map(({ sessionId, sessionName }, index) => (
        <li key={sessionId} className={classes.row}>
          <span>{sessionName}</span>
          <span className={classes.at}>{wordsFor(results[index]?.data?.nextFreeAt)}</span>
        </li>
      ))}
      {accounts.length > shownAccounts ? <li>and so on for {accounts.length - shownAccounts} more</li> : null}
    </ul>
  );
}

function wordsFor(nextFreeAt: string | null | undefined): string {
  if (nextFreeAt === undefined) return '…';
  return nextFreeAt === null ? 'has no free slot: it will be left out' : formatPlanned(nextFreeAt);
}

function NoSlots() {
  return (
    <Note tone="attention" title="There are no posting slots yet">
      Slots are the times of the week at which you like to post, such as weekdays at nine.{' '}
      <Link to="/calendar/slots" className={classes.link}>
        Choose them
      </Link>
    </Note>
  );
}
