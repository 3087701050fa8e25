import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { LoadFailure } from './load-failure.js';

interface LoadedProps<T> {
  query: Pick<UseQueryResult<T>, 'data' | 'error' | 'isError' | 'refetch'>;
  /** Stands there until it was read. */
  skeleton: ReactNode;
  children: (data: T) => ReactNode;
}

/** What was read, also while it is read anew; before that its place, or why it could not be read and a way to try again. */
export function Loaded<T>({ query, skeleton, children }: LoadedProps<T>) {
  if (query.data !== undefined) return children(query.data);
  if (query.isError) return <LoadFailure error={query.error} retry={() => void query.refetch()} />;
  return skeleton;
}
