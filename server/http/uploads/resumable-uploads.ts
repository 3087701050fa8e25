import { Readable } from 'node:stream';
import { Server, TUS_RESUMABLE } from '@tus/server';
import type { Request as HttpRequest, RequestHandler, Response as HttpResponse } from 'express';
import { authorize, type SessionDirectory } from '../../access/access-rule.js';
import type { Principal } from '../../access/principal.js';
import {
  resumableMetadataSchema,
  type ResumableMetadata,
  resumableUploadsPath,
} from '../../contract/resumable-uploads.js';
import { AppError } from '../../lib/app-error.js';
import { troubleBehind } from '../../lib/database-trouble.js';
import { principalOf } from '../authenticate.js';
import { parseBody } from '../parse-request.js';
import type { ResumableFiles } from './resumable-files.js';
import { endWhenSilent, longestSilenceMs } from './silence.js';
import { tusProblem } from './tus-problems.js';
import { TusStore } from './tus-files.js';

export interface ResumableOptions {
  files: ResumableFiles;
  directory: SessionDirectory;
  maxBytes: number;
  /** The path below which browsers reach the server, empty or such as `/statuscast`. */
  publicPath: string;
}

/** What belongs to one request while the library works on it. */
interface Context {
  principal: Principal;
  createdId?: string;
  failure?: unknown;
}

const methods = ['POST', 'HEAD', 'PATCH', 'DELETE', 'OPTIONS'];
/** The library judges nothing else: what proxies add is none of its business. */
const passedHeaders = [
  'content-length',
  'content-type',
  'tus-resumable',
  'upload-concat',
  'upload-defer-length',
  'upload-length',
  'upload-metadata',
  'upload-offset',
];
const answeredHeaders = /^(tus-|upload-|location$|cache-control$)/;

/**
 * The tus protocol 1.0.0 (https://tus.io/protocols/resumable-upload), with the extensions creation, creation-with-upload,
 * termination and expiration. Refusals come in the envelope of all the others. What it does not speak goes on to the next handler.
 */
export function resumableUploads({ files, directory, maxBytes, publicPath }: ResumableOptions): RequestHandler {
  const contexts = new WeakMap<object, Context>();
  const contextOf = (request: object): Context => {
    const context = contexts.get(request);
    if (!context) throw new Error('The request has no context.');
    return context;
  };
  let server: Server | undefined;
  // Its store looks at the folder, which is there once the server has started.
  const serverOnceStarted = (): Server =>
    (server ??= new Server({
      path: resumableUploadsPath,
      datastore: new TusStore(files),
      maxSize: maxBytes,
      relativeLocation: true,
      disableTerminationForFinishedUploads: true,
      namingFunction: async (request, said = {}) => {
        const context = contextOf(request);
        const metadata = parseBody(resumableMetadataSchema, said) as ResumableMetadata;
        const bytes = Number(request.headers.get('upload-length'));
        context.createdId = await files.create(context.principal, bytes, said, metadata);
        return context.createdId;
      },
      onIncomingRequest: async (request, id) => {
        const { state } = await files.find(contextOf(request).principal, id);
        if (request.method === 'PATCH' && state !== 'receiving') throw alreadyWhole();
      },
      onResponseError: (request, error) => {
        contextOf(request).failure = error;
        return undefined;
      },
    }));

  return async (request, response, next) => {
    const method = methodOf(request);
    if (method === 'GET') {
      next();
      return;
    }
    if (!methods.includes(method)) {
      response.setHeader('allow', ['GET', ...methods].join(', '));
      throw new AppError('method_not_allowed', `${method} is not possible here; use ${methods.join(', ')} or GET.`);
    }
    const principal = principalOf(request);
    if (!principal) throw new AppError('unauthorized', 'Send your API key.');
    await authorize(principal, { capability: 'send', on: 'visible' }, undefined, directory);
    // The library knows nothing of what comes after the last byte.
    if (method === 'DELETE' && (await files.cancelPreparing(principal, request.path.slice(1)))) {
      response.setHeader('tus-resumable', TUS_RESUMABLE).status(204).end();
      return;
    }
    const given = webRequestOf(request, method);
    const context: Context = { principal };
    contexts.set(given, context);
    const answer = await serverOnceStarted().handleWeb(given);
    await keepUp(method, request, context, answer);
    send(response, context, answer, publicPath);
  };

  /** What came is told on, also of a request that broke off; what could not be begun is forgotten. */
  async function keepUp(method: string, request: HttpRequest, context: Context, answer: Response): Promise<void> {
    const id = context.createdId ?? request.path.slice(1);
    const isRefused = context.failure instanceof AppError;
    if (context.createdId !== undefined && answer.status >= 400 && !request.destroyed) await files.cancel(id);
    else if (['POST', 'HEAD', 'PATCH'].includes(method) && id !== '' && !isRefused) await files.received(id);
  }
}

function methodOf(request: HttpRequest): string {
  return (request.method === 'POST' && request.header('x-http-method-override')) || request.method;
}

function webRequestOf(request: HttpRequest, method: string): Request {
  const headers = new Headers();
  for (const name of passedHeaders) {
    const value = request.header(name);
    if (value !== undefined) headers.set(name, value);
  }
  const url = `http://localhost${resumableUploadsPath}${request.path === '/' ? '' : request.path}`;
  const hasBody = method === 'PATCH' || method === 'POST';
  if (!hasBody) return new Request(url, { method, headers });
  // Before anybody else listens: it is not to be read before somebody asks for it.
  const body = Readable.toWeb(request);
  endWhenSilent(request, longestSilenceMs, (error) => request.destroy(error));
  return new Request(url, { method, headers, body, duplex: 'half' });
}

function send(response: HttpResponse, { failure }: Context, answer: Response, publicPath: string): void {
  for (const [name, value] of answer.headers) {
    if (answeredHeaders.test(name)) response.setHeader(name, name === 'location' ? `${publicPath}${value}` : value);
  }
  if (answer.status >= 400)
    throw failure instanceof AppError || troubleBehind(failure) ? failure : tusProblem(answer.status, failure);
  response.status(answer.status).end();
}

function alreadyWhole(): AppError {
  return new AppError('conflict', 'This upload is whole already. GET on its address says what became of it.');
}
