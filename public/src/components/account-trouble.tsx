import type { Session } from '../../../server/contract/sessions.js';
import { formatRelative } from '../format.js';
import { isLinked, sessionStateWords } from '../session-states.js';
import { useNow } from '../use-now.js';
import { Countdown } from './countdown.js';
import { Note } from './note.js';
import classes from './account-trouble.module.css';

/** Why an account is not connected, what to do about it, and when it is tried again. */
export function AccountTrouble({ session }: { session: Session }) {
  const nowMs = useNow();
  const { tone, hint } = sessionStateWords[session.state];
  if (session.connected) return null;
  const explanation = session.state === 'stopped' && !isLinked(session) ? 'It is not linked to a phone yet.' : hint;
  if (session.lastError === null) return <p className={classes.hint}>{explanation}</p>;
  return (
    <Note tone={tone === 'bad' ? 'bad' : 'attention'}>
      {session.lastError.message}
      <span className={classes.detail}>
        {formatRelative(session.lastError.at, nowMs)}
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
