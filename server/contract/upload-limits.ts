import { z } from 'zod';
import { uploadKindSchema, type UploadKind } from './media.js';

interface UploadFormat {
  /** As people call it. */
  name: string;
  /** What its files end with, without the dot. */
  endings: readonly string[];
}

/** What each kind of upload takes. What a file is, its bytes say; the endings help to choose one. */
export const uploadFormats: Readonly<Record<UploadKind, readonly UploadFormat[]>> = {
  image: [
    { name: 'JPEG', endings: ['jpg', 'jpeg'] },
    { name: 'PNG', endings: ['png', 'apng'] },
    { name: 'WebP', endings: ['webp'] },
    { name: 'GIF', endings: ['gif'] },
    { name: 'HEIC', endings: ['heic', 'heif'] },
    { name: 'AVIF', endings: ['avif'] },
    { name: 'TIFF', endings: ['tif', 'tiff'] },
    { name: 'BMP', endings: ['bmp'] },
  ],
  video: [
    { name: 'MP4', endings: ['mp4', 'm4v'] },
    { name: 'MOV', endings: ['mov'] },
    { name: 'WebM', endings: ['webm'] },
    { name: 'MKV', endings: ['mkv'] },
    { name: '3GP', endings: ['3gp', '3g2'] },
    { name: 'AVI', endings: ['avi'] },
    { name: 'TS', endings: ['ts', 'mts', 'm2ts'] },
    { name: 'MPEG', endings: ['mpg', 'mpeg'] },
  ],
  audio: [
    { name: 'MP3', endings: ['mp3'] },
    { name: 'M4A', endings: ['m4a', 'm4b', 'mp4'] },
    { name: 'AAC', endings: ['aac'] },
    { name: 'Ogg', endings: ['ogg', 'oga', 'opus'] },
    { name: 'WAV', endings: ['wav'] },
    { name: 'FLAC', endings: ['flac'] },
    { name: 'AMR', endings: ['amr'] },
    { name: 'AIFF', endings: ['aif', 'aiff'] },
    { name: 'CAF', endings: ['caf'] },
    { name: 'WebM', endings: ['webm'] },
  ],
};

/** "JPEG, PNG, WebP or GIF". */
export function formatsInWords(kind: UploadKind): string {
  const names = uploadFormats[kind].map(({ name }) => name);
  return `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}`;
}

const bytesSchema = z.number().int().min(0);

/** Answer of `GET /api/uploads/limits`: what to know before a file is sent. */
export const uploadLimitsSchema = z
  .object({
    maxBytes: bytesSchema.meta({ description: 'The largest file that is taken.' }),
    kinds: z.array(
      z.object({
        kind: uploadKindSchema,
        url: z.string().meta({ description: 'Where a form with the file goes.' }),
        field: z.string().meta({ description: 'The field of that form.' }),
        formats: z.array(z.object({ name: z.string(), endings: z.array(z.string()) })),
      }),
    ),
  })
  .meta({ id: 'UploadLimits' });
export type UploadLimits = z.infer<typeof uploadLimitsSchema>;
