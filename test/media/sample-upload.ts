import type { UploadRecord } from '../../server/media/upload.js';

/** A picture of the organization, as it is kept. */
export function sampleUpload(filename: string, changes: Partial<UploadRecord> = {}): UploadRecord {
  return {
    filename,
    organizationId: 'default',
    sessionId: null,
    kind: 'image',
    name: 'a',
    tags: [],
    mimeType: 'image/jpeg',
    bytes: 1,
    width: 1,
    height: 1,
    durationMs: null,
    thumbnail: null,
    thumbnailBytes: 0,
    preview: null,
    waveform: null,
    backgroundColor: null,
    isAnimation: false,
    note: null,
    partOf: null,
    part: null,
    createdBy: 'test',
    createdAt: 1,
    ...changes,
  };
}
