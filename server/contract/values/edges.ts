import { z } from 'zod';
import { instantOf } from './local-time.js';
import { momentOf, readDay, readTime, timeProblem } from './moments.js';
import { writtenEdge } from './written-forms.js';

const edgeRule = 'Give a day such as 2026-12-24, or a time such as 2026-12-24T18:00:00Z.';

/** Where a stretch of time begins or ends; kept as a day, a time on the wall, or a moment in UTC. */
export const edgeSchema = z
  .string()
  .max(64, edgeRule)
  .transform((written, context) => {
    const time = readTime(written);
    const edge = readDay(written) ?? (time?.offsetMs === undefined ? time?.local : momentOf(time));
    if (edge !== undefined) return edge;
    context.addIssue({ code: 'custom', message: timeProblem(written, edgeRule) });
    return z.NEVER;
  })
  .meta(writtenEdge);

/** In epoch milliseconds. A day begins when the clock on the wall says so. */
export function momentOfEdge(edge: string, timeZone: string): number {
  if (edge.endsWith('Z')) return Date.parse(edge);
  return instantOf(edge.includes('T') ? edge : `${edge}T00:00`, timeZone);
}
