import { useInfiniteQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Status } from '../../../../server/contract/statuses.js';
import type { Viewer } from '../../../../server/contract/viewers.js';
import { LoadedRows } from '../../ui/paged-rows.js';
import { viewersQuery } from '../queries.js';
import type { ViewerFilter } from '../queries.js';
import { ViewerRow } from './viewer-row.js';

/** Rows on screen at first, and added by each "Show more": a post may reach tens of thousands. */
const rowsPerStep = 100;

export function ViewerList({ status, filter }: { status: Status; filter: ViewerFilter }) {
  const query = useInfiniteQuery(viewersQuery(status.sessionId, status.id, filter));
  const [openedAtMs] = useState(Date.now);
  const [rows, setRows] = useState(rowsPerStep);
  const people = useMemo(() => eachOnce(query.data?.pages.flatMap((page) => page.items) ?? []), [query.data]);

  function showMore(): void {
    setRows(rows + rowsPerStep);
    if (people.length < rows + rowsPerStep && query.hasNextPage) void query.fetchNextPage();
  }

  return (
    <LoadedRows
      query={query}
      items={people.slice(0, rows)}
      row={(viewer) => <ViewerRow key={viewer.personId} viewer={viewer} openedAtMs={openedAtMs} />}
      empty={emptyWords(status, filter)}
      more={people.length > rows || query.hasNextPage ? { label: 'Show more', show: showMore } : null}
    />
  );
}

/** A person who moved to the front while pages were read may be in two of them. */
function eachOnce(viewers: Viewer[]): Viewer[] {
  return [...new Map(viewers.toReversed().map((viewer) => [viewer.personId, viewer])).values()].toReversed();
}

function emptyWords({ state }: Status, { only, search }: ViewerFilter): string {
  if (search !== '') return 'Nobody here has this in their name or number.';
  if (only === 'all') return 'Nobody.';
  if (only === 'missed') return 'Nobody: it reached everybody to whom it was sent.';
  if (only === 'delivered') return 'Not delivered to anyone yet. Phones that are off get it when they come back.';
  return state === 'sent'
    ? 'No views yet. They show here the moment they happen.'
    : 'Nobody is known to have viewed it.';
}
