import { z } from 'zod';
import { pageQuerySchema } from './envelope.js';
import { sessionIdSchema, timestampSchema, uploadFilenameSchema, wordSchema } from './ids.js';
import { colorSchema, statusMediaSchema } from './statuses.js';
import { writtenUploadName, writtenUploadTag } from './values/written-forms.js';

export const uploadKinds = ['image', 'video', 'audio'] as const;
export const uploadKindSchema = z.enum(uploadKinds).meta({ id: 'UploadKind' });
export type UploadKind = z.infer<typeof uploadKindSchema>;

export const imageLayouts = ['fit', 'letterbox'] as const;
export type ImageLayout = (typeof imageLayouts)[number];

const tagSchema = z
  .string()
  .max(40, 'A tag has at most 40 characters.')
  .refine((text) => /^[^\p{C},]*$/u.test(text), 'A tag has no commas and no control characters.')
  .trim()
  .min(1, 'A tag has at least one character.')
  .meta(writtenUploadTag);
export const tagsSchema = z
  .array(tagSchema)
  .max(20, 'A file has at most 20 tags.')
  .transform((tags) => [...new Set(tags)]);

const nameSchema = z
  .string()
  .max(200, 'A name has at most 200 characters.')
  .refine((text) => /^[^\p{Cc}]*$/u.test(text), 'A name has no control characters.')
  .trim()
  .min(1, 'Give a name.')
  .meta(writtenUploadName);

/** Fields that every upload may have beside its file. All are text, as forms have them. */
const uploadFields = {
  name: nameSchema
    .optional()
    .meta({ description: 'What it is called in the library; the name of the file otherwise.' }),
  tags: z
    .string()
    .max(4_000, 'A file has at most 20 tags of 40 characters.')
    .transform((text) =>
      text
        .split(',')
        .map((part) => part.trim())
        .filter((part) => part !== ''),
    )
    .pipe(tagsSchema)
    .optional()
    .meta({ description: 'Comma-separated.' }),
  sessionId: sessionIdSchema
    .optional()
    .meta({ description: 'The session it is for: it is deleted with it. Otherwise it is for the whole organization.' }),
  uploadId: wordSchema().optional().meta({ description: 'Comes back in the `upload-progress` events of this upload.' }),
};

const millisecondsSchema = z.coerce
  .number('Give milliseconds.')
  .int('Give whole milliseconds.')
  .min(0)
  .max(24 * 60 * 60_000);
const cutFields = {
  startMs: millisecondsSchema.optional().meta({ description: 'Where the part to post begins.' }),
  endMs: millisecondsSchema.optional().meta({ description: 'Where it ends.' }),
};
const endsAfterStart = { path: ['endMs'], message: 'The end has to come after the start.' };
function isForward({ startMs = 0, endMs }: { startMs?: number | undefined; endMs?: number | undefined }): boolean {
  return endMs === undefined || endMs > startMs;
}

/** The form of `POST /api/upload-image`, besides the file in `image`. */
export const uploadImageFieldsSchema = z
  .strictObject({
    ...uploadFields,
    layout: z.enum(imageLayouts).default('fit').meta({
      description: '`fit` keeps its shape; `letterbox` puts it on a blurred copy of itself that fills the screen.',
    }),
  })
  .meta({ id: 'UploadImageFields' });

/** The form of `POST /api/upload-video`, besides the file in `video`. */
export const uploadVideoFieldsSchema = z
  .strictObject({ ...uploadFields, ...cutFields })
  .refine(isForward, endsAfterStart)
  .meta({ id: 'UploadVideoFields' });

/** The form of `POST /api/upload-audio`, besides the file in `audio`. */
export const uploadAudioFieldsSchema = z
  .strictObject({ ...uploadFields, ...cutFields, backgroundColor: colorSchema.optional() })
  .refine(isForward, endsAfterStart)
  .meta({ id: 'UploadAudioFields' });

export const uploadSchema = statusMediaSchema
  .extend({
    kind: uploadKindSchema.meta({ description: 'What it became: moving pictures become videos.' }),
    name: z.string(),
    tags: z.array(z.string()),
    note: z.string().nullable().meta({ description: 'What was done to it that one might not expect.' }),
    backgroundColor: z.string().nullable().meta({ description: 'Of voice notes.' }),
    parts: z.array(z.string()).meta({
      description:
        'A video that is longer than a status may be: the files that are posted in this order. Empty otherwise.',
    }),
    organizationId: z.string(),
    sessionId: z.string().nullable(),
    createdBy: z.string(),
    createdAt: timestampSchema,
  })
  .meta({ id: 'Upload' });
export type Upload = z.infer<typeof uploadSchema>;

/** How far an upload is that gave an `uploadId`. */
export const uploadProgressSchema = z.object({
  uploadId: z.string(),
  kind: uploadKindSchema,
  state: z.enum(['converting', 'done', 'failed']),
  percent: z.number().int(),
  filename: z.string().nullable().meta({ description: 'Once it is done.' }),
  sessionId: sessionIdSchema.nullable(),
});

/** What needs a file. */
export const uploadUseSchema = z
  .object({
    kind: z.string().meta({ description: 'Such as `status`.' }),
    id: z.string(),
    sessionId: z.string().nullable(),
    isWaiting: z.boolean().meta({ description: 'It is still to be posted.' }),
  })
  .meta({ id: 'UploadUse' });
export type UploadUse = z.infer<typeof uploadUseSchema>;

export const uploadDetailsSchema = uploadSchema
  .extend({ uses: z.array(uploadUseSchema).max(100) })
  .meta({ id: 'UploadDetails' });
export type UploadDetails = z.infer<typeof uploadDetailsSchema>;

export const listUploadsQuerySchema = pageQuerySchema.extend({
  search: z.string().max(200).optional().meta({ description: 'In names and tags.' }),
  type: uploadKindSchema.optional(),
  tag: tagSchema.optional(),
});
export type ListUploadsQuery = z.infer<typeof listUploadsQuerySchema>;

/** Body of `PATCH /api/uploads/:filename`. */
export const patchUploadBodySchema = z
  .strictObject({ name: nameSchema.optional(), tags: tagsSchema.optional() })
  .meta({ id: 'PatchUploadBody' });
export type PatchUploadBody = z.infer<typeof patchUploadBodySchema>;

export const deleteUploadQuerySchema = z.object({
  force: z
    .enum(['true', 'false'], 'Give true or false.')
    .optional()
    .meta({ description: 'Also when past statuses show it. What is still to be posted keeps its file in any case.' }),
});

export const uploadParamsSchema = z.object({ filename: uploadFilenameSchema });
