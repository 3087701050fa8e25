import type { Page } from '../../../server/contract/envelope.js';

/** The page with other items; its total grows or shrinks by as many as came or went. Undefined for one not read yet. */
export function withItems<T>(page: Page<T> | undefined, change: (items: T[]) => T[]): Page<T> | undefined {
  if (page === undefined) return undefined;
  const items = change(page.items);
  return { ...page, items, total: page.total + items.length - page.items.length };
}
