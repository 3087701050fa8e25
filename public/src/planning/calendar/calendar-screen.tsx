import { Skeleton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconCalendarMonth, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { EmptyState } from '../../ui/empty-state.js';
import { LinkButton } from '../../ui/link-button.js';
import { LoadFailure } from '../../ui/load-failure.js';
import { Note } from '../../ui/note.js';
import { ScreenTitle } from '../../ui/screen-title.js';
import { draftForTime } from '../../draft/draft.js';
import { useAccountColours } from '../account-dot.js';
import { CalendarAgenda } from './calendar-agenda.js';
import { CalendarBar } from './calendar-bar.js';
import { CalendarGrid, type CalendarShown } from './calendar-grid.js';
import type { CalendarEntry } from '../../../../server/contract/planning/calendar.js';
import { calendarQuery, isMovable, useMoveEntry } from './calendar-queries.js';
import { dayIn, formatWallTime, monthWeeks, wallTimeIn, weekOf, type Day } from '../../lib/days.js';
import { EntryModal } from './entry-modal.js';
import { entryKey } from './entry-words.js';
import { PlanTabs } from '../plan-tabs.js';
import { sessionsQuery, useAccountNames } from '../../accounts/queries.js';
import { useNow } from '../../lib/use-now.js';
import { browserTimeZone, timeZoneWarning } from '../../lib/wall-time.js';
import { say, sayFailure } from '../../ui/say.js';
import classes from './calendar-screen.module.css';

const noEntries: CalendarEntry[] = [];

/** Every post that was made or is planned, on all accounts, by day; as it happens. */
export function CalendarScreen() {
  const { view = 'week', day: asked } = useSearch({ from: '/calendar' });
  const navigate = useNavigate({ from: '/calendar' });
  const sessions = useQuery(sessionsQuery);
  const colours = useAccountColours();
  const isPhone = useMediaQuery('(max-width: 820px)', undefined, { getInitialValueInEffect: false });
  const today = dayIn(useNow(), browserTimeZone());
  const day = asked ?? today;
  const weeks = view === 'month' || isPhone ? monthWeeks(day) : [weekOf(day)];
  const days = weeks.flat();
  const calendar = useQuery(calendarQuery(days[0] ?? day, days.at(-1) ?? day));
  const [hidden, setHidden] = useState<readonly string[]>([]);
  const [openKey, setOpenKey] = useState<string | null>(null);
  const move = useMoveEntry();

  const entries = calendar.data?.entries ?? noEntries;
  const byDay = useMemo(() => groupByDay(entries, hidden), [entries, hidden]);
  const names = useAccountNames();
  const open = entries.find((entry) => entryKey(entry) === openKey) ?? null;
  const shown: CalendarShown = {
    entriesOf: (each) => byDay.get(each) ?? noEntries,
    accountOf: (sessionId) => names.get(sessionId) ?? '',
    colourOf: (sessionId) => colours.get(sessionId) ?? 0,
    today,
    onOpen: (entry) => {
      setOpenKey(entryKey(entry));
    },
    onWrite: (each) => {
      draftForTime(timeToWriteFor(each));
      void navigate({ to: '/compose' });
    },
  };

  function go(change: { view?: 'week' | 'month'; day?: Day }): void {
    void navigate({ search: { view, day, ...change } });
  }

  function moveTo(key: string, target: Day): void {
    const entry = entries.find((each) => entryKey(each) === key);
    if (entry === undefined || !isMovable(entry) || entry.day === target) return;
    const wall = `${target}T${entry.time}`;
    move.mutate(
      { entry, wall },
      {
        onSuccess: () => {
          say(`It goes out ${formatWallTime(wall)}.`, 'Moved');
        },
        onError: sayFailure('It was not moved'),
      },
    );
  }

  const zoneWarning = timeZoneWarning();
  const isEmpty = calendar.data !== undefined && !calendar.isPlaceholderData && entries.length === 0;
  return (
    <>
      <ScreenTitle title="Calendar" hint="What was posted and what is planned, on all accounts." />
      <PlanTabs />
      <CalendarBar
        view={isPhone ? 'month' : view}
        canChooseView={!isPhone}
        day={day}
        today={today}
        onGo={go}
        sessions={sessions.data?.items ?? []}
        hidden={hidden}
        onHidden={setHidden}
      />
      {calendar.isPending ? (
        <Skeleton height={460} radius={20} role="status" aria-label="Loading the calendar" />
      ) : null}
      {calendar.isError && calendar.data === undefined ? (
        <LoadFailure error={calendar.error} retry={() => void calendar.refetch()} />
      ) : null}
      {isEmpty ? (
        <div className={classes.note}>
          <NothingPlanned isPhone={isPhone} isPast={(days.at(-1) ?? day) < today} />
        </div>
      ) : null}
      {zoneWarning === null ? null : <Note tone="attention">{zoneWarning}</Note>}
      {calendar.data?.isComplete === false ? (
        <Note tone="attention">There are more posts in this time than are shown here.</Note>
      ) : null}
      {calendar.data !== undefined && isPhone ? (
        <CalendarAgenda days={days.filter((each) => each.startsWith(day.slice(0, 7)))} {...shown} />
      ) : null}
      {calendar.data !== undefined && !isPhone ? (
        <CalendarGrid
          weeks={weeks}
          month={view === 'month' ? day.slice(0, 7) : null}
          onMove={moveTo}
          onMore={(each) => {
            go({ view: 'week', day: each });
          }}
          {...shown}
        />
      ) : null}
      <EntryModal
        entry={open}
        account={open === null ? '' : shown.accountOf(open.sessionId)}
        onClose={() => {
          setOpenKey(null);
        }}
      />
    </>
  );
}

function groupByDay(entries: readonly CalendarEntry[], hidden: readonly string[]): Map<Day, CalendarEntry[]> {
  const byDay = new Map<Day, CalendarEntry[]>();
  for (const entry of entries) {
    if (hidden.includes(entry.sessionId)) continue;
    const list = byDay.get(entry.day);
    if (list === undefined) byDay.set(entry.day, [entry]);
    else list.push(entry);
  }
  return byDay;
}

/** Nine in the morning, or the next full hour where that is over. */
function timeToWriteFor(day: Day): string {
  const nextHour = `${wallTimeIn(Date.now() + 3_600_000, browserTimeZone()).slice(0, 13)}:00`;
  const morning = `${day}T09:00`;
  return morning > nextHour ? morning : nextHour;
}

function NothingPlanned({ isPhone, isPast }: { isPhone: boolean; isPast: boolean }) {
  if (isPast) return <Note tone="quiet">Nothing was posted in this time.</Note>;
  if (!isPhone) {
    return (
      <Note tone="quiet" title="Nothing planned here yet">
        Point at a day and press +, or write a new post and choose “Later” or “Repeat”.
      </Note>
    );
  }
  return (
    <EmptyState
      art={<IconCalendarMonth size={64} stroke={1.1} />}
      title="Nothing planned this month"
      action={
        <LinkButton to="/compose" leftSection={<IconPlus size={18} stroke={2.2} aria-hidden />}>
          Write a post
        </LinkButton>
      }
    >
      Write a post and choose “Later” or “Repeat”: it shows here.
    </EmptyState>
  );
}
