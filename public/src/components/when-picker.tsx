import { TextInput } from '@mantine/core';
import { IconCalendarClock, IconSend2 } from '@tabler/icons-react';
import type { Draft } from '../draft.js';
import { browserTimeZone, wallTimeOf } from '../wall-time.js';
import { ChoiceCards } from './choice-cards.js';

interface WhenPickerProps {
  when: Draft['when'];
  at: string;
  onChange: (change: Partial<Draft>) => void;
}

/** Whether a post goes out at once or at a time. */
export function WhenPicker({ when, at, onChange }: WhenPickerProps) {
  return (
    <>
      <ChoiceCards
        legend="When"
        name="when"
        choices={[
          { value: 'now', label: 'Now', hint: 'As soon as the account is free.', Icon: IconSend2 },
          { value: 'later', label: 'Later', hint: 'By itself, at a time you choose.', Icon: IconCalendarClock },
        ]}
        value={when}
        onChange={(value) => {
          onChange({ when: value });
        }}
      />
      {when === 'later' ? (
        <TextInput
          label="Date and time"
          description={`In your time zone, ${browserTimeZone().replaceAll('_', ' ')}.`}
          size="md"
          type="datetime-local"
          min={wallTimeOf(new Date())}
          value={at}
          onChange={(event) => {
            onChange({ at: event.currentTarget.value });
          }}
        />
      ) : null}
    </>
  );
}
