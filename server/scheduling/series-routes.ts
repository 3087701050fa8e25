import { z } from 'zod';
import { sessionIdSchema } from '../contract/ids.js';
import { createSeriesBodySchema, seriesIdSchema, seriesSchema } from '../contract/planning/series.js';
import { defineRoute, type Route } from '../http/define-route.js';
import { seriesFailure } from '../statuses/awaited-outcome.js';
import type { SeriesService } from './series-service.js';

const tag = 'Statuses';
const sessionParams = z.object({ sessionId: sessionIdSchema });
const params = sessionParams.extend({ seriesId: seriesIdSchema });

/** Several posts in their order. */
export function seriesRoutes(series: SeriesService): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/series',
      tag,
      summary: 'Post several statuses in their order',
      description:
        'All items are accepted, or none. Each is a status of its own (`plan.series`) and leaves only after those before it ' +
        'were sent; when one fails, those after it are `failed` as `series_stopped`. With `Prefer: wait=30` the answer comes when ' +
        'nothing of it is to come any more, or unfinished after that many seconds; where a post failed, that is an error, with the ' +
        'series in `details.series`.',
      access: { capability: 'send', on: 'session' },
      params: sessionParams,
      body: createSeriesBodySchema,
      response: { status: 202, data: seriesSchema },
      location: ({ sessionId, id }) => `/sessions/${sessionId}/series/${id}`,
      errors: ['not_found', 'conflict', 'not_connected', 'empty_audience', 'whatsapp_error'],
      failure: seriesFailure,
      idempotent: true,
      waits: true,
      handler: ({ principal, params: { sessionId }, body, wait, keep }) =>
        series.create(principal, sessionId, body, { ...wait, keep }),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/series/:seriesId',
      tag,
      summary: 'Read a series: what became of each of its statuses',
      description: 'Also of a video that was posted in parts.',
      access: { capability: 'read', on: 'session' },
      params,
      response: { status: 200, data: seriesSchema },
      errors: ['not_found'],
      handler: ({ params: { sessionId, seriesId } }) => series.get(sessionId, seriesId),
    }),
    defineRoute({
      method: 'delete',
      path: '/sessions/:sessionId/series/:seriesId',
      tag,
      summary: 'Cancel what of a series has not gone out yet',
      description: 'What is on WhatsApp already stays there; its statuses can be deleted one by one.',
      access: { capability: 'send', on: 'session' },
      params,
      response: { status: 200, data: seriesSchema },
      errors: ['not_found'],
      handler: ({ params: { sessionId, seriesId } }) => series.cancel(sessionId, seriesId),
    }),
  ];
}
