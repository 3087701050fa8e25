import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect, useRef, useState } from 'react';
import { tooLargeInWords } from '../../server/contract/file-size.js';
import type { Upload, UploadKind } from '../../server/contract/media.js';
import { newIdempotencyKey, sentenceOf } from './api-client.js';
import { uploadLimitsQuery } from './library.js';
import { conversionQuery } from './queries.js';
import { uploadFile } from './upload-file.js';

export interface UploadUnderWay {
  name: string;
  uploadId: string;
  sentPercent: number;
  /** null until the server tells of it. */
  convertedPercent: number | null;
}

/** One upload at a time; leaving the screen cancels it, and the server then stops converting. */
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
    const onSent = (sentPercent: number): void => {
      if (!own.signal.aborted) setRunning({ name: file.name, uploadId, sentPercent });
    };
    setProblem(null);
    onSent(0);
    uploadFile({ kind, file, uploadId, signal: own.signal, onSent })
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
    controller.current?.abort();
    setRunning(null);
  }

  const underWay: UploadUnderWay | null =
    running === null ? null : { ...running, convertedPercent: converted.data ?? null };
  return { underWay, problem, start, cancel };
}
