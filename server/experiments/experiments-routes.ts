import { z } from 'zod';
import { createExperimentBodySchema, experimentIdSchema, experimentSchema } from '../contract/planning/experiments.js';
import { pageQuerySchema } from '../contract/envelope.js';
import { sessionIdSchema } from '../contract/ids.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { ExperimentsService } from './experiments-service.js';

const tag = 'Analytics';
const sessionParams = z.object({ sessionId: sessionIdSchema });

/** A/B tests: one post in two versions. */
export function experimentsRoutes(experiments: ExperimentsService): Route[] {
  return [
    defineRoute({
      method: 'post',
      path: '/sessions/:sessionId/experiments',
      tag,
      summary: 'Post two versions of a status to random halves of the audience (A/B test)',
      description:
        'Both versions are accepted, or none, each as a status of its own (`plan.experiment`). Who gets which is drawn by lot when the request is accepted, nobody gets both, ' +
        'and that stays so: lists and segments are not looked up again when it goes out later. Opt-outs and the privacy of the phone count until it leaves. ' +
        'The own account gets both. Each of the two can be changed, tried again, canceled and deleted like any other status, but not given other people.',
      access: { capability: 'send', on: 'session' },
      params: sessionParams,
      body: createExperimentBodySchema,
      response: { status: 202, data: experimentSchema },
      location: ({ sessionId, id }) => `/sessions/${sessionId}/experiments/${id}`,
      errors: ['not_found', 'conflict', 'not_connected', 'empty_audience'],
      idempotent: true,
      handler: ({ principal, params: { sessionId }, body, keep }) =>
        experiments.create(principal, sessionId, body, keep),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/experiments',
      tag,
      summary: 'List A/B tests with their results',
      description: 'Newest first.',
      access: { capability: 'read', on: 'session' },
      params: sessionParams,
      query: pageQuerySchema,
      response: { status: 200, page: experimentSchema },
      handler: ({ params: { sessionId }, query }) => experiments.list(sessionId, query),
    }),
    defineRoute({
      method: 'get',
      path: '/sessions/:sessionId/experiments/:experimentId',
      tag,
      summary: 'Read an A/B test: what people did with each version, and what the difference is worth',
      description:
        'For views, likes and answers: the shares of those who got each version, the difference with its 95 % confidence interval, and what that means in words. ' +
        'The numbers are sound for any number of people; with few of them the interval is wide. Who looks again and again, and stops when one version is ahead, finds differences that are none.',
      access: { capability: 'read', on: 'session' },
      params: sessionParams.extend({ experimentId: experimentIdSchema }),
      response: { status: 200, data: experimentSchema },
      errors: ['not_found'],
      handler: ({ params: { sessionId, experimentId } }) => experiments.get(sessionId, experimentId),
    }),
  ];
}
