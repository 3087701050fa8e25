import { TextInput } from '@mantine/core';
import { IconSearch } from '@tabler/icons-react';

interface SearchFieldProps {
  value: string;
  onChange: (text: string) => void;
}

/** Narrows people down by a part of their name or number. */
export function SearchField({ value, onChange }: SearchFieldProps) {
  return (
    <TextInput
      aria-label="Search name or number"
      placeholder="Search name or number"
      leftSection={<IconSearch size={17} aria-hidden />}
      value={value}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
      flex={1}
      miw={180}
    />
  );
}
