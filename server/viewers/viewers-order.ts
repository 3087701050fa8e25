import type { ListViewersQuery } from '../contract/viewers.js';

export interface ViewersOrder {
  sort: NonNullable<ListViewersQuery['sort']>;
  order: 'asc' | 'desc';
}

/** The order that a query asks for: who viewed last comes first, unless it says something else. */
export function orderOf({ sort = 'viewedAt', order }: Pick<ListViewersQuery, 'sort' | 'order'>): ViewersOrder {
  return { sort, order: order ?? (sort === 'name' ? 'asc' : 'desc') };
}
