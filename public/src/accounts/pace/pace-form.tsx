import { Button, Group, NumberInput, Switch } from '@mantine/core';
import { useState } from 'react';
import {
  maxRatePerHour,
  maxRatePerMin,
  paceSettingsSchema,
  safePace,
  warmUpCaps,
} from '../../../../server/contract/pace.js';
import type { PaceSettings } from '../../../../server/contract/pace.js';
import { useChangePace } from './pace.js';
import { Note } from '../../ui/note.js';
import { QuietHoursFields } from './quiet-hours-fields.js';
import { FailureNote } from '../../ui/failure-note.js';
import { say } from '../../ui/say.js';
import classes from './pace-form.module.css';

interface PaceFormProps {
  sessionId: string;
  settings: PaceSettings;
}

/** Fields may be empty while somebody types; the daily cap may stay so. */
type Typed = Omit<PaceSettings, NumberField> & Record<NumberField, number | null>;
type NumberField = 'ratePerMin' | 'ratePerHour' | 'minGapSeconds' | 'jitterSeconds' | 'dailyCap';

const rateFields = [
  { name: 'ratePerMin', label: 'Posts a minute', max: maxRatePerMin, min: 1, description: 'At most.' },
  { name: 'ratePerHour', label: 'Posts an hour', max: maxRatePerHour, min: 1, description: 'At most.' },
  {
    name: 'dailyCap',
    label: 'Posts in 24 hours',
    max: 10_000,
    min: 1,
    description: 'Empty: as many as the rates allow.',
  },
] as const;
const gapFields = [
  {
    name: 'minGapSeconds',
    label: 'Gap between posts',
    max: 86_400,
    min: 0,
    description: 'From one to the next, at least.',
  },
  {
    name: 'jitterSeconds',
    label: 'Extra wait, by chance',
    max: 3600,
    min: 0,
    description: 'Up to this much more, different each time.',
  },
] as const;

/** How fast an account may post. What exceeds a limit waits, it is never lost. */
export function PaceForm({ sessionId, settings }: PaceFormProps) {
  const [typed, setTyped] = useState<Typed>(settings);
  const save = useChangePace(sessionId, settings);
  const checked = paceSettingsSchema.safeParse(typed);
  const isChanged = JSON.stringify(typed) !== JSON.stringify(settings);

  function change(part: Partial<Typed>): void {
    setTyped((before) => ({ ...before, ...part }));
  }
  function numberField({ name, label, description, min, max }: (typeof rateFields | typeof gapFields)[number]) {
    return (
      <NumberInput
        key={name}
        label={label}
        description={description}
        size="md"
        min={min}
        max={max}
        allowDecimal={false}
        suffix={name === 'minGapSeconds' || name === 'jitterSeconds' ? ' seconds' : ''}
        value={typed[name] ?? ''}
        onChange={(value) => {
          change({ [name]: value === '' ? null : Number(value) });
        }}
      />
    );
  }

  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!checked.success) return;
        save.mutate(checked.data, {
          onSuccess: () => {
            say('The pace is saved. What waits follows it from now on.');
          },
        });
      }}
    >
      <div className={classes.row}>{rateFields.map(numberField)}</div>
      <div className={classes.row}>{gapFields.map(numberField)}</div>
      <QuietHoursFields
        value={typed.quietHours}
        onChange={(quietHours) => {
          change({ quietHours });
        }}
      />
      <Switch
        label="Warm up a new account"
        description={`Numbers that post much from the first day get banned. Day by day it may make ${warmUpCaps.join(', ')} posts; after that week only the limits above count.`}
        checked={typed.warmUp}
        onChange={(event) => {
          change({ warmUp: event.currentTarget.checked });
        }}
      />
      {checked.success ? null : (
        <Note tone="attention">Fill in every limit; only the one for 24 hours may be empty.</Note>
      )}
      <FailureNote error={save.error} title="The pace was not saved" />
      <Group>
        <Button type="submit" disabled={!isChanged || !checked.success} loading={save.isPending}>
          Save the pace
        </Button>
        <Button
          variant="default"
          onClick={() => {
            setTyped({ ...safePace, quietHours: typed.quietHours });
          }}
        >
          Fill in the careful pace
        </Button>
      </Group>
      <p className={classes.hint}>
        The careful pace is {safePace.ratePerMin} posts a minute, {safePace.ratePerHour} an hour and {safePace.dailyCap}{' '}
        in 24 hours, {safePace.minGapSeconds} to {safePace.minGapSeconds + safePace.jitterSeconds} seconds apart, with a
        warm-up: about what a person could post by hand. Accounts that posted in bulk or at fixed gaps are those that
        were banned.
      </p>
    </form>
  );
}
