import { useDeferredValue, useMemo } from 'react';
import { parseNumbers, type ParsedNumbers } from './audience-numbers.js';

/** The numbers in a text. A long one is read behind the typing; `isReading` until they are those of what stands there. */
export function useNumbers(text: string): { parsed: ParsedNumbers; isReading: boolean } {
  const read = useDeferredValue(text);
  const parsed = useMemo(() => parseNumbers(read), [read]);
  return { parsed, isReading: read !== text };
}
