import type { Upload } from '../contract/media.js';
import { resumableUploadsPath, type ResumableUpload } from '../contract/resumable-uploads.js';
import type { IncomingUpload } from './incoming-upload.js';

/** An upload that can be resumed, as its sender is told of it; `upload` is the file that it became. */
export function publicResumable(upload: IncomingUpload, made: Upload | null): ResumableUpload {
  const { id, kind, state, bytes, error } = upload;
  return {
    id,
    kind,
    state,
    bytes,
    error,
    upload: made,
    url: `${resumableUploadsPath}/${id}`,
    createdAt: new Date(upload.createdAt).toISOString(),
    expiresAt: new Date(upload.expiresAt).toISOString(),
  };
}
