import { z } from 'zod';
import { sessionIdSchema } from '../contract/ids.js';
import {
  changeOccurrenceBodySchema,
  changeScheduleBodySchema,
  createScheduleBodySchema,
  listOccurrencesQuerySchema,
  listSchedulesQuerySchema,
  occurrenceSchema,
  scheduleIdSchema,
  scheduleSchema,
} from '../contract/planning/schedules.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { SchedulesService } from './schedules-service.js';

const tag = 'Planning';
const sessionParams = z.object({ sessionId: sessionIdSchema });
const params = sessionParams.extend({ scheduleId: scheduleIdSchema });

/** Statuses that come again. */
export function schedulesRoutes(schedules: SchedulesService): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/schedules',
      tag,
      summary: 'Post a status again and again',
      description:
        'By a rule of RFC 5545, on the clock of a time zone. A time that a change of clocks leaves out moves forward; one that ' +
        'comes twice is posted once. Each time becomes a status of its own (`plan.scheduleId`).',
      access: { capability: 'send', on: 'session' },
      params: sessionParams,
      body: createScheduleBodySchema,
      response: { status: 201, data: scheduleSchema },
      location: ({ sessionId, id }) => `/sessions/${sessionId}/schedules/${id}`,
      errors: ['conflict'],
      idempotent: true,
      handler: ({ principal, params: { sessionId }, body, keep }) => schedules.create(principal, sessionId, body, keep),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/schedules',
      tag,
      summary: 'List the schedules of an account',
      description: 'Newest first, with the next time of each.',
      access: { capability: 'read', on: 'session' },
      params: sessionParams,
      query: listSchedulesQuerySchema,
      response: { status: 200, page: scheduleSchema },
      handler: ({ principal, params: { sessionId }, query }) => schedules.list(principal, sessionId, query),
    }),
    defineRoute({
      method: 'get',
      path: '/schedules',
      tag,
      summary: 'List the schedules of every account that the key may see',
      description: 'Newest first, with the next time of each.',
      access: { capability: 'read', on: 'visible' },
      query: listSchedulesQuerySchema,
      response: { status: 200, page: scheduleSchema },
      handler: ({ principal, query }) => schedules.list(principal, null, query),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/schedules/:scheduleId',
      tag,
      summary: 'Read a schedule',
      description: 'What it posts, by which rule, and when next.',
      access: { capability: 'read', on: 'session' },
      params,
      response: { status: 200, data: scheduleSchema },
      handler: ({ principal, params: { sessionId, scheduleId } }) => schedules.get(principal, sessionId, scheduleId),
    }),
    defineRoute({
      method: 'patch',
      path: '/sessions/:sessionId/schedules/:scheduleId',
      tag,
      summary: 'Change, pause or resume a schedule',
      description:
        'What is left out stays. `state: "paused"` posts nothing until it is `active` again; nothing is made up for.',
      access: { capability: 'send', on: 'session' },
      params,
      body: changeScheduleBodySchema,
      response: { status: 200, data: scheduleSchema },
      errors: ['conflict'],
      handler: ({ principal, params: { sessionId, scheduleId }, body }) =>
        schedules.change(principal, sessionId, scheduleId, body),
    }),
    defineRoute({
      method: 'delete',
      path: '/sessions/:sessionId/schedules/:scheduleId',
      tag,
      summary: 'End a schedule; what was posted stays',
      description: 'Nothing more is posted by it. To stop it for a while, set its `state` to `paused` instead.',
      access: { capability: 'send', on: 'session' },
      params,
      response: { status: 204 },
      handler: async ({ principal, params: { sessionId, scheduleId } }) => {
        await schedules.delete(principal, sessionId, scheduleId);
        return undefined;
      },
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/schedules/:scheduleId/occurrences',
      tag,
      summary: 'See the times of a schedule: what became of them, and those to come',
      description: 'In the order of time, between `from` and `to`.',
      access: { capability: 'read', on: 'session' },
      params,
      query: listOccurrencesQuerySchema,
      response: { status: 200, data: z.array(occurrenceSchema) },
      handler: ({ principal, params: { sessionId, scheduleId: id }, query }) =>
        schedules.occurrences(principal, { sessionId, id }, query),
    }),
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/schedules/:scheduleId/occurrences',
      tag,
      summary: 'Leave out or move one time of a schedule',
      description:
        'The others stay. 400 for a time at which it does not come, 409 for one that was posted or left out already.',
      access: { capability: 'send', on: 'session' },
      params,
      body: changeOccurrenceBodySchema,
      response: { status: 200, data: occurrenceSchema },
      errors: ['conflict', 'not_connected'],
      handler: ({ principal, params: { sessionId, scheduleId: id }, body }) =>
        schedules.changeOccurrence(principal, { sessionId, id }, body),
    }),
  ];
}
