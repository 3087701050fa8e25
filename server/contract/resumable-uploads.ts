import { z } from 'zod';
import { errorCodeSchema } from './errors.js';
import { timestampSchema } from './ids.js';
import {
  uploadAudioFieldsSchema,
  uploadImageFieldsSchema,
  uploadKindSchema,
  uploadSchema,
  uploadVideoFieldsSchema,
} from './media.js';

/** Where uploads by the tus protocol are begun. */
export const resumableUploadsPath = '/api/uploads/resumable';

/** What clients of the protocol say of a file by themselves. What it is, its bytes say. */
const saidByClients = {
  filename: z.string().max(1_000, 'The name of the file is too long.').optional(),
  filetype: z.string().max(1_000, 'The type of the file is too long.').optional(),
};

/** `Upload-Metadata` of an upload that is begun: its kind, and the fields that the form of this kind has. */
export const resumableMetadataSchema = z.discriminatedUnion(
  'kind',
  [
    uploadImageFieldsSchema.safeExtend({ kind: z.literal('image'), ...saidByClients }),
    uploadVideoFieldsSchema.safeExtend({ kind: z.literal('video'), ...saidByClients }),
    uploadAudioFieldsSchema.safeExtend({ kind: z.literal('audio'), ...saidByClients }),
  ],
  'Say in Upload-Metadata what it is to become: kind is image, video or audio.',
);
export type ResumableMetadata = z.infer<typeof resumableMetadataSchema>;

export const resumableStates = ['receiving', 'preparing', 'done', 'failed'] as const;

/** An upload by the tus protocol, as `GET /api/uploads/resumable/:resumableId` tells it. */
export const resumableUploadSchema = z
  .object({
    id: z.string(),
    url: z.string().meta({ description: 'Where its bytes go, by the tus protocol.' }),
    kind: uploadKindSchema,
    state: z.enum(resumableStates).meta({
      description: '`receiving` until the last byte is here, `preparing` until the file is in the library.',
    }),
    bytes: z.number().int(),
    upload: uploadSchema.nullable().meta({ description: 'The file in the library, once it is done.' }),
    error: z
      .object({ code: errorCodeSchema, message: z.string() })
      .nullable()
      .meta({ description: 'Why it failed. Nothing of it is kept then.' }),
    createdAt: timestampSchema,
    expiresAt: timestampSchema.meta({ description: 'It is forgotten then, with what came of it so far.' }),
  })
  .meta({ id: 'ResumableUpload' });
export type ResumableUpload = z.infer<typeof resumableUploadSchema>;

export const resumableUploadParamsSchema = z.object({ resumableId: z.string().max(64) });
