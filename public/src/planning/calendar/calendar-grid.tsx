import { ActionIcon } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { CalendarChip, dragFormat } from './calendar-chip.js';
import type { CalendarEntry } from '../../../../server/contract/planning/calendar.js';
import { dayOfMonth, formatDay, type Day } from '../../lib/days.js';
import { entryKey } from './entry-words.js';
import classes from './calendar-grid.module.css';

export interface CalendarShown {
  entriesOf: (day: Day) => CalendarEntry[];
  accountOf: (sessionId: string) => string;
  colourOf: (sessionId: string) => number;
  today: Day;
  onOpen: (entry: CalendarEntry) => void;
  /** A new post for this day. */
  onWrite: (day: Day) => void;
}

interface CalendarGridProps extends CalendarShown {
  weeks: Day[][];
  /** The month that is meant, where its weeks reach into others. */
  month: string | null;
  onMove: (key: string, day: Day) => void;
  onMore: (day: Day) => void;
}

/** More than these in a month's cell are counted. */
const shownInMonth = 3;

/** One week, or the weeks of a month. Entries can be dragged to another day; their dialog does the same. */
export function CalendarGrid({ weeks, month, ...props }: CalendarGridProps) {
  const [week = []] = weeks;
  return (
    <div className={classes.root} data-week={month === null || undefined}>
      <div className={classes.names} aria-hidden>
        {week.map((day) => (
          <span key={day} className={classes.name}>
            {formatDay(day, { weekday: 'short' })}
          </span>
        ))}
      </div>
      <ol className={classes.days}>
        {weeks.flat().map((day) => (
          <DayCell key={day} day={day} month={month} {...props} />
        ))}
      </ol>
    </div>
  );
}

type DayCellProps = Omit<CalendarGridProps, 'weeks'> & { day: Day };

function DayCell({ day, month, entriesOf, accountOf, colourOf, today, onOpen, onWrite, onMove, onMore }: DayCellProps) {
  const [isTarget, setTarget] = useState(false);
  const entries = entriesOf(day);
  const isRoomy = month === null;
  const shown = isRoomy || entries.length <= shownInMonth ? entries : entries.slice(0, shownInMonth - 1);
  const name = formatDay(day, { weekday: 'long', day: 'numeric', month: 'long' });
  const isPast = day < today;
  return (
    <li
      className={classes.day}
      aria-label={name}
      data-today={day === today || undefined}
      data-other={(month !== null && !day.startsWith(month)) || undefined}
      data-past={isPast || undefined}
      data-target={isTarget || undefined}
      onDragOver={(event) => {
        if (isPast || !event.dataTransfer.types.includes(dragFormat)) return;
        event.preventDefault();
        setTarget(true);
      }}
      onDragLeave={() => {
        setTarget(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setTarget(false);
        onMove(event.dataTransfer.getData(dragFormat), day);
      }}
    >
      <div className={classes.head}>
        <span className={classes.number}>{dayOfMonth(day)}</span>
        {isPast ? null : (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            className={classes.add}
            aria-label={`Write a post for ${name}`}
            onClick={() => {
              onWrite(day);
            }}
          >
            <IconPlus size={16} stroke={2.2} aria-hidden />
          </ActionIcon>
        )}
      </div>
      {shown.map((entry) => (
        <CalendarChip
          key={entryKey(entry)}
          entry={entry}
          account={accountOf(entry.sessionId)}
          colour={colourOf(entry.sessionId)}
          isRoomy={isRoomy}
          onOpen={onOpen}
        />
      ))}
      {shown.length < entries.length ? (
        <button
          type="button"
          className={classes.more}
          onClick={() => {
            onMore(day);
          }}
        >
          {entries.length - shown.length} more
        </button>
      ) : null}
    </li>
  );
}
