import { Anchor, Button, Checkbox, Select } from '@mantine/core';
import { IconUsersPlus } from '@tabler/icons-react';
import type { Session } from '../../../../server/contract/sessions.js';
import type { Draft } from '../../draft/draft.js';
import { canPost, sessionStateWords } from '../../account-look/session-states.js';
import { AccountAvatar } from '../../account-look/account-avatar.js';
import { FieldGroup } from '../../ui/fields/field-group.js';
import { AccountPicker } from './account-picker.js';
import classes from './accounts-picker.module.css';

interface AccountsPickerProps {
  sessions: Session[];
  /** The one that posts while only one is picked. */
  single: Session;
  onSingle: (sessionId: string) => void;
  draft: Draft;
  onChange: (change: Partial<Draft>) => void;
}

const staggers = [
  { value: '0', label: 'All at once' },
  { value: '60', label: 'A minute between accounts' },
  { value: '300', label: '5 minutes between accounts' },
  { value: '900', label: '15 minutes between accounts' },
  { value: '3600', label: 'An hour between accounts' },
];

/** One account as a rule; several or all when they are asked for. */
export function AccountsPicker({ sessions, single, onSingle, draft, onChange }: AccountsPickerProps) {
  const { accounts, staggerSeconds, when } = draft;
  if (accounts === null || sessions.length < 2) {
    return (
      <div className={classes.root}>
        <AccountPicker sessions={sessions} value={single} onChange={onSingle} />
        {sessions.length < 2 ? null : (
          <Button
            variant="subtle"
            size="compact-md"
            leftSection={<IconUsersPlus size={18} stroke={1.8} aria-hidden />}
            className={classes.several}
            onClick={() => {
              onChange({ accounts: canPost(single) ? [single.sessionId] : [] });
            }}
          >
            Post on several accounts
          </Button>
        )}
      </div>
    );
  }
  const able = sessions.filter(canPost).map(({ sessionId }) => sessionId);
  const isAll = able.length > 0 && able.every((sessionId) => accounts.includes(sessionId));
  return (
    <FieldGroup legend="Post from" className={classes.group}>
      <div className={classes.list}>
        <Checkbox
          label={<strong>All accounts</strong>}
          checked={isAll}
          indeterminate={!isAll && accounts.length > 0}
          onChange={() => {
            onChange({ accounts: isAll ? [] : able });
          }}
          className={classes.all}
        />
        <div className={classes.rows}>
          {sessions.map((session) => (
            <AccountRow
              key={session.sessionId}
              session={session}
              isChosen={accounts.includes(session.sessionId)}
              onChange={(isChosen) => {
                const others = accounts.filter((each) => each !== session.sessionId);
                onChange({ accounts: isChosen ? [...others, session.sessionId] : others });
              }}
            />
          ))}
        </div>
      </div>
      {when === 'now' || when === 'later' ? (
        <Select
          label="Spacing"
          description="So that not all of them post in the same moment."
          size="md"
          allowDeselect={false}
          data={staggers}
          value={String(staggerSeconds)}
          onChange={(value) => {
            onChange({ staggerSeconds: Number(value) });
          }}
        />
      ) : null}
      <Anchor
        component="button"
        type="button"
        className={classes.several}
        onClick={() => {
          onChange({ accounts: null });
        }}
      >
        Post on one account only
      </Anchor>
    </FieldGroup>
  );
}

interface AccountRowProps {
  session: Session;
  isChosen: boolean;
  onChange: (isChosen: boolean) => void;
}

function AccountRow({ session, isChosen, onChange }: AccountRowProps) {
  const isAble = canPost(session);
  return (
    <Checkbox
      checked={isChosen && isAble}
      disabled={!isAble}
      onChange={(event) => {
        onChange(event.currentTarget.checked);
      }}
      classNames={{ body: classes.row, labelWrapper: classes.label }}
      label={
        <span className={classes.account}>
          <AccountAvatar session={session} size={26} />
          <span className={classes.name}>{session.sessionName}</span>
          {session.connected ? null : (
            <span className={classes.state}>
              {isAble ? 'reconnecting: it follows' : sessionStateWords[session.state].label}
            </span>
          )}
        </span>
      }
    />
  );
}
