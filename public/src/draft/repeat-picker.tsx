import { Chip, Group, Select, TextInput } from '@mantine/core';
import { dayOfMonth, formatDay, formatWallTime, wallTimeIn, weekdayCodes } from '../lib/days.js';
import { comingTimes, repeatProblem, ruleOf, type Repeat } from './repeat.js';
import { ordinalOf, wordsOfRule } from './repeat-words.js';
import { TimeZonePicker } from '../ui/fields/time-zone-picker.js';
import classes from './repeat-picker.module.css';

interface RepeatPickerProps {
  repeat: Repeat;
  timeZone: string;
  onChange: (change: { repeat?: Repeat; timeZone?: string }) => void;
}

const dayNames = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
const everyChoices = [
  { value: 'day', label: 'Every day' },
  { value: 'weekday', label: 'Every weekday, Monday to Friday' },
  { value: 'week', label: 'Every week, on chosen days' },
  { value: 'month', label: 'Every month' },
] as const;
const shownTimes = 3;

/** How often and when a post comes again, with the next times it would. */
export function RepeatPicker({ repeat, timeZone, onChange }: RepeatPickerProps) {
  const set = (part: Partial<Repeat>): void => {
    onChange({ repeat: { ...repeat, ...part } });
  };
  return (
    <div className={classes.root}>
      <Select
        label="Repeat"
        size="md"
        allowDeselect={false}
        data={everyChoices}
        value={repeat.every}
        onChange={(value) => {
          const chosen = everyChoices.find((choice) => choice.value === value);
          if (chosen !== undefined) set({ every: chosen.value });
        }}
      />
      {repeat.every === 'week' ? <DayChips repeat={repeat} onChange={set} /> : null}
      {repeat.every === 'month' && repeat.from !== '' ? <MonthDay repeat={repeat} onChange={set} /> : null}
      <div className={classes.fields}>
        <TextInput
          label="Time"
          size="md"
          type="time"
          value={repeat.time}
          onChange={(event) => {
            set({ time: event.currentTarget.value });
          }}
        />
        <TimeZonePicker
          value={timeZone}
          onChange={(next) => {
            onChange({ timeZone: next });
          }}
        />
        <TextInput
          label="Starting"
          size="md"
          type="date"
          value={repeat.from}
          onChange={(event) => {
            set({ from: event.currentTarget.value });
          }}
        />
        <TextInput
          label="Until (if it ends)"
          size="md"
          type="date"
          min={repeat.from}
          value={repeat.until}
          onChange={(event) => {
            set({ until: event.currentTarget.value });
          }}
        />
      </div>
      <NextTimes repeat={repeat} timeZone={timeZone} />
    </div>
  );
}

function DayChips({ repeat, onChange }: { repeat: Repeat; onChange: (part: Partial<Repeat>) => void }) {
  return (
    <div role="group" aria-label="On these days">
      <Chip.Group
        multiple
        value={repeat.days}
        onChange={(days) => {
          onChange({ days: weekdayCodes.filter((code) => days.includes(code)) });
        }}
      >
        <Group gap={6}>
          {weekdayCodes.map((code, index) => (
            <Chip key={code} value={code} size="sm" radius="md">
              {dayNames[index]}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
    </div>
  );
}

function MonthDay({ repeat, onChange }: { repeat: Repeat; onChange: (part: Partial<Repeat>) => void }) {
  const { from } = repeat;
  const day = dayOfMonth(from);
  const position = day > 28 ? 'last' : ['first', 'second', 'third', 'fourth'][Math.ceil(day / 7) - 1];
  return (
    <Select
      label="On"
      description={
        repeat.on === 'date' && day > 28
          ? `Months without a ${ordinalOf(day)} are left out.`
          : 'Follows the day it starts.'
      }
      size="md"
      allowDeselect={false}
      data={[
        { value: 'date', label: `the ${ordinalOf(day)}` },
        { value: 'weekday', label: `the ${position ?? ''} ${formatDay(from, { weekday: 'long' })}` },
        { value: 'last-day', label: 'the last day of the month' },
      ]}
      value={repeat.on}
      onChange={(value) => {
        if (value === 'date' || value === 'weekday' || value === 'last-day') onChange({ on: value });
      }}
    />
  );
}

function NextTimes({ repeat, timeZone }: { repeat: Repeat; timeZone: string }) {
  const nowWall = wallTimeIn(Date.now(), timeZone);
  if (repeatProblem(repeat, nowWall) !== null) return null;
  const times = comingTimes(repeat, nowWall, shownTimes);
  return (
    <div className={classes.next} aria-live="polite">
      <p className={classes.words}>{wordsOfRule(ruleOf(repeat), `${repeat.from}T${repeat.time}`)}</p>
      <p className={classes.label}>{times.length < shownTimes ? 'It goes out:' : 'The next three times:'}</p>
      <ol className={classes.times}>
        {times.map((wall) => (
          <li key={wall}>{formatWallTime(wall)}</li>
        ))}
      </ol>
    </div>
  );
}
