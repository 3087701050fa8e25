import { infiniteQueryOptions, queryOptions, useMutation, useQueryClient } from '@tanstack/react-query';
import type { z } from 'zod';
import type { Page } from '../../../server/contract/envelope.js';
import { uploadDetailsSchema, uploadSchema } from '../../../server/contract/media.js';
import type { Upload, UploadKind, patchUploadBodySchema } from '../../../server/contract/media.js';
import { uploadLimitsSchema } from '../../../server/contract/upload-limits.js';
import type { DraftFile } from '../draft/draft.js';
import { requestDone, requestOne, requestPage } from '../lib/api-client.js';

/** What of the library is shown. Empty words and null leave nothing out. */
export interface LibraryFilter {
  search: string;
  kind: UploadKind | null;
}

const filesPerPage = 60;
const libraryKey = ['library'] as const;

export function libraryQuery({ search, kind }: LibraryFilter) {
  return infiniteQueryOptions({
    queryKey: [...libraryKey, { search, kind }],
    initialPageParam: '',
    queryFn: ({ pageParam, signal }): Promise<Page<Upload>> =>
      requestPage(uploadSchema, '/uploads', {
        query: { limit: filesPerPage, cursor: pageParam, search, type: kind ?? undefined },
        signal,
      }),
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    // Files are not announced by live events, except by those who upload them.
    staleTime: 0,
  });
}

function filePath(filename: string): string {
  return `/uploads/${encodeURIComponent(filename)}`;
}

/** How large a file may be; asked for before one is sent. */
export const uploadLimitsQuery = queryOptions({
  queryKey: ['upload-limits'],
  queryFn: ({ signal }) => requestOne(uploadLimitsSchema, '/uploads/limits', { signal }),
});

/** How far the server is with converting an upload, in per cent; known only from live events. */
export function conversionQuery(uploadId: string) {
  return queryOptions<number | null>({
    queryKey: ['conversion', uploadId],
    queryFn: () => null,
    enabled: false,
  });
}

/** A file with what uses it. */
export function libraryFileQuery(filename: string) {
  return queryOptions({
    queryKey: ['library-file', filename],
    queryFn: ({ signal }) => requestOne(uploadDetailsSchema, `${filePath(filename)}/details`, { signal }),
    staleTime: 0,
  });
}

/** Renames a file and changes its tags. */
export function useChangeUpload() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ filename, ...body }: { filename: string } & z.input<typeof patchUploadBodySchema>) =>
      requestOne(uploadSchema, filePath(filename), { method: 'PATCH', body }),
    onSuccess: (upload) => {
      client.setQueryData(libraryFileQuery(upload.filename).queryKey, (known) =>
        known === undefined ? known : { ...known, ...upload },
      );
      return client.invalidateQueries({ queryKey: libraryKey });
    },
  });
}

/** Deletes a file; with `force` also one that past posts show. */
export function useDeleteUpload() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ filename, force }: { filename: string; force: boolean }) =>
      requestDone(filePath(filename), { method: 'DELETE', ...(force ? { query: { force: 'true' } } : {}) }),
    onSuccess: (_nothing, { filename }) => {
      client.removeQueries({ queryKey: libraryFileQuery(filename).queryKey });
      return client.invalidateQueries({ queryKey: libraryKey });
    },
  });
}

/** What a draft keeps of a file of the library. */
export function draftFileOf(upload: Upload): DraftFile {
  const { filename, url, thumbnailUrl, mimeType, bytes, width, height, durationMs, kind, name, note, parts } = upload;
  return { filename, url, thumbnailUrl, mimeType, bytes, width, height, durationMs, kind, name, note, parts };
}
