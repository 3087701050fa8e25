import type { Request, RequestHandler, Response, Router } from 'express';
import { authorize, type SessionDirectory } from '../access/access-rule.js';
import { AppError } from '../lib/app-error.js';
import { principalOf } from './authenticate.js';
import {
  type KeepAnswer,
  RawAnswer,
  type ParsedRequest,
  type Route,
  type RouteReply,
  type RouteRequest,
} from './define-route.js';
import { type Idempotency, keepNothing } from './idempotency.js';
import { parseWith, type JsonReader } from './parse-request.js';
import { requestIdOf } from './request-log.js';
import { checkAnswer, sendAnswer } from './send-answer.js';

export interface MountOptions {
  directory: SessionDirectory;
  readJson: JsonReader;
  idempotency: Idempotency;
  /** Checks every answer against its schema. */
  checkAnswers: boolean;
}

/**
 * Mounts routes on a router behind `authenticate`. For each request: access, then parameters, query and body, then the
 * handler, then the envelope. A known path with another method is refused with 405 and `Allow`.
 */
export function mountRoutes(router: Router, routes: readonly Route[], options: MountOptions): void {
  for (const route of routes) router[route.method](route.path, handlerOf(route, options));
  for (const [path, allowed] of methodsByPath(routes)) router.all(path, refuseMethod(allowed));
}

function handlerOf(route: Route, options: MountOptions): RequestHandler {
  return async (request, response) => {
    const principal = principalOf(request);
    if (!('public' in route.access)) {
      if (!principal) throw new AppError('unauthorized', 'Send your API key.');
      const { sessionId } = request.params;
      const named = typeof sessionId === 'string' ? sessionId : undefined;
      await authorize(principal, route.access, named, options.directory);
    }
    const parsed: Omit<ParsedRequest, 'keep'> = {
      principal,
      params: parseWith(route.params, request.params),
      query: parseWith(route.query, request.query),
      body: route.body ? parseWith(route.body, await options.readJson(request, response)) : undefined,
      request: routeRequestOf(request, response),
      reply: replyOf(response),
    };
    const answerNow = async (keep: KeepAnswer): Promise<unknown> => {
      const answer = await route.handle({ ...parsed, keep });
      if (options.checkAnswers) checkAnswer(route.response, answer);
      return answer;
    };
    const answer =
      route.idempotent === true && principal
        ? await options.idempotency.once(principal, route, request.header('idempotency-key'), parsed, answerNow)
        : await answerNow(keepNothing);
    await sendAnswer(response, route.response, answer);
  };
}

function routeRequestOf(request: Request, response: Response): RouteRequest {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort();
  });
  return {
    id: requestIdOf(request),
    ip: request.ip ?? '',
    signal: gone.signal,
    header: (name) => request.header(name),
    accepts: (types) => {
      const best = request.accepts([...types]);
      return best === false ? undefined : best;
    },
  };
}

function replyOf(response: Response): RouteReply {
  return {
    header: (name, value) => {
      response.setHeader(name, value);
    },
    raw: (contentType, body) => new RawAnswer(contentType, body),
  };
}

function methodsByPath(routes: readonly Route[]): Map<string, string[]> {
  const methods = new Map<string, string[]>();
  for (const route of routes) {
    const known = methods.get(route.path) ?? [];
    known.push(route.method.toUpperCase());
    if (route.method === 'get') known.push('HEAD');
    methods.set(route.path, known);
  }
  return methods;
}

function refuseMethod(allowed: readonly string[]): RequestHandler {
  const allow = allowed.join(', ');
  return (request, response) => {
    response.setHeader('allow', allow);
    if (request.method === 'OPTIONS') {
      response.status(204).end();
      return;
    }
    throw new AppError('method_not_allowed', `${request.method} is not possible here; use ${allow}.`);
  };
}
