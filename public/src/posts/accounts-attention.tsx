import { Link } from '@tanstack/react-router';
import type { Session } from '../../../server/contract/sessions.js';
import { sessionStateWords } from '../account-look/session-states.js';
import { Note } from '../ui/note.js';
import classes from './accounts-attention.module.css';

/** Accounts that cannot post until somebody acts, told where the day starts. */
export function AccountsAttention({ sessions }: { sessions: Session[] }) {
  const troubled = sessions.filter(
    // An account that was never linked is not in trouble, only unfinished.
    ({ state, lastConnectedAt }) => sessionStateWords[state].tone === 'bad' && lastConnectedAt !== null,
  );
  const [first] = troubled;
  if (first === undefined) return null;
  return (
    <div className={classes.root}>
      <Note
        tone="bad"
        title={
          troubled.length === 1 ? `${first.sessionName} needs you` : `${String(troubled.length)} accounts need you`
        }
      >
        {troubled.length === 1 ? (first.lastError?.message ?? sessionStateWords[first.state].hint) : null}{' '}
        <Link to="/accounts" className={classes.link}>
          See accounts
        </Link>
      </Note>
    </div>
  );
}
