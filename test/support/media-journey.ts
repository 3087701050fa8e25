import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import type { Success } from '../../server/contract/envelope.js';
import type { Upload, UploadKind } from '../../server/contract/media.js';
import type { Status } from '../../server/contract/statuses.js';
import type { MediaReport } from '../../simulator/control/story-media-routes.js';
import { callApi } from './link-account.js';
import { eventually } from './eventually.js';
import type { TestSimulator } from './simulator.js';
import type { TestServer } from './test-server.js';

/** Uploads a file as a form does; fails unless it was taken. */
export async function upload(
  server: TestServer,
  kind: UploadKind,
  bytes: Buffer,
  fields: Record<string, string> = {},
  name = `my ${kind}`,
): Promise<Upload> {
  const request = server.request.post(`/api/upload-${kind}`);
  for (const [field, value] of Object.entries(fields)) void request.field(field, value);
  const response = await request.attach(kind, bytes, name);
  assert.equal(response.status, 201, JSON.stringify(response.body));
  return (response.body as Success<Upload>).data;
}

/**
 * What is in the folder of uploads, without the folder of what is not finished. That one has to become empty: the work on a
 * file is cleared away after the answer.
 */
export async function filesOnDisk(server: TestServer): Promise<string[]> {
  const dir = path.join(server.dataDir, 'uploads');
  const [node = ''] = await readdir(path.join(dir, '.incoming'));
  const unfinished = path.join(dir, '.incoming', node);
  await eventually(async () => assert.deepEqual(await readdir(unfinished), []), { what: 'nothing unfinished' });
  return (await readdir(dir)).filter((name) => !name.startsWith('.')).sort();
}

/** Posts to one contact of `acc1`, waits for the end, and answers what the contact's phone then shows. */
export async function post(server: TestServer, simulator: TestSimulator, contact: string, body: object) {
  const options = { body: { targetNumbers: [contact], ...body }, expected: 202, headers: { prefer: 'wait=30' } };
  const { data: status } = await callApi<Success<Status>>(server, 'POST', '/sessions/acc1/send-status', options);
  assert.equal(status.state, 'sent', JSON.stringify(status.error));
  await simulator.drain();
  return { status, ...(await opened(simulator, contact, status.messageId)) };
}

/** A story on a contact's phone, and its file as the phone fetched, decrypted and looked at it. */
export async function opened(simulator: TestSimulator, contact: string, messageId: string) {
  const story = simulator.statuses(contact).find(({ id }) => id === messageId);
  assert.ok(story);
  const report = await simulator.ask<MediaReport>('GET', `/admin/contacts/${contact}/statuses/${messageId}/media`);
  return { story, report };
}
