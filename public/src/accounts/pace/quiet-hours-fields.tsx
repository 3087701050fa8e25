import { Switch, TextInput } from '@mantine/core';
import type { QuietHours } from '../../../../server/contract/pace.js';
import { browserTimeZone, timeZoneWarning } from '../../lib/wall-time.js';
import { Note } from '../../ui/note.js';
import classes from './pace-form.module.css';

interface QuietHoursFieldsProps {
  value: QuietHours | null;
  onChange: (value: QuietHours | null) => void;
}

/** Hours in which nothing goes out, in the time zone they were set in. */
export function QuietHoursFields({ value, onChange }: QuietHoursFieldsProps) {
  const zone = (value?.timeZone ?? browserTimeZone()).replaceAll('_', ' ');
  const warning = timeZoneWarning();
  return (
    <div className={classes.quiet}>
      <Switch
        label="Quiet hours"
        description="Nothing goes out in them. What is due then goes out when they end."
        checked={value !== null}
        onChange={(event) => {
          const isOn = event.currentTarget.checked;
          onChange(isOn ? { from: '22:00', to: '07:00', timeZone: browserTimeZone() } : null);
        }}
      />
      {value === null ? null : (
        <div className={classes.row}>
          {(['from', 'to'] as const).map((end) => (
            <TextInput
              key={end}
              label={end === 'from' ? 'From' : 'To'}
              description={zone}
              size="md"
              type="time"
              required
              withAsterisk={false}
              value={value[end]}
              onChange={(event) => {
                onChange({ ...value, [end]: event.currentTarget.value });
              }}
            />
          ))}
        </div>
      )}
      {value?.timeZone === 'UTC' && warning !== null ? <Note tone="attention">{warning}</Note> : null}
    </div>
  );
}
