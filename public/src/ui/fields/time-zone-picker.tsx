import { Select } from '@mantine/core';
import { browserTimeZone, timeZoneWarning } from '../../lib/wall-time.js';

const known = ['UTC', ...Intl.supportedValuesOf('timeZone')];

function nameOf(timeZone: string): string {
  return timeZone.replaceAll('_', ' ');
}

interface TimeZonePickerProps {
  value: string;
  onChange: (timeZone: string) => void;
}

/** In whose clocks a time is meant. */
export function TimeZonePicker({ value, onChange }: TimeZonePickerProps) {
  const warning = value === 'UTC' ? timeZoneWarning() : null;
  const names = [...new Set([browserTimeZone(), value, ...known])];
  return (
    <Select
      label="Time zone"
      description={warning === null ? undefined : `${warning} Choose yours.`}
      size="md"
      searchable
      limit={100}
      allowDeselect={false}
      nothingFoundMessage="No time zone has this name. Try a large city nearby."
      data={names.map((name) => ({ value: name, label: nameOf(name) }))}
      value={value}
      onChange={(timeZone) => {
        if (timeZone !== null) onChange(timeZone);
      }}
    />
  );
}
