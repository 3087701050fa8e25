import { useQuery } from '@tanstack/react-query';
import { sessionsQuery } from '../accounts/queries.js';
import classes from './account-colours.module.css';

const colourCount = 8;

/** The colour of each account on the calendar, 0 to 7, by the order in which they were added. */
export function useAccountColours(): ReadonlyMap<string, number> {
  const sessions = useQuery(sessionsQuery);
  const inOrder = [...(sessions.data?.items ?? [])].sort(
    (a, b) => a.createdAt.localeCompare(b.createdAt) || a.sessionId.localeCompare(b.sessionId),
  );
  return new Map(inOrder.map(({ sessionId }, index) => [sessionId, index % colourCount]));
}

/** A dot in the colour of an account; its name stands beside it. */
export function AccountDot({ sessionId }: { sessionId: string }) {
  const colour = useAccountColours().get(sessionId) ?? 0;
  return <span className={classes.dot} data-colour={colour} aria-hidden />;
}
