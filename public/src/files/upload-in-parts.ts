import { DetailedError, Upload as TusUpload } from 'tus-js-client';
import type { HttpRequest, HttpResponse } from 'tus-js-client';
import type { Upload } from '../../../server/contract/media.js';
import { resumableUploadSchema, resumableUploadsPath } from '../../../server/contract/resumable-uploads.js';
import type { ResumableUpload } from '../../../server/contract/resumable-uploads.js';
import { ApiError, bodyOf, failureOf, requestOne } from '../lib/api-client.js';
import { addressOf } from '../lib/server-address.js';
import { findUnfinished, forgetOldUnfinished, forgetUnfinished } from './unfinished-uploads.js';
import type { UploadRequest } from './upload-file.js';

/** What one request carries at most. A proxy that keeps requests back until they are whole loses no more when a line breaks. */
export const partBytes = 8 * 1024 * 1024;

/** The reason to abort an upload that is not wanted any more. Aborted for any other, it can be gone on with. */
export const cancelled = 'cancelled';

/**
 * Pauses before the next attempt while nothing gets through, together about ten minutes. The first lets the server write down
 * what came before the line broke.
 */
const retryDelaysMs = [1, 2, 5, 10, 20, ...Array<number>(19).fill(30)].map((seconds) => seconds * 1000);
/** A line on which nothing moves for so long is taken for broken. */
const silenceMs = 60_000;
/** How long the server holds back its answer until the file is prepared. */
const waitSeconds = 20;
const pauseMs = 3_000;
const longestFailures = 20;

const connectionLost =
  'The connection was lost before the whole file was sent. Choose the same file again when you are online: what was sent ' +
  'already is not sent a second time.';

/**
 * Sends a file by the tus protocol and resolves when the server has it ready to post. A broken line is waited for, and what
 * was begun with the same file, also before a reload of the page, goes on where it was. Rejects with ApiError.
 */
export async function uploadInParts(request: UploadRequest): Promise<Upload> {
  const isDecided = new AbortController();
  try {
    for (;;) {
      const upload = await sendBytes(request, isDecided.signal);
      const { state, upload: made, error } = await whenPrepared(upload.url ?? '', request.signal);
      await forgetUnfinished(upload);
      if (state === 'failed') throw new ApiError(error?.code ?? 'internal_error', error?.message ?? connectionLost);
      if (made !== null) return made;
      // What was begun before became a file that has been deleted since: this one is sent anew.
    }
  } finally {
    isDecided.abort();
  }
}

/** Resolves when the server has every byte. Until it is decided what became of them, aborting still cancels. */
async function sendBytes(
  { kind, file, uploadId, signal, tell }: UploadRequest,
  isDecided: AbortSignal,
): Promise<TusUpload> {
  const { promise, resolve, reject } = settledLater();
  const upload: TusUpload = new TusUpload(file, {
    endpoint: addressOf(resumableUploadsPath),
    metadata: { kind, filename: file.name, uploadId },
    chunkSize: partBytes,
    retryDelays: retryDelaysMs,
    // Until it is prepared somebody may ask what became of it.
    removeFingerprintOnSuccess: false,
    onBeforeRequest: endWhenSilent,
    onAfterResponse: keepWhatWasBegun,
    onShouldRetry: (error) => {
      const isRepeated = isWorthRepeating(error);
      if (isRepeated) tell({ isInterrupted: true });
      if (isRepeated && error.originalResponse === null) refuseUnreadable();
      return isRepeated;
    },
    onProgress: (sentBytes, allBytes) => {
      tell({ sentPercent: Math.floor((sentBytes / allBytes) * 100), isInterrupted: false });
    },
    onUploadUrlAvailable: () => {
      if (signal.reason === cancelled) removeAtServer(upload);
    },
    onSuccess: resolve,
    onError: (error) => {
      reject(failureIn(error));
    },
  });
  // Of a file that was moved or changed, the library knows only that a request did not work.
  const refuseUnreadable = (): void => {
    file
      .slice(0, 1)
      .arrayBuffer()
      .catch(() => {
        removeAtServer(upload);
        reject(new ApiError('validation_error', `“${file.name}” was moved or changed meanwhile. Choose it again.`));
      });
  };
  const end = (): void => {
    if (signal.reason !== cancelled) void upload.abort();
    // Without an address, the server may be about to begin it: that is waited for.
    else if (upload.url !== null) removeAtServer(upload);
    reject(new ApiError('unavailable', connectionLost));
  };
  await forgetOldUnfinished();
  const unfinished = await findUnfinished(upload, kind);
  if (unfinished !== undefined) {
    upload.resumeFromPreviousUpload(unfinished);
    tell({ uploadId: unfinished.metadata['uploadId'] ?? uploadId });
  }
  if (signal.aborted) throw new ApiError('unavailable', connectionLost);
  signal.addEventListener('abort', end, { signal: isDecided });
  upload.start();
  await promise;
  return upload;
}

/** What became of an upload whose bytes are all there. */
async function whenPrepared(url: string, signal: AbortSignal): Promise<ResumableUpload> {
  const path = `/uploads/resumable/${url.slice(url.lastIndexOf('/') + 1)}`;
  for (let failures = 0; ;) {
    try {
      const upload = await requestOne(resumableUploadSchema, path, { signal, waitSeconds });
      if (upload.state === 'done' || upload.state === 'failed') return upload;
      failures = 0;
    } catch (error) {
      failures += 1;
      const isOver = signal.aborted || failures > longestFailures;
      if (isOver || !(error instanceof ApiError) || error.code !== 'unavailable') throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

function removeAtServer(upload: TusUpload): void {
  // What cannot be removed now expires there.
  upload.abort(true).catch(() => undefined);
}

/** The browser itself waits for ever on a line that is dead without having been closed. */
function endWhenSilent(request: HttpRequest): void {
  const own: unknown = request.getUnderlyingObject();
  if (!(own instanceof XMLHttpRequest)) return;
  let timer = 0;
  const wait = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => {
      own.abort();
      own.onerror?.(new ProgressEvent('error'));
    }, silenceMs);
  };
  own.upload.addEventListener('progress', wait);
  own.addEventListener('loadend', () => {
    window.clearTimeout(timer);
  });
  wait();
}

/** An answer that tells nothing of what was begun. */
class NoWord extends Error {
  constructor(readonly status: number) {
    super();
  }
}

/** The library would begin anew whatever the answer to its question is how far an upload came. */
function keepWhatWasBegun(request: HttpRequest, response: HttpResponse): void {
  const status = response.getStatus();
  const isTold = (status >= 200 && status < 300) || status === 404;
  if (request.getMethod() === 'HEAD' && !isTold) throw new NoWord(status);
}

/** undefined when there was no answer. */
function statusOf({ originalResponse, causingError }: DetailedError): number | undefined {
  return causingError instanceof NoWord ? causingError.status : originalResponse?.getStatus();
}

/** A refusal to begin is said at once; what was begun waits until the server, or what is in front of it, is well again. */
function isWorthRepeating(error: DetailedError): boolean {
  const status = statusOf(error);
  if (status === undefined) return true;
  const isUnderWay = ['HEAD', 'PATCH'].includes(error.originalRequest.getMethod());
  return isUnderWay && (status >= 500 || [408, 409, 423, 429].includes(status));
}

function failureIn(error: Error): ApiError {
  const status = error instanceof DetailedError ? statusOf(error) : undefined;
  if (!(error instanceof DetailedError) || status === undefined) return new ApiError('unavailable', connectionLost);
  return failureOf(bodyOf(error.originalResponse?.getBody() ?? ''), status);
}

function settledLater() {
  let resolve: () => void = () => undefined;
  let reject: (error: ApiError) => void = () => undefined;
  const promise = new Promise<void>((resolved, rejected) => {
    resolve = resolved;
    reject = rejected;
  });
  // It may be refused before anybody waits.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
