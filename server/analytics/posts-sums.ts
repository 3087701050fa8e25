import type { Funnel } from '../contract/analytics/analytics.js';

/** What posts reached together. */
export type PostsSums = Funnel & { posts: number };
