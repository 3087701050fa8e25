import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { tooLargeInWords } from '../../../server/contract/values/file-size.js';
import type { Upload, UploadKind } from '../../../server/contract/media.js';
import { newIdempotencyKey, sentenceOf } from '../lib/api-client.js';
import { uploadLimitsQuery } from './uploads.js';
import { conversionQuery } from './uploads.js';
import { uploadFile } from './upload-file.js';
import type { UploadProgress } from './upload-file.js';
import { cancelled, partBytes, uploadInParts } from './upload-in-parts.js';

export interface UploadUnderWay extends UploadProgress {
  name: string;
  /** null until the server tells of it. */
  convertedPercent: number | null;
}

/**
 * One upload at a time. Leaving the screen ends a small one, and the server then stops converting; a large one goes on
 * when the same file is chosen again.
 */
export function useUpload(kind: UploadKind, onDone: (upload: Upload) => void) {
  const [running, setRunning] = useState<Omit<UploadUnderWay, 'convertedPercent'> | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const controller = useRef<AbortController | null>(null);
  const client = useQueryClient();
  const converted = useQuery(conversionQuery(running?.uploadId ?? ''));
  useEffect(
    () => () => {
      controller.current?.abort();
    },
    [],
  );

  function start(file: File): void {
    cancel();
    const { maxBytes = Infinity } = client.getQueryData(uploadLimitsQuery.queryKey) ?? {};
    if (file.size > maxBytes) {
      setProblem(tooLargeInWords(`“${file.name}”`, file.size, maxBytes));
      return;
    }
    const own = new AbortController();
    controller.current = own;
    const uploadId = newIdempotencyKey();
    const begun = { name: file.name, uploadId, sentPercent: 0, isInterrupted: false };
    const tell = (progress: Partial<UploadProgress>): void => {
      if (!own.signal.aborted) setRunning((known) => ({ ...(known ?? begun), ...progress }));
    };
    setProblem(null);
    setRunning(begun);
    const send = file.size > partBytes ? uploadInParts : uploadFile;
    send({ kind, file, uploadId, signal: own.signal, tell })
      .then(
        (upload) => {
          if (!own.signal.aborted) onDone(upload);
        },
        (error: unknown) => {
          if (!own.signal.aborted) setProblem(sentenceOf(error));
        },
      )
      .finally(() => {
        if (!own.signal.aborted) setRunning(null);
      });
  }

  function cancel(): void {
    controller.current?.abort(cancelled);
    setRunning(null);
  }

  const underWay: UploadUnderWay | null =
    running === null ? null : { ...running, convertedPercent: converted.data ?? null };
  return { underWay, problem, start, cancel };
}
