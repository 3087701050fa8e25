import type { Session } from '../../../server/contract/sessions.js';
import { formatAgo } from '../lib/format.js';
import { isLinked, sessionStateWords } from '../account-look/session-states.js';
import { useNow } from '../lib/use-now.js';
import { Countdown } from '../ui/countdown.js';
import { Note } from '../ui/note.js';
import classes from './account-health.module.css';

/** How contacts see a connected account; else why it is not connected, what to do, and when it is tried again. */
export function AccountHealth({ session }: { session: Session }) {
  const nowMs = useNow();
  const { tone, hint } = sessionStateWords[session.state];
  if (session.connected) {
    return (
      <p className={classes.hint}>
        {session.pushName === null || session.pushName === '' ? null : `Contacts see “${session.pushName}”. `}
        {session.lastActivityAt === null ? hint : `Last active ${formatAgo(session.lastActivityAt, nowMs)}.`}
      </p>
    );
  }
  const explanation = session.state === 'stopped' && !isLinked(session) ? 'It is not linked to a phone yet.' : hint;
  if (session.lastError === null) return <p className={classes.hint}>{explanation}</p>;
  return (
    <Note tone={tone === 'bad' ? 'bad' : 'attention'}>
      {session.lastError.message}
      <span className={classes.detail}>
        {formatAgo(session.lastError.at, nowMs)}
        {session.lastError.code === null ? null : ` · code ${String(session.lastError.code)}`}
        {session.nextRetryAt === null ? null : (
          <>
            {' · '}next try in <Countdown until={session.nextRetryAt} past="a moment" />
          </>
        )}
      </span>
    </Note>
  );
}
