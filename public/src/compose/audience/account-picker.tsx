import { Select } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Session } from '../../../../server/contract/sessions.js';
import { formatPhoneNumber } from '../../lib/format.js';
import { canPost, sessionStateWords } from '../../account-look/session-states.js';
import { AccountAvatar } from '../../account-look/account-avatar.js';
import { Note } from '../../ui/note.js';
import classes from './account-picker.module.css';

interface AccountPickerProps {
  sessions: Session[];
  value: Session;
  onChange: (sessionId: string) => void;
}

/** Which account posts; those that cannot post now say why. */
export function AccountPicker({ sessions, value, onChange }: AccountPickerProps) {
  const byId = new Map(sessions.map((session) => [session.sessionId, session]));
  return (
    <div className={classes.root}>
      <Select
        label="Post from"
        size="md"
        classNames={{ input: classes.input }}
        data={sessions.map((session) => ({
          value: session.sessionId,
          label: session.sessionName,
          disabled: !canPost(session),
        }))}
        value={value.sessionId}
        onChange={(sessionId) => {
          if (sessionId !== null) onChange(sessionId);
        }}
        allowDeselect={false}
        searchable={sessions.length > 8}
        nothingFoundMessage="No account has this name."
        leftSection={<AccountAvatar session={value} size={24} />}
        leftSectionWidth={50}
        renderOption={({ option }) => {
          const session = byId.get(option.value);
          return session === undefined ? option.label : <AccountOption session={session} />;
        }}
      />
      {value.connected ? null : (
        <Note
          tone="attention"
          title={canPost(value) ? `${value.sessionName} is reconnecting` : `${value.sessionName} cannot post now`}
        >
          {canPost(value)
            ? 'You can post: it waits here, and goes out as soon as the account is back.'
            : (value.lastError?.message ?? sessionStateWords[value.state].hint)}{' '}
          <Link to="/accounts" className={classes.link}>
            See accounts
          </Link>
        </Note>
      )}
    </div>
  );
}

function AccountOption({ session }: { session: Session }) {
  const number = session.ownNumber ?? session.phoneNumber;
  return (
    <span className={classes.option}>
      <AccountAvatar session={session} size={28} />
      <span>
        <span className={classes.name}>{session.sessionName}</span>
        <span className={classes.detail}>
          {number === null ? null : `${formatPhoneNumber(number)} · `}
          {sessionStateWords[session.state].label}
        </span>
      </span>
    </span>
  );
}
