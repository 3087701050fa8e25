import { Button, Skeleton } from '@mantine/core';
import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import type { Page } from '../../../server/contract/envelope.js';
import { sentenceOf } from '../lib/api-client.js';
import { formatNumber } from '../lib/format.js';
import classes from './paged-rows.module.css';

interface PagedRowsProps<T> {
  query: UseInfiniteQueryResult<InfiniteData<Page<T>>>;
  row: (item: T) => ReactNode;
  /** What is said when there is nothing. */
  empty: ReactNode;
}

/** Rows of a list that may be tens of thousands long: a page at a time, more when asked for. */
export function PagedRows<T>({ query, row, empty }: PagedRowsProps<T>) {
  const items = query.data?.pages.flatMap((page) => page.items) ?? [];
  const total = query.data?.pages.at(-1)?.total ?? 0;
  const more = {
    label: `Show more of ${formatNumber(total)}`,
    show: () => void query.fetchNextPage(),
  };
  return <LoadedRows query={query} items={items} row={row} empty={empty} more={query.hasNextPage ? more : null} />;
}

interface LoadedRowsProps<T> extends PagedRowsProps<T> {
  /** What is shown of the pages that were read. */
  items: readonly T[];
  /** null when nothing is left to show. */
  more: { label: string; show: () => void } | null;
}

/** The same for a list that chooses itself what it shows of its pages, and what "more" is. */
export function LoadedRows<T>({ query, items, row, empty, more }: LoadedRowsProps<T>) {
  if (query.isPending) {
    return (
      <div className={classes.skeletons} role="status" aria-label="Loading">
        {[0, 1, 2, 3].map((each) => (
          <Skeleton key={each} height={42} radius="md" />
        ))}
      </div>
    );
  }
  if (query.isError && items.length === 0) {
    return (
      <p className={classes.empty} role="alert">
        {sentenceOf(query.error)}{' '}
        <Button variant="subtle" size="compact-sm" onClick={() => void query.refetch()}>
          Try again
        </Button>
      </p>
    );
  }
  if (items.length === 0) return <div className={classes.empty}>{empty}</div>;
  return (
    <>
      <ul className={classes.list}>{items.map(row)}</ul>
      {more === null ? null : (
        <div className={classes.more}>
          <Button variant="light" loading={query.isFetchingNextPage} onClick={more.show}>
            {more.label}
          </Button>
        </div>
      )}
    </>
  );
}
