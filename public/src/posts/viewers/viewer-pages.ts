import { z } from 'zod';
import type { Page } from '../../../../server/contract/envelope.js';
import { viewerFilters } from '../../../../server/contract/viewers.js';
import type { Viewer } from '../../../../server/contract/viewers.js';

/** The pages of a list, as the cache holds them. */
interface ViewerPages {
  pages: Page<Viewer>[];
  pageParams: unknown[];
}

const filterSchema = z.object({ search: z.string(), only: z.enum(viewerFilters) });
type Filter = z.infer<typeof filterSchema>;

/** The filter at the end of the key of a list of viewers. */
export function filterOf(key: readonly unknown[]): Filter {
  return filterSchema.catch({ search: '', only: 'all' }).parse(key[key.length - 1]);
}

function matches(viewer: Viewer, filter: Filter): boolean {
  if (filter.only === 'viewed' && viewer.viewedAt === null) return false;
  if (filter.only === 'delivered' && viewer.deliveredAt === null) return false;
  if (filter.only === 'missed' && (viewer.deliveredAt ?? viewer.viewedAt) !== null) return false;
  if (filter.only === 'liked' && viewer.reaction === null) return false;
  if (filter.only === 'replied' && !viewer.replied) return false;
  const wanted = filter.search.toLowerCase();
  return `${viewer.name ?? ''} ${viewer.number ?? ''}`.toLowerCase().includes(wanted);
}

/** Known people change in place; new ones, and those who have just viewed, come first. */
export function mergeViewers(data: ViewerPages, changed: Viewer[], filter: Filter): ViewerPages {
  const news = new Map(changed.map((viewer) => [viewer.personId, viewer]));
  const first: Viewer[] = [];
  const pages = data.pages.map((page) => {
    const items: Viewer[] = [];
    for (const known of page.items) {
      const now = news.get(known.personId);
      news.delete(known.personId);
      if (now === undefined) items.push(known);
      else if (!matches(now, filter)) continue;
      else if (known.viewedAt === null && now.viewedAt !== null) first.push(now);
      else items.push(now);
    }
    return { ...page, items };
  });
  const added = [...news.values()].filter((viewer) => matches(viewer, filter));
  const [head, ...rest] = pages;
  if (head === undefined) return data;
  const total = head.total + added.length;
  return { ...data, pages: [{ ...head, total, items: [...added, ...first, ...head.items] }, ...rest] };
}
