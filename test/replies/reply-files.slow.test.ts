import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import path from 'node:path';
import type { AttachedKind } from '../../simulator/contact/reply-message.js';
import type { Success } from '../../server/contract/envelope.js';
import type { Failure } from '../../server/contract/errors.js';
import type { AppEvent } from '../../server/contract/events.js';
import type { Reply } from '../../server/contract/inbox/replies.js';
import type { Status } from '../../server/contract/statuses.js';
import { EventBus } from '../../server/events/event-bus.js';
import { createLogger } from '../../server/lib/logger.js';
import { eventually } from '../support/eventually.js';
import { callApi, linkAccount, postAndWait, waitUntilConnected } from '../support/link-account.js';
import { ServerProcess } from '../support/server-process.js';
import { startTestSimulator, type TestSimulator } from '../support/simulator.js';
import { makeTempDir } from '../support/temp-dir.js';
import { startTestServer, type TestServer } from '../support/test-server.js';

const kinds = ['image', 'video', 'voice', 'audio', 'sticker', 'document'] as const satisfies AttachedKind[];
const megabyte = 1024 * 1024;

describe('files of replies, from the contact to the inbox', function () {
  this.timeout(60_000);
  let simulator: TestSimulator;
  let server: TestServer;
  let status: Status;
  let anna: string;
  const told: AppEvent[] = [];

  before(async () => {
    simulator = await startTestSimulator();
    const bus = new EventBus(createLogger({ logLevel: 'silent' }));
    bus.subscribe((event) => told.push(event));
    const env = { REPLY_FILE_MAX_MB: '1', ORGANIZATION_REPLY_FILES_MB: '2' };
    server = await startTestServer({ simulator, env, replace: { bus } });
    await linkAccount(server, simulator);
    const [contact] = simulator.addContacts(1);
    assert.ok(contact);
    anna = contact.phoneNumber;
    status = await postAndWait(server, { type: 'text', content: 'Fresh bread', targetNumbers: [anna] });
  });
  after(async () => {
    await server.stop();
    await simulator.stop();
  });

  const inbox = async () => (await callApi<{ data: Reply[] }>(server, 'GET', '/sessions/acc1/replies')).data;
  const pathOf = (reply: Reply): string => `/sessions/acc1/replies/${reply.id}`;
  const again = (reply: Reply) => callApi<Success<Reply>>(server, 'POST', `${pathOf(reply)}/file`);
  /** Anna answers with a file; resolves to the reply once its file is what is expected. */
  async function arrives(
    kind: AttachedKind,
    bytes: Buffer,
    expected: Partial<NonNullable<Reply['file']>>,
    { filename, ...of }: { filename?: string; wrapped?: 'view_once' } = {},
  ): Promise<Reply> {
    const before = new Set((await inbox()).map(({ id }) => id));
    const file = { kind, base64: bytes.toString('base64'), ...(filename === undefined ? {} : { filename }) };
    await simulator.controls.replies.reply(anna, { statusId: status.messageId, file, ...of });
    return eventually(async () => {
      const reply = (await inbox()).find(({ id }) => !before.has(id));
      assert.ok(reply);
      assertFile(reply, expected);
      return reply;
    });
  }
  function assertFile({ file }: Reply, expected: Partial<NonNullable<Reply['file']>>): void {
    assert.deepEqual({ ...file, ...expected }, file);
  }
  const becomes = (reply: Reply, expected: Partial<NonNullable<Reply['file']>>): Promise<Reply> =>
    eventually(async () => {
      const found = (await callApi<Success<Reply>>(server, 'GET', pathOf(reply))).data;
      assertFile(found, expected);
      return found;
    });
  async function remove(reply: Reply): Promise<void> {
    const headers = { 'x-api-key': server.apiKey };
    const response = await fetch(`${server.url}/api${pathOf(reply)}`, { method: 'DELETE', headers });
    assert.equal(response.status, 204);
  }
  async function fileOf(reply: Reply): Promise<Buffer> {
    const response = await fetch(`${server.url}${reply.file?.url ?? ''}`, { headers: { 'x-api-key': server.apiKey } });
    assert.equal(response.status, 200);
    return Buffer.from(await response.arrayBuffer());
  }
  const storedFiles = async () =>
    (await readdir(path.join(server.dataDir, 'uploads', '.replies'))).filter((name) => !name.startsWith('.')).sort();

  it('of each kind come by themselves, whole, and the inbox is told', async () => {
    for (const [nth, kind] of kinds.entries()) {
      // Sizes around those of blocks, and one that comes in many pieces.
      const bytes = randomBytes([1, 15, 16, 17, 4_096, 300_001][nth] ?? 1);
      const reply = await arrives(
        kind,
        bytes,
        { state: 'kept', reason: null, bytes: bytes.length },
        { filename: 'a.pdf' },
      );
      assert.deepEqual([reply.kind, reply.file?.filename], [kind, kind === 'document' ? 'a.pdf' : null]);
      assert.ok((await fileOf(reply)).equals(bytes), kind);
      const updates = told.flatMap((event) => (event.name === 'replies-updated' ? [event.payload.replyId] : []));
      assert.ok(updates.includes(reply.id), kind);
    }
    const { data } = await callApi<Success<{ replyFiles: { rows: number; bytes: number } }[]>>(
      server,
      'GET',
      '/storage',
    );
    assert.equal(data[0]?.replyFiles.rows, kinds.length);
    assert.ok(data[0].replyFiles.bytes >= 300_000);
  });

  it('that WhatsApp has no longer are missing, in words, and cannot be fetched again', async () => {
    await simulator.ask('POST', '/admin/media/faults', { on: 'download', status: 410, times: 1 });
    const reply = await arrives('image', randomBytes(100), { state: 'missing', reason: 'gone', url: null });
    const refused = await callApi<Failure>(server, 'POST', `${pathOf(reply)}/file`, { expected: 409 });
    assert.match(refused.error, /WhatsApp has this file no longer/);
    await callApi(server, 'GET', `${pathOf(reply)}/file`, { expected: 404 });
  });

  it('that a host does not give wait for another attempt, say why, and come at once when somebody asks', async () => {
    await simulator.ask('POST', '/admin/media/faults', { on: 'download', status: 503, times: 1 });
    const bytes = randomBytes(50);
    const waiting = await arrives('video', bytes, { state: 'fetching', reason: 'unreachable' });
    assertFile((await again(waiting)).data, { state: 'fetching', reason: null });
    assert.ok((await fileOf(await becomes(waiting, { state: 'kept' }))).equals(bytes));
    assert.equal((await again(waiting)).data.file?.state, 'kept');
  });

  it('that are too large, or to be seen once, are not kept', async () => {
    await arrives('document', randomBytes(megabyte + 1), { state: 'missing', reason: 'too_large' });
    await arrives('image', randomBytes(10), { state: 'missing', reason: 'view_once' }, { wrapped: 'view_once' });
  });

  it('are deleted with their reply', async () => {
    const before = await storedFiles();
    const reply = await arrives('sticker', randomBytes(20), { state: 'kept' });
    assert.deepEqual(await storedFiles(), [...before, reply.id].sort());
    await remove(reply);
    await eventually(async () => assert.deepEqual(await storedFiles(), before));
  });

  it('of an organization that has no more room wait until there is some', async () => {
    const bytes = randomBytes(megabyte - 200_000);
    const kept = [await arrives('audio', bytes, { state: 'kept' }), await arrives('audio', bytes, { state: 'kept' })];
    const waiting = await arrives('audio', bytes, { state: 'fetching', reason: 'no_room' });
    for (const reply of kept) await remove(reply);
    await again(waiting);
    assert.ok((await fileOf(await becomes(waiting, { state: 'kept' }))).equals(bytes));
  });

  it('are erased with the person', async () => {
    assert.ok((await storedFiles()).length > 0);
    await callApi(server, 'DELETE', `/people/${anna}`);
    await eventually(async () => assert.deepEqual(await storedFiles(), []));
  });
});

describe('the file of a reply, of a server that is killed while it comes', function () {
  this.timeout(120_000);

  it('is fetched by the next one, whole, and nothing stays of the half', async () => {
    const simulator = await startTestSimulator();
    const { dir, remove } = await makeTempDir();
    let server = await ServerProcess.start({ simulator, dir });
    try {
      await linkAccount(server, simulator);
      const [anna = assert.fail()] = simulator.addContacts(1);
      const targetNumbers = [anna.phoneNumber];
      const status = await postAndWait(server, { type: 'text', content: 'Fresh bread', targetNumbers });
      const bytes = randomBytes(300_000);
      await simulator.ask('POST', '/admin/media/faults', { on: 'download', status: 503, times: 1, stalls: true });
      const file = { kind: 'video' as const, base64: bytes.toString('base64') };
      await simulator.controls.replies.reply(anna.phoneNumber, { statusId: status.messageId, file });
      const halves = async (): Promise<number[]> => {
        const found = await readdir(dir, { recursive: true, withFileTypes: true });
        const incoming = found.filter((entry) => entry.isFile() && entry.parentPath.includes('.replies/.incoming'));
        const sizes = incoming.map(async ({ parentPath, name }) => (await stat(path.join(parentPath, name))).size);
        return Promise.all(sizes);
      };
      await eventually(async () => assert.ok((await halves()).some((size) => size > 0)));
      await server.end('SIGKILL');
      assert.equal((await halves()).length, 1);
      server = await ServerProcess.start({ simulator, dir });
      await waitUntilConnected(server, 'acc1');
      assert.deepEqual(await halves(), []);
      const kept = await eventually(async () => {
        const { data } = await callApi<{ data: Reply[] }>(server, 'GET', '/sessions/acc1/replies');
        assert.deepEqual(
          data.map((reply) => reply.file?.state),
          ['kept'],
        );
        return data[0];
      });
      const headers = { 'x-api-key': server.apiKey };
      const response = await fetch(`${server.url}${kept?.file?.url ?? ''}`, { headers });
      assert.ok(Buffer.from(await response.arrayBuffer()).equals(bytes));
    } finally {
      await server.end();
      await remove();
      await simulator.stop();
    }
  });
});
