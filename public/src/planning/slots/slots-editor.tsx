import { ActionIcon, Button, Chip, Group, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import { weekdays } from '../../../../server/contract/planning/plans.js';
import type { PostingSlot, PostingSlots, Weekday } from '../../../../server/contract/planning/plans.js';
import { Note } from '../../ui/note.js';
import { browserTimeZone } from '../../lib/wall-time.js';
import { formatPlanned } from '../../lib/days.js';
import { usePutSlots } from '../actions.js';
import { addSlots, withoutSlot } from './slot-lists.js';
import { TimeZonePicker } from '../../ui/fields/time-zone-picker.js';
import { FailureNote } from '../../ui/failure-note.js';
import classes from './slots-editor.module.css';

const workdays: Weekday[] = weekdays.slice(0, 5);
const shownNext = 6;

function nameOf(weekday: Weekday): string {
  return `${weekday.charAt(0).toUpperCase()}${weekday.slice(1)}`;
}

/** The week of an account with its times; every change is kept at once. */
export function SlotsEditor({ sessionId, saved }: { sessionId: string; saved: PostingSlots }) {
  const put = usePutSlots(sessionId);
  const [time, setTime] = useState('09:00');
  const [days, setDays] = useState<Weekday[]>(workdays);
  const timeZone = saved.timeZone ?? browserTimeZone();
  const { slots } = put.isPending ? put.variables : saved;

  function keep(next: PostingSlot[]): void {
    put.mutate({ timeZone, slots: next });
  }

  return (
    <div className={classes.root}>
      <section className={classes.add} aria-label="Add times">
        <TextInput
          label="Time"
          size="md"
          type="time"
          value={time}
          onChange={(event) => {
            setTime(event.currentTarget.value);
          }}
        />
        <div role="group" aria-label="On these days" className={classes.days}>
          <Chip.Group
            multiple
            value={days}
            onChange={(chosen) => {
              setDays(weekdays.filter((weekday) => chosen.includes(weekday)));
            }}
          >
            <Group gap={6}>
              {weekdays.map((weekday) => (
                <Chip key={weekday} value={weekday} size="sm" radius="md">
                  {nameOf(weekday).slice(0, 3)}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
        </div>
        <Button
          size="md"
          leftSection={<IconPlus size={18} stroke={2.2} aria-hidden />}
          disabled={time === '' || days.length === 0}
          loading={put.isPending}
          onClick={() => {
            keep(addSlots(slots, days, time));
          }}
        >
          Add
        </Button>
      </section>
      <FailureNote error={put.error} title="It was not saved" />
      {slots.length === 0 ? (
        <Note tone="quiet" title="No times yet">
          Choose a time and the days above, such as 09:00 from Monday to Friday, and press Add.
        </Note>
      ) : (
        <ul className={classes.week} aria-label="Posting slots">
          {weekdays.map((weekday) => (
            <li key={weekday} className={classes.day}>
              <span className={classes.dayName}>{nameOf(weekday)}</span>
              <DayTimes
                weekday={weekday}
                slots={slots}
                onRemove={(slot) => {
                  keep(withoutSlot(slots, slot));
                }}
              />
            </li>
          ))}
        </ul>
      )}
      <div className={classes.foot}>
        <div className={classes.zone}>
          <TimeZonePicker
            value={timeZone}
            onChange={(next) => {
              put.mutate({ timeZone: next, slots });
            }}
          />
        </div>
        {saved.next.length > 0 ? (
          <div>
            <p className={classes.label}>Coming up</p>
            <ul className={classes.next}>
              {saved.next.slice(0, shownNext).map(({ at, isFree }) => (
                <li key={at} data-taken={!isFree || undefined}>
                  {formatPlanned(at)} · {isFree ? 'free' : 'taken'}
                </li>
              ))}
            </ul>
          </div>
        ) : null}
      </div>
    </div>
  );
}

interface DayTimesProps {
  weekday: Weekday;
  slots: readonly PostingSlot[];
  onRemove: (slot: PostingSlot) => void;
}

function DayTimes({ weekday, slots, onRemove }: DayTimesProps) {
  const own = slots.filter((slot) => slot.weekday === weekday);
  if (own.length === 0) return <span className={classes.none}>none</span>;
  return (
    <span className={classes.times}>
      {own.map((slot) => (
        <span key={slot.time} className={classes.time}>
          {slot.time}
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label={`Remove ${nameOf(weekday)} ${slot.time}`}
            onClick={() => {
              onRemove(slot);
            }}
          >
            <IconX size={14} aria-hidden />
          </ActionIcon>
        </span>
      ))}
    </span>
  );
}
