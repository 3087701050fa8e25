import type { Session } from '../../../server/contract/sessions.js';
import { initialsOf } from '../lib/format.js';
import { sessionStateWords } from './session-states.js';
import classes from './account-avatar.module.css';

/** An account's initials in a ring that carries the colour of its state. */
export function AccountAvatar({ session, size = 46 }: { session: Session; size?: number }) {
  return (
    <span
      className={classes.avatar}
      data-tone={sessionStateWords[session.state].tone}
      style={{ width: size, height: size, fontSize: size * 0.34 }}
      aria-hidden
    >
      {initialsOf(session.sessionName)}
    </span>
  );
}
