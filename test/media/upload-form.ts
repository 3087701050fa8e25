import assert from 'node:assert/strict';
import type { Success } from '../../server/contract/envelope.js';
import type { Upload, UploadKind } from '../../server/contract/media.js';
import type { ServerAddress } from '../support/link-account.js';

/** Uploads a file as a browser does, to a server in whichever process; fails unless it was taken. */
export async function uploadForm(server: ServerAddress, kind: UploadKind, bytes: Buffer): Promise<Upload> {
  const form = new FormData();
  form.set(kind, new Blob([new Uint8Array(bytes)]), `my ${kind}`);
  const headers = { 'x-api-key': server.apiKey };
  const response = await fetch(`${server.url}/api/upload-${kind}`, { method: 'POST', headers, body: form });
  const answer: unknown = await response.json();
  assert.equal(response.status, 201, JSON.stringify(answer));
  return (answer as Success<Upload>).data;
}
