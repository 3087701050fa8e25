import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { AppEvent } from '../../server/contract/events.js';
import type { Database } from '../../server/db/database.js';
import { UnitOfWork } from '../../server/db/unit-of-work.js';
import { EventBus } from '../../server/events/event-bus.js';
import { notFound } from '../../server/lib/app-error.js';
import { IncomingUploadsStore } from '../../server/media/incoming-uploads-store.js';
import { Intake } from '../../server/media/intake.js';
import { MediaService, type FetchesFiles } from '../../server/media/media-service.js';
import { Receptions } from '../../server/media/receptions.js';
import { ResumableFolder } from '../../server/media/resumable-folder.js';
import { ResumableUploads } from '../../server/media/resumable-uploads.js';
import { UploadFolder } from '../../server/media/upload-folder.js';
import { UploadRoom } from '../../server/media/upload-room.js';
import { UploadsService } from '../../server/media/uploads-service.js';
import { UploadsStore } from '../../server/media/uploads-store.js';
import type { MediaPreparer, Preparing } from '../../server/media-pool/media-preparer.js';
import type { Prepared } from '../../server/media-worker/protocol.js';
import { keptLog } from '../support/kept-log.js';

export type Prepare = MediaPreparer['prepare'];

/** What preparing makes of anything: a file of 3 bytes with a thumbnail of 2, in the work folder. */
export async function madeFile({ kind, folder }: Pick<Preparing, 'kind' | 'folder'>, name = 'made'): Promise<Prepared> {
  const [file, thumbnail] = [path.join(folder, name), path.join(folder, `${name}-small`)];
  await writeFile(file, 'abc');
  await writeFile(thumbnail, 'de');
  return {
    kind,
    file,
    thumbnail,
    bytes: 3,
    width: 1,
    height: 2,
    durationMs: null,
    preview: null,
    waveform: null,
    isAnimation: false,
    note: null,
  };
}

/** The parts that take files in and keep them, without the programs that make files ready: `hands` do that. */
export async function openMedia(db: Database, uploadsDir: string, node = 'main') {
  const published: AppEvent[] = [];
  const units = new UnitOfWork(db, { append: () => Promise.resolve(), publish: () => undefined });
  const time = { now: 1_800_000_000_000 };
  const clock = { now: () => new Date(time.now) };
  const { logger, lines } = keptLog();
  const bus = new EventBus(logger);
  bus.subscribe((event) => void published.push(event));
  const hands = {
    prepare: (async (request) => [await madeFile(request)]) as Prepare,
    requireEngine: (): void => undefined,
    fetchToFile: (() => Promise.reject(new Error('nothing is fetched'))) as FetchesFiles['fetchToFile'],
    listWaiting: (_statusIds: readonly string[]): Promise<ReadonlySet<string>> => Promise.resolve(new Set()),
  };
  const folder = new UploadFolder(uploadsDir, node);
  const resumableFolder = new ResumableFolder(uploadsDir);
  await folder.open();
  await resumableFolder.open();
  const store = new UploadsStore(db);
  const incoming = new IncomingUploadsStore(db);
  const megabyte = 1024 * 1024;
  const limits = {
    unfinishedCount: 9,
    unfinishedBytes: 9 * megabyte,
    organizationBytes: megabyte,
    organizationFiles: 100,
    keepDiskFreeBytes: 0,
    keepUnfinishedMs: 1,
  };
  const room = new UploadRoom({
    incoming,
    uploads: store,
    unitOfWork: units,
    clock,
    node,
    maxBytes: megabyte,
    logger,
    limits,
    freeBytes: () => Promise.resolve(Infinity),
  });
  const preparer: Pick<MediaPreparer, 'prepare' | 'requireEngine'> = {
    prepare: (...given) => hands.prepare(...given),
    requireEngine: () => {
      hands.requireEngine();
    },
  };
  const sessions = {
    get: async (_principal: unknown, sessionId: string) => {
      const row: unknown = await db('sessions')
        .where({ session_id: sessionId })
        .first('session_id as sessionId', 'organization_id as organizationId');
      if (!row) throw notFound('The session');
      return row as never;
    },
  };
  const uploads = new UploadsService({
    uploads: store,
    folder,
    unitOfWork: units,
    clock,
    unusedForMs: 1_000,
    listWaiting: (ids) => hands.listWaiting(ids),
  });
  const intake = new Intake({ uploads: store, folder, preparer, room, unitOfWork: units, clock });
  const receptions = new Receptions(room, folder);
  const outbound: FetchesFiles = { fetchToFile: (...given) => hands.fetchToFile(...given) };
  const media = new MediaService({ intake, uploads, sessions, bus, receptions, outbound, maxBytes: megabyte });
  const keepMs = 60_000;
  const newResumable = (): ResumableUploads =>
    new ResumableUploads({
      incoming,
      room,
      folder: resumableFolder,
      workFolder: folder,
      media,
      uploads,
      preparer,
      sessions,
      unitOfWork: units,
      clock,
      logger,
      node,
      keepMs,
    });
  return {
    hands,
    limits,
    time,
    lines,
    published,
    units,
    store,
    incoming,
    room,
    folder,
    resumableFolder,
    uploads,
    intake,
    receptions,
    media,
    keepMs,
    newResumable,
    resumable: newResumable(),
  };
}
export type OpenMedia = Awaited<ReturnType<typeof openMedia>>;
