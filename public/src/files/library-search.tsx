import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';

const searchDelayMs = 250;

/** What is typed to search the library, and the words once typing pauses. */
export function useLibrarySearch() {
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), searchDelayMs);
  return { typed, setTyped, search };
}

interface LibrarySearchProps {
  value: string;
  onChange: (typed: string) => void;
  className?: string | undefined;
}

export function LibrarySearch({ value, onChange, className = '' }: LibrarySearchProps) {
  return (
    <TextInput
      aria-label="Search names and tags"
      placeholder="Search names and tags"
      leftSection={<IconSearch size={17} aria-hidden />}
      value={value}
      onChange={(event) => {
        onChange(event.currentTarget.value);
      }}
      className={className}
    />
  );
}
