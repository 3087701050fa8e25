import { VisuallyHidden } from '@mantine/core';
import { IconAlertTriangle, IconCheck, IconRepeat } from '@tabler/icons-react';
import type { CalendarEntry } from '../../../../server/contract/planning/calendar.js';
import { isMovable } from './calendar-queries.js';
import { entryKey, entryStateWords, entryTitle } from './entry-words.js';
import colours from '../account-colours.module.css';
import classes from './calendar-chip.module.css';

interface CalendarChipProps {
  entry: CalendarEntry;
  account: string;
  colour: number;
  /** In a week there is room for the account's name and more words. */
  isRoomy: boolean;
  onOpen: (entry: CalendarEntry) => void;
}

/** The format under which a dragged entry names itself. */
export const dragFormat = 'application/x-statuscast-entry';

/** One post on the calendar, in the colour of its account. */
export function CalendarChip({ entry, account, colour, isRoomy, onOpen }: CalendarChipProps) {
  const { label } = entryStateWords[entry.state];
  const title = entryTitle(entry);
  return (
    <button
      type="button"
      className={`${colours.chip ?? ''} ${classes.chip ?? ''}`}
      data-colour={colour}
      data-state={entry.state}
      data-roomy={isRoomy || undefined}
      draggable={isMovable(entry)}
      onDragStart={(event) => {
        event.dataTransfer.setData(dragFormat, entryKey(entry));
        event.dataTransfer.effectAllowed = 'move';
      }}
      onClick={() => {
        onOpen(entry);
      }}
      title={`${entry.time} ${title} (${account}, ${label})`}
    >
      <span className={classes.line}>
        <span className={classes.time}>{entry.time}</span>
        <StateIcon entry={entry} isRoomy={isRoomy} />
      </span>
      <span className={classes.text} dir="auto">
        {title}
      </span>
      {isRoomy ? <span className={classes.account}>{account}</span> : null}
      <VisuallyHidden>
        {isRoomy ? '' : `, ${account}`}, {label}
      </VisuallyHidden>
    </button>
  );
}

/** Where there is little room, only what went wrong has a sign. */
function StateIcon({ entry: { state, scheduleId }, isRoomy }: { entry: CalendarEntry; isRoomy: boolean }) {
  if (state === 'failed' || state === 'missed')
    return <IconAlertTriangle size={14} className={classes.bad} aria-hidden />;
  if (!isRoomy) return null;
  if (state === 'sent' || state === 'expired') return <IconCheck size={14} className={classes.done} aria-hidden />;
  return scheduleId === null ? null : <IconRepeat size={13} className={classes.repeat} aria-hidden />;
}
