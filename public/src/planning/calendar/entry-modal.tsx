import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { LinkButton } from '../../ui/link-button.js';
import { Note } from '../../ui/note.js';
import { ToneBadge } from '../../ui/tone-badge.js';
import { browserTimeZone } from '../../lib/wall-time.js';
import { AccountDot } from '../account-dot.js';
import type { CalendarEntry } from '../../../../server/contract/planning/calendar.js';
import { isCancelable, isMovable, useCancelEntry, useMoveEntry } from './calendar-queries.js';
import { formatWallTime, wallTimeIn } from '../../lib/days.js';
import { entryKey, entryStateWords, entryTitle } from './entry-words.js';
import { Dialog } from '../../ui/dialogs/dialog.js';
import { FailureNote } from '../../ui/failure-note.js';
import { say } from '../../ui/say.js';
import classes from './entry-modal.module.css';

interface EntryModalProps {
  /** The entry in question; null keeps the dialog closed. */
  entry: CalendarEntry | null;
  account: string;
  onClose: () => void;
}

/** One post of the calendar: what it is, and moving or canceling it while it is still to come. */
export function EntryModal({ entry, account, onClose }: EntryModalProps) {
  return (
    <Dialog
      opened={entry !== null}
      onClose={onClose}
      title={entry === null ? '' : formatWallTime(`${entry.day}T${entry.time}`)}
    >
      {entry === null ? null : <EntryDetail key={entryKey(entry)} entry={entry} account={account} onClose={onClose} />}
    </Dialog>
  );
}

function EntryDetail({ entry, account, onClose }: { entry: CalendarEntry; account: string; onClose: () => void }) {
  const [isAsking, setAsking] = useState(false);
  const { label, tone } = entryStateWords[entry.state];
  return (
    <Stack gap="md">
      <p className={classes.text} dir="auto">
        {entryTitle(entry)}
      </p>
      <p className={classes.meta}>
        <ToneBadge tone={tone}>{label}</ToneBadge>
        <span>
          <AccountDot sessionId={entry.sessionId} />
          {account}
        </span>
      </p>
      {entry.error === null ? null : <Note tone="bad">{entry.error.message}</Note>}
      {isAsking ? (
        <AskCancel entry={entry} onClose={onClose} onKeep={() => setAsking(false)} />
      ) : (
        <>
          {isMovable(entry) ? <MoveForm entry={entry} onClose={onClose} /> : null}
          <EntryLinks entry={entry} />
          {isCancelable(entry) ? (
            <Button
              variant="subtle"
              color="red"
              className={classes.cancel}
              onClick={() => {
                setAsking(true);
              }}
            >
              {entry.statusId === null ? 'Leave this time out…' : 'Cancel this post…'}
            </Button>
          ) : null}
        </>
      )}
    </Stack>
  );
}

function MoveForm({ entry, onClose }: { entry: CalendarEntry; onClose: () => void }) {
  const before = `${entry.day}T${entry.time}`;
  const [wall, setWall] = useState(before);
  const move = useMoveEntry();
  const isOver = wall !== '' && wall <= wallTimeIn(Date.now(), browserTimeZone());
  return (
    <>
      <Group align="flex-end" gap="sm" wrap="nowrap">
        <TextInput
          label="Move to"
          size="md"
          type="datetime-local"
          className={classes.field}
          value={wall}
          error={isOver ? 'This time is over.' : null}
          onChange={(event) => {
            setWall(event.currentTarget.value);
          }}
        />
        <Button
          size="md"
          disabled={wall === '' || wall === before || isOver}
          loading={move.isPending}
          onClick={() => {
            move.mutate(
              { entry, wall },
              {
                onSuccess: () => {
                  say(`It goes out ${formatWallTime(wall)}.`, 'Moved');
                  onClose();
                },
              },
            );
          }}
        >
          Move
        </Button>
      </Group>
      {entry.statusId === null ? (
        <Text size="sm" c="dimmed">
          Only this one time moves. The others stay as they are.
        </Text>
      ) : null}
      <FailureNote error={move.error} title="It was not moved" />
    </>
  );
}

function EntryLinks({ entry: { sessionId, statusId, scheduleId, broadcastId } }: { entry: CalendarEntry }) {
  return (
    <Group gap="sm">
      {statusId === null ? null : (
        <LinkButton to="/posts/$sessionId/$statusId" params={{ sessionId, statusId }} variant="light">
          Open the post
        </LinkButton>
      )}
      {scheduleId === null ? null : (
        <LinkButton to="/calendar/repeating" search={{ change: scheduleId }} variant="light">
          Change all times…
        </LinkButton>
      )}
      {broadcastId === null ? null : (
        <LinkButton to="/broadcasts/$broadcastId" params={{ broadcastId }} variant="light">
          See all accounts
        </LinkButton>
      )}
    </Group>
  );
}

function AskCancel({ entry, onClose, onKeep }: { entry: CalendarEntry; onClose: () => void; onKeep: () => void }) {
  const cancel = useCancelEntry();
  return (
    <>
      <Text>
        {entry.statusId === null
          ? 'It does not go out at this time. The other times stay as they are.'
          : 'It does not go out. You can write it again from its page.'}
      </Text>
      <FailureNote error={cancel.error} />
      <Group justify="flex-end">
        <Button variant="default" onClick={onKeep} data-autofocus>
          Keep it
        </Button>
        <Button
          color="red.8"
          loading={cancel.isPending}
          onClick={() => {
            cancel.mutate(entry, { onSuccess: onClose });
          }}
        >
          {entry.statusId === null ? 'Leave it out' : 'Cancel the post'}
        </Button>
      </Group>
    </>
  );
}
