import { useState } from 'react';

/** Which rows of a list are ticked, by key, with what they stand for. */
export function usePicked<T>() {
  const [picked, setPicked] = useState<ReadonlyMap<string, T>>(new Map());
  return {
    picked,
    has: (key: string) => picked.has(key),
    toggle: (key: string, value: T) => {
      setPicked((before) => {
        const next = new Map(before);
        if (!next.delete(key)) next.set(key, value);
        return next;
      });
    },
    pickAll: (entries: Iterable<readonly [string, T]>) => {
      setPicked((before) => new Map([...before, ...entries]));
    },
    clear: () => {
      setPicked(new Map());
    },
  };
}
