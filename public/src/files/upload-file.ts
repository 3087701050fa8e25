import { successOf } from '../../../server/contract/envelope.js';
import { uploadSchema } from '../../../server/contract/media.js';
import type { Upload, UploadKind } from '../../../server/contract/media.js';
import { ApiError, bodyOf, failureOf, unreachable } from '../lib/api-client.js';
import { addressOf } from '../lib/server-address.js';

const deadlineMs = 30 * 60_000;

export interface UploadRequest {
  kind: UploadKind;
  file: File;
  /** Comes back in the `upload-progress` events of the conversion. */
  uploadId: string;
  signal: AbortSignal;
  tell: (progress: Partial<UploadProgress>) => void;
}

export interface UploadProgress {
  /** The one of the `upload-progress` events; another when an earlier upload is gone on with. */
  uploadId: string;
  /** How much of the file has left, in whole per cent. */
  sentPercent: number;
  /** The line is broken, and it is tried again by itself. */
  isInterrupted: boolean;
}

/** Sends a file in one request and resolves when the server has it ready to post. Rejects with ApiError, also when it was aborted. */
export function uploadFile({ kind, file, uploadId, signal, tell }: UploadRequest): Promise<Upload> {
  // fetch() does not tell how much of a body has left; XMLHttpRequest does.
  const request = new XMLHttpRequest();
  const form = new FormData();
  form.append('uploadId', uploadId);
  form.append(kind, file);
  const answered = new Promise<Upload>((resolve, reject) => {
    request.upload.addEventListener('progress', ({ loaded, total }) => {
      tell({ sentPercent: total === 0 ? 100 : Math.round((loaded / total) * 100) });
    });
    request.addEventListener('load', () => {
      const body = bodyOf(request.responseText);
      const answer = successOf(uploadSchema).safeParse(body);
      if (request.status < 300 && answer.success) resolve(answer.data.data);
      else reject(failureOf(body, request.status));
    });
    for (const end of ['error', 'timeout', 'abort'] as const) {
      request.addEventListener(end, () => {
        reject(new ApiError('unavailable', unreachable));
      });
    }
  });
  signal.addEventListener('abort', () => {
    request.abort();
  });
  request.open('POST', addressOf(`/api/upload-${kind}`));
  request.timeout = deadlineMs;
  request.send(form);
  return answered;
}
