import { ActionIcon, Button, SegmentedControl } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import type { Session } from '../../../../server/contract/sessions.js';
import { AccountDot } from '../account-dot.js';
import { addDays, addMonths, formatDay, weekOf, type Day } from '../../lib/days.js';
import classes from './calendar-bar.module.css';

interface CalendarBarProps {
  view: 'week' | 'month';
  canChooseView: boolean;
  day: Day;
  today: Day;
  onGo: (change: { view?: 'week' | 'month'; day?: Day }) => void;
  sessions: readonly Session[];
  /** Accounts that are not shown. */
  hidden: readonly string[];
  onHidden: (hidden: readonly string[]) => void;
}

/** Which days are shown, and whose posts. */
export function CalendarBar({ view, canChooseView, day, today, onGo, sessions, hidden, onHidden }: CalendarBarProps) {
  const step = (count: number): Day => (view === 'week' ? addDays(day, 7 * count) : addMonths(day, count));
  return (
    <div className={classes.root}>
      <div className={classes.line}>
        <h2 className={classes.title} aria-live="polite">
          {view === 'week' ? weekTitle(day) : formatDay(day, { month: 'long', year: 'numeric' })}
        </h2>
        <div className={classes.steps}>
          <Button
            variant="default"
            size="compact-md"
            onClick={() => {
              onGo({ day: today });
            }}
          >
            Today
          </Button>
          <ActionIcon
            variant="default"
            size={30}
            aria-label={`Previous ${view}`}
            onClick={() => {
              onGo({ day: step(-1) });
            }}
          >
            <IconChevronLeft size={18} aria-hidden />
          </ActionIcon>
          <ActionIcon
            variant="default"
            size={30}
            aria-label={`Next ${view}`}
            onClick={() => {
              onGo({ day: step(1) });
            }}
          >
            <IconChevronRight size={18} aria-hidden />
          </ActionIcon>
        </div>
        {canChooseView ? (
          <SegmentedControl
            aria-label="Show"
            data={[
              { value: 'week', label: 'Week' },
              { value: 'month', label: 'Month' },
            ]}
            value={view}
            onChange={(value) => {
              onGo({ view: value === 'month' ? 'month' : 'week' });
            }}
          />
        ) : null}
      </div>
      {sessions.length > 1 ? (
        <div className={classes.legend} role="group" aria-label="Accounts that are shown">
          {sessions.map(({ sessionId, sessionName }) => {
            const isHidden = hidden.includes(sessionId);
            return (
              <button
                key={sessionId}
                type="button"
                className={classes.account}
                aria-pressed={!isHidden}
                onClick={() => {
                  onHidden(isHidden ? hidden.filter((each) => each !== sessionId) : [...hidden, sessionId]);
                }}
              >
                <AccountDot sessionId={sessionId} />
                {sessionName}
              </button>
            );
          })}
        </div>
      ) : null}
    </div>
  );
}

/** "23 – 29 Nov 2026", in the order of the browser's language. */
function weekTitle(day: Day): string {
  const week = weekOf(day);
  const format = new Intl.DateTimeFormat(undefined, { dateStyle: 'medium', timeZone: 'UTC' });
  return format.formatRange(new Date(`${week[0] ?? day}T00:00:00Z`), new Date(`${week[6] ?? day}T00:00:00Z`));
}
