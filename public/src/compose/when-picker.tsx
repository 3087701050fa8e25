import { TextInput } from '@mantine/core';
import { IconCalendarClock, IconCalendarRepeat, IconClockUp, IconSend2 } from '@tabler/icons-react';
import type { Session } from '../../../server/contract/sessions.js';
import type { Draft } from '../draft/draft.js';
import { wallTimeIn } from '../lib/days.js';
import { newRepeat, timeZoneOf } from '../draft/draft-time.js';
import { FreeSlot } from './free-slot.js';
import { RepeatPicker } from '../draft/repeat-picker.js';
import { TimeZonePicker } from '../ui/fields/time-zone-picker.js';
import { ChoiceCards } from '../ui/fields/choice-cards.js';
import classes from './when-picker.module.css';

interface WhenPickerProps {
  draft: Draft;
  /** Those that will post. */
  accounts: readonly Session[];
  onChange: (change: Partial<Draft>) => void;
}

/** Whether a post goes out at once, at a time, in the next free slot, or again and again. */
export function WhenPicker({ draft, accounts, onChange }: WhenPickerProps) {
  const timeZone = timeZoneOf(draft);
  return (
    <>
      <ChoiceCards
        legend="When"
        name="when"
        choices={[
          { value: 'now', label: 'Now', hint: 'As soon as the account is free.', Icon: IconSend2 },
          { value: 'later', label: 'Later', hint: 'By itself, at a time you choose.', Icon: IconCalendarClock },
          { value: 'slot', label: 'Next free slot', hint: 'At one of your usual times.', Icon: IconClockUp },
          { value: 'repeat', label: 'Repeat', hint: 'Every day, week or month.', Icon: IconCalendarRepeat },
        ]}
        value={draft.when}
        onChange={(when) => {
          onChange({ when });
        }}
      />
      {draft.when === 'later' ? (
        <div className={classes.fields}>
          <TextInput
            label="Date and time"
            size="md"
            type="datetime-local"
            min={wallTimeIn(Date.now(), timeZone)}
            value={draft.at}
            onChange={(event) => {
              onChange({ at: event.currentTarget.value });
            }}
          />
          <TimeZonePicker
            value={timeZone}
            onChange={(next) => {
              onChange({ timeZone: next });
            }}
          />
        </div>
      ) : null}
      {draft.when === 'slot' ? <FreeSlot accounts={accounts} /> : null}
      {draft.when === 'repeat' ? (
        <RepeatPicker
          repeat={draft.repeat ?? newRepeat(timeZone)}
          timeZone={timeZone}
          onChange={({ repeat = draft.repeat ?? newRepeat(timeZone), timeZone: next = draft.timeZone }) => {
            onChange({ repeat, timeZone: next });
          }}
        />
      ) : null}
    </>
  );
}
