import type { IncomingMessage } from 'node:http';
import { pinoHttp } from 'pino-http';
import { newId } from '../lib/ids.js';
import type { Logger } from '../lib/logger.js';
import { withoutNumbers } from '../lib/without-numbers.js';

const acceptableId = /^[\w.-]{1,64}$/;

/** A client that encodes what is encoded already does it once too often, or twice. */
const mostEncodings = 3;

/** One line per request, without query, body or headers: they hold names, numbers and keys. */
export function requestLog(logger: Logger) {
  return pinoHttp({
    logger,
    genReqId: (request, response) => {
      const given = request.headers['x-request-id'];
      const id = typeof given === 'string' && acceptableId.test(given) ? given : newId();
      response.setHeader('x-request-id', id);
      return id;
    },
    serializers: {
      req: (request: { id: unknown; method: unknown; url: string; remoteAddress: unknown }) => ({
        id: request.id,
        method: request.method,
        path: withoutNumbers(decoded(request.url.split('?')[0] ?? '')),
        ip: request.remoteAddress,
      }),
      res: (response: { statusCode: unknown }) => ({ status: response.statusCode }),
    },
    // Who has too much to do, or no database, says so itself, once and not for each request.
    customLogLevel: (_request, { statusCode }) => (statusCode >= 500 && statusCode !== 503 ? 'warn' : 'debug'),
    customSuccessMessage: () => 'request answered',
    customErrorMessage: () => 'request answered with a failure',
  });
}

/** The id that the answer and the log share. */
export function requestIdOf(request: IncomingMessage): string {
  return typeof request.id === 'string' ? request.id : 'unknown';
}

/** As it is meant: a number may be written with %2B and the like, also twice, and beside what is no escape at all. */
function decoded(path: string): string {
  let text = path;
  for (let time = 0; time < mostEncodings; time += 1) text = text.replaceAll(/(?:%[\da-f]{2})+/gi, decodedEscapes);
  return text;
}

function decodedEscapes(escapes: string): string {
  try {
    return decodeURIComponent(escapes);
  } catch {
    return escapes;
  }
}
