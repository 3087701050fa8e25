import type { IncomingMessage } from 'node:http';
import { pinoHttp } from 'pino-http';
import { newId } from '../lib/ids.js';
import type { Logger } from '../lib/logger.js';

const acceptableId = /^[\w.-]{1,64}$/;

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
        path: withoutNumbers(request.url.split('?')[0] ?? ''),
        ip: request.remoteAddress,
      }),
      res: (response: { statusCode: unknown }) => ({ status: response.statusCode }),
    },
    customLogLevel: (_request, response) => (response.statusCode >= 500 ? 'warn' : 'debug'),
    customSuccessMessage: () => 'request answered',
    customErrorMessage: () => 'request answered with a failure',
  });
}

/** The id that the answer and the log share. */
export function requestIdOf(request: IncomingMessage): string {
  return typeof request.id === 'string' ? request.id : 'unknown';
}

/** Phone numbers stand in some paths; the log keeps their last four digits. */
function withoutNumbers(path: string): string {
  return path.replace(/(?<=\/)\+?\d{6,11}(?=\d{4}(\/|$))/g, '…');
}
