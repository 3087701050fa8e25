import { Button } from '@mantine/core';
import { useState } from 'react';
import { CalendarChip } from './calendar-chip.js';
import type { CalendarShown } from './calendar-grid.js';
import { formatDay, type Day } from '../../lib/days.js';
import { entryKey } from './entry-words.js';
import classes from './calendar-agenda.module.css';

/** The days that have posts, one under the other: the calendar of a phone. */
export function CalendarAgenda({
  days,
  ...shown
}: Omit<CalendarShown, 'onWrite'> & {
  days: Day[];
}) {
  const { entriesOf, accountOf, colourOf, today, onOpen } = shown;
  const [isAll, setAll] = useState(false);
  const full = days.filter((day) => entriesOf(day).length > 0);
  const coming = full.filter((day) => day >= today);
  const listed = isAll || coming.length === 0 ? full : coming;
  return (
    <>
      {listed.length < full.length ? (
        <Button
          variant="subtle"
          size="compact-md"
          className={classes.earlier}
          onClick={() => {
            setAll(true);
          }}
        >
          Show earlier days
        </Button>
      ) : null}
      <ol className={classes.days}>
        {listed.map((day) => (
          <li key={day} className={classes.day}>
            <h2 className={classes.name} data-today={day === today || undefined}>
              {day === today ? 'Today, ' : ''}
              {formatDay(day, { weekday: 'long', day: 'numeric', month: 'long' })}
            </h2>
            {entriesOf(day).map((entry) => (
              <CalendarChip
                key={entryKey(entry)}
                entry={entry}
                account={accountOf(entry.sessionId)}
                colour={colourOf(entry.sessionId)}
                isRoomy
                onOpen={onOpen}
              />
            ))}
          </li>
        ))}
      </ol>
    </>
  );
}
