import type { Request, RequestHandler, Response, Router } from 'express';
import { authorize, type SessionDirectory } from '../access/access-rule.js';
import { type Keep, keepNothing } from '../db/unit-of-work.js';
import { AppError } from '../lib/app-error.js';
import { CallerLeft, forCaller } from '../lib/caller-scope.js';
import { principalOf } from './authenticate.js';
import {
  FileAnswer,
  RawAnswer,
  type ParsedRequest,
  type Route,
  type RouteReply,
  type RouteRequest,
} from './define-route.js';
import type { Idempotency } from './idempotency.js';
import type { BodyReader } from './json-body.js';
import { parseBody, parseParams, parseQuery } from './parse-request.js';
import { receiveFile } from './uploads/receive-file.js';
import { waitOf } from './prefer-wait.js';
import { requestIdOf } from './request-log.js';
import { checkAnswer, sendAnswer } from './send-answer.js';

export interface MountOptions {
  directory: SessionDirectory;
  readBody: BodyReader;
  idempotency: Idempotency;
  /** The path below which the outside reaches the server: empty, or such as `/statuscast`. */
  publicPath: string;
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
    // Whose session it is, a database is asked, and not every one takes any text.
    parseParams(undefined, request.params);
    if (!('public' in route.access)) {
      if (!principal) throw new AppError('unauthorized', 'Send your API key.');
      const { sessionId } = request.params;
      const named = typeof sessionId === 'string' ? sessionId : undefined;
      await authorize(principal, route.access, named, options.directory);
    }
    const place = { params: parseParams(route.params, request.params), query: parseQuery(route.query, request.query) };
    const form = route.upload && principal && (await receiveFile(request, response, route.upload, principal));
    try {
      const given = form?.fields ?? (route.body && (await options.readBody(request, response, route)));
      const [asked, reply] = [routeRequestOf(request, response), replyOf(response)];
      const parsed = {
        principal,
        ...place,
        body: parseBody(route.body, given),
        file: form?.file,
        request: asked,
        reply,
        wait: waitOf(route.waits === true, asked, reply),
      };
      const answer = await answerOf(route, parsed, options);
      const location = locationOf(route, answer, parsed.params);
      if (location !== undefined) response.setHeader('location', `${options.publicPath}/api${location}`);
      const failure = failureOf(route, answer);
      if (failure) throw failure;
      await sendAnswer(response, route.response, answer);
    } finally {
      await form?.discard();
    }
  };
}

async function answerOf(
  route: Route,
  parsed: Omit<ParsedRequest, 'keep'>,
  { idempotency, checkAnswers }: MountOptions,
): Promise<unknown> {
  const answerNow = async (keep: Keep<unknown> | null): Promise<unknown> => {
    const handle = (): Promise<unknown> => route.handle({ ...parsed, keep });
    const answer = await (endsWithCaller(route) ? forCaller(parsed.request.signal, handle) : handle());
    if (checkAnswers) checkAnswer(route.response, answer);
    return answer;
  };
  const { principal, request, params, body, file } = parsed;
  if (!route.idempotent) return answerNow(null);
  if (!principal) return answerNow(keepNothing);
  // Where a file was put says nothing about it, and its content everything.
  const said = { params, body: file ? { body, sha256: file.sha256 } : body };
  return idempotency.once(principal, route, request.header('idempotency-key'), said, answerNow);
}

function endsWithCaller({ endsWithCaller: saysSo, method, response }: Route): boolean {
  return saysSo ?? (method === 'get' && 'page' in response);
}

/** Where what was made, or is being made, can be read. */
function locationOf(route: Route, answer: unknown, params: unknown): string | undefined {
  if (answer instanceof RawAnswer || answer instanceof FileAnswer) return undefined;
  return route.location?.(answer, params);
}

/** What was waited for, where it ended badly. */
function failureOf(route: Route, answer: unknown): AppError | undefined {
  if (answer instanceof RawAnswer || answer instanceof FileAnswer) return undefined;
  return route.failure?.(answer);
}

function routeRequestOf(request: Request, response: Response): RouteRequest {
  const gone = new AbortController();
  response.once('close', () => {
    if (!response.writableFinished) gone.abort(new CallerLeft());
  });
  return {
    id: requestIdOf(request),
    ip: request.ip ?? '',
    isSecure: request.secure,
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
    file: (contentType, path) => new FileAnswer(contentType, path),
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
