import {
  deleteUploadQuerySchema,
  listUploadsQuerySchema,
  patchUploadBodySchema,
  uploadDetailsSchema,
  uploadAudioFieldsSchema,
  uploadImageFieldsSchema,
  uploadParamsSchema,
  type Upload,
  uploadSchema,
  uploadVideoFieldsSchema,
  type UploadKind,
  uploadKinds,
} from '../contract/media.js';
import { uploadFormats, type UploadLimits, uploadLimitsSchema } from '../contract/upload-limits.js';
import { defineRoute, type Route } from '../http/define-route.js';
import type { FileSpec } from '../http/uploads/receive-file.js';
import type { MediaPreparer } from '../media-pool/media-preparer.js';
import type { MediaService } from './media-service.js';
import type { Receptions } from './receptions.js';
import type { UploadsService } from './uploads-service.js';

const tag = 'Media';

export interface UploadsRoutesParts {
  media: MediaService;
  uploads: UploadsService;
  receptions: Receptions;
  preparer: Pick<MediaPreparer, 'requireEngine'>;
  maxBytes: number;
}

/** Uploading, and the media library. */
export function uploadsRoutes({ media, uploads, receptions, preparer, maxBytes }: UploadsRoutesParts): Route[] {
  const fileIn = (field: UploadKind): FileSpec => ({
    field,
    maxBytes,
    begin: (principal, announcedBytes) => receptions.begin(principal, field, announcedBytes),
    ...(field !== 'image' && { check: () => preparer.requireEngine() }),
  });
  const uploading = {
    method: 'post',
    tag,
    access: { capability: 'send', on: 'visible' },
    response: { status: 201, data: uploadSchema },
    location: ({ filename }: Upload) => `/uploads/${filename}/details`,
    idempotent: true,
  } as const;
  const refusals = ['payload_too_large', 'unsupported_media_type', 'not_found', 'unavailable'] as const;
  return [
    defineRoute({
      ...uploading,
      path: '/upload-image',
      summary: 'Upload a picture and get it ready to post',
      description:
        'JPEG, PNG, WebP or GIF; what it is, its bytes say. It is turned upright, made a JPEG of at most 1080×1920 in sRGB, and ' +
        'loses its metadata. Send the `filename` of the answer as `content` of a status.',
      errors: refusals,
      body: uploadImageFieldsSchema,
      upload: fileIn('image'),
      handler: ({ principal, body, file, request, keep }) =>
        media.upload(principal, file, { kind: 'image', ...body }, request.signal, keep),
    }),
    defineRoute({
      ...uploading,
      path: '/upload-video',
      summary: 'Upload a video and get it ready to post',
      description:
        'MP4, MOV, WebM, MKV or 3GP. It becomes an MP4 with H.264 and AAC of at most 720×1280 that plays at once, cut to what ' +
        '`startMs` and `endMs` say. What is longer than a status may be becomes several `parts`, which are posted in order.',
      errors: refusals,
      body: uploadVideoFieldsSchema,
      upload: fileIn('video'),
      handler: ({ principal, body, file, request, keep }) =>
        media.upload(principal, file, { kind: 'video', ...body }, request.signal, keep),
    }),
    defineRoute({
      ...uploading,
      path: '/upload-audio',
      summary: 'Upload a recording and get it ready to post as a voice note',
      description:
        'MP3, M4A, AAC, Ogg, WAV, FLAC or a WebM of a browser. It becomes Ogg with Opus, mono, with its waveform.',
      errors: refusals,
      body: uploadAudioFieldsSchema,
      upload: fileIn('audio'),
      handler: ({ principal, body, file, request, keep }) =>
        media.upload(principal, file, { kind: 'audio', ...body }, request.signal, keep),
    }),
    defineRoute({
      method: 'get',
      path: '/uploads/limits',
      tag,
      summary: 'What to know before a file is uploaded',
      description: 'How large a file may be, and which formats are taken. A larger one is refused before it is read.',
      access: { capability: 'send', on: 'visible' },
      response: { status: 200, data: uploadLimitsSchema },
      handler: () => limitsOf(maxBytes),
    }),
    defineRoute({
      method: 'get',
      path: '/uploads',
      tag,
      summary: 'List the media library',
      description: 'Newest first. A video that was cut is listed once.',
      access: { capability: 'read', on: 'visible' },
      query: listUploadsQuerySchema,
      response: { status: 200, page: uploadSchema },
      handler: ({ principal, query }) => uploads.list(principal, query),
    }),
    defineRoute({
      method: 'get',
      path: '/uploads/:filename',
      tag,
      summary: 'Get an uploaded file or its thumbnail',
      description: 'With ranges. Those who may see the session of a status that shows it may get it, too.',
      access: { capability: 'read', on: 'visible' },
      params: uploadParamsSchema,
      response: { status: 200, raw: ['image/jpeg', 'video/mp4', 'audio/ogg'] },
      errors: ['not_found', 'range_not_satisfiable'],
      handler: async ({ principal, params, reply }) => {
        const { path, mimeType } = await uploads.open(principal, params.filename);
        return reply.file(mimeType, path);
      },
    }),
    defineRoute({
      method: 'get',
      path: '/uploads/:filename/details',
      tag,
      summary: 'Read what is known of an uploaded file, and where it is used',
      description:
        'Size, length and type, and the statuses, templates and schedules that show it, as far as the key may see them.',
      access: { capability: 'read', on: 'visible' },
      params: uploadParamsSchema,
      response: { status: 200, data: uploadDetailsSchema },
      errors: ['not_found'],
      handler: ({ principal, params }) => uploads.get(principal, params.filename),
    }),
    defineRoute({
      method: 'patch',
      path: '/uploads/:filename',
      tag,
      summary: 'Rename or tag an uploaded file',
      description: 'Name and tags are for people, to find it again; what is left out stays.',
      access: { capability: 'send', on: 'visible' },
      params: uploadParamsSchema,
      body: patchUploadBodySchema,
      response: { status: 200, data: uploadSchema },
      errors: ['not_found'],
      handler: ({ principal, params, body }) => uploads.update(principal, params.filename, body),
    }),
    defineRoute({
      method: 'delete',
      path: '/uploads/:filename',
      tag,
      summary: 'Delete an uploaded file',
      description:
        'Of a cut video all parts. Refused while a status that is still to be posted, or a template, shows it.',
      access: { capability: 'send', on: 'visible' },
      params: uploadParamsSchema,
      query: deleteUploadQuerySchema,
      response: { status: 204 },
      errors: ['not_found', 'conflict'],
      handler: async ({ principal, params, query }) => {
        await uploads.delete(principal, params.filename, query.force === 'true');
        return undefined;
      },
    }),
  ];
}

function limitsOf(maxBytes: number): UploadLimits {
  const kinds = uploadKinds.map((kind) => ({
    kind,
    url: `/api/upload-${kind}`,
    field: kind,
    formats: uploadFormats[kind].map(({ name, endings }) => ({ name, endings: [...endings] })),
  }));
  return { maxBytes, kinds };
}
