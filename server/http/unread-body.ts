import type { IncomingMessage, ServerResponse } from 'node:http';

/** How long after its answer a caller may go on sending a body that nobody reads. */
const lingerMs = 1_000;

/**
 * Ends the connection of a request that was answered before its body had come. Not at once: what arrives in between is
 * read and forgotten, because a connection that is closed over unread bytes is reset, and the caller may then lose the
 * answer that tells what was wrong (RFC 9112, 9.6). Not later than a second: a body that never comes would hold it for
 * as long as the largest upload may take.
 */
export function closeUnlessBodyCame(request: IncomingMessage, response: ServerResponse): void {
  response.once('finish', () => {
    if (request.complete) return;
    const { socket } = request;
    const timer = setTimeout(() => socket.destroy(), lingerMs);
    const stop = (): void => {
      clearTimeout(timer);
      request.off('end', stop);
      // The connection may go on for many requests, and must not keep something of each.
      socket.off('close', stop);
    };
    request.once('end', stop);
    socket.once('close', stop);
  });
}

/**
 * Asks for the body (100 Continue) when somebody begins to read it, and not before: a caller that waits for that, as curl
 * does with large files, is refused without sending any of it.
 */
export function continueWhenRead(request: IncomingMessage, response: ServerResponse): void {
  request.once('resume', () => {
    if (!response.headersSent) response.writeContinue();
  });
}
