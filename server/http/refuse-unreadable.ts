import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { AppError } from '../lib/app-error.js';
import { newId } from '../lib/ids.js';
import { failureOf } from './error-handler.js';
import { httpStatusOf } from './error-table.js';

/** Requests that Node cannot read get the envelope as well: they never become requests, so no handler sees them. */
export function refuseUnreadable(server: Server): void {
  const answering = new WeakSet<Duplex>();
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    answering.add(request.socket);
    response.once('close', () => answering.delete(request.socket));
  });
  // An expectation that is not understood may be ignored (RFC 9110); the default answer has no body.
  server.on('checkExpectation', (request: IncomingMessage, response: ServerResponse) => {
    server.emit('request', request, response);
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // In the middle of an answer nothing can be said that would be understood.
    if (!socket.writable || error.code === 'ECONNRESET' || answering.has(socket)) {
      socket.destroy();
      return;
    }
    socket.end(answerOf(refusalOf(error.code)));
  });
}

function refusalOf(code: string | undefined): AppError {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new AppError('headers_too_large', 'The headers of the request have more than 16 kB together. Send fewer.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new AppError('request_timeout', 'The request did not come to its end in time.');
    default:
      return new AppError('validation_error', 'This is not a request in HTTP/1.1.');
  }
}

function answerOf(error: AppError): string {
  const status = httpStatusOf(error.code);
  const requestId = newId();
  const body = JSON.stringify(failureOf(error, requestId));
  return [
    `HTTP/1.1 ${String(status)} ${STATUS_CODES[status] ?? ''}`,
    'Connection: close',
    'Content-Type: application/json; charset=utf-8',
    `Content-Length: ${String(Buffer.byteLength(body))}`,
    `X-Request-Id: ${requestId}`,
    '',
    body,
  ].join('\r\n');
}
