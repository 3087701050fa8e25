import { z } from 'zod';
import { resumableUploadParamsSchema, resumableUploadSchema } from '../contract/resumable-uploads.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { ResumableUploads } from './resumable-uploads.js';

/** What became of uploads by the tus protocol. The protocol itself is not JSON and has a door of its own. */
export function resumableUploadsRoutes(resumable: ResumableUploads): Route[] {
  const common = { tag: 'Media', method: 'get', access: { capability: 'send', on: 'visible' } } as const;
  return [
    defineRoute({
      ...common,
      path: '/uploads/resumable',
      summary: 'List your resumable uploads',
      description:
        'Newest first, at most 100. They are begun with POST here, by the tus protocol 1.0.0 (see the guide to uploads).',
      response: { status: 200, data: z.array(resumableUploadSchema) },
      handler: ({ principal }) => resumable.list(principal),
    }),
    defineRoute({
      ...common,
      path: '/uploads/resumable/:resumableId',
      summary: 'Read how far a resumable upload is, and which file it became',
      description:
        'With `Prefer: wait=30` the answer waits until what is whole has been prepared, or the time is over.',
      params: resumableUploadParamsSchema,
      response: { status: 200, data: resumableUploadSchema },
      errors: ['not_found'],
      waits: true,
      handler: ({ principal, params, wait }) => resumable.get(principal, params.resumableId, wait),
    }),
  ];
}
