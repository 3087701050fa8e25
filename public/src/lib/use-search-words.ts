import { useDebouncedValue } from '@mantine/hooks';
import { useState } from 'react';

const searchDelayMs = 250;

/** What is typed to search a list, and the words once typing pauses. */
export function useSearchWords() {
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), searchDelayMs);
  return { typed, setTyped, search };
}
