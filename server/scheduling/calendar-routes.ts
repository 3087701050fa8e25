import { calendarQuerySchema, calendarSchema } from '../contract/planning/calendar.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { CalendarService } from './calendar-service.js';

/** What is planned and what was posted, by its time. */
export function calendarRoutes(calendar: CalendarService): Route[] {
  return [
    defineRoute({
      method: 'get',
      path: '/calendar',
      tag: 'Planning',
      summary: 'See what is planned and what was posted, on every account that the key may see',
      description:
        'Statuses by the time at which they were posted or are to go out, and the times to come of active schedules. What was ' +
        'canceled or deleted is left out.',
      access: { capability: 'read', on: 'visible' },
      query: calendarQuerySchema,
      response: { status: 200, data: calendarSchema },
      errors: ['not_found', 'unavailable'],
      endsWithCaller: true,
      handler: ({ principal, query }) => calendar.read(principal, query),
    }),
  ];
}
