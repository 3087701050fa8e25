import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import multer, { MulterError, type StorageEngine } from 'multer';
import type { Principal } from '../../access/principal.js';
import { tooLargeInWords } from '../../contract/values/file-size.js';
import { composed } from '../../contract/values/texts.js';
import { AppError, validationError } from '../../lib/app-error.js';
import { troubleBehind } from '../../lib/database-trouble.js';
import { diskFull, isDiskFull } from '../../lib/disk-full.js';
import { endWhenSilent, longestSilenceMs } from './silence.js';

/** What an upload route takes. */
export interface FileSpec {
  /** The field of the form that holds the file. */
  field: string;
  maxBytes: number;
  /** Throws when no file can be taken now, before any of it is read. */
  check?: () => void;
  /** Makes room for a file of so many bytes, or of an unknown number. Throws in words when there is none. */
  begin: (principal: Principal, announcedBytes: number | null) => Promise<Reception>;
}

/** Where a file goes while it comes. */
export interface Reception {
  id: string;
  /** A new folder for it. */
  folder: string;
  /** Told before bytes are written. A promise has to be awaited, and rejects in words when there is no room for them. */
  count(bytes: number): Promise<void> | undefined;
  /** Deletes the folder with everything in it. */
  end(): Promise<void>;
}

/** A file that came whole. */
export interface ReceivedFile {
  path: string;
  /** The folder that it is in, for more of the same. */
  folder: string;
  receptionId: string;
  /** As the caller calls it: for people to read, and for nothing else. */
  name: string;
  sizeBytes: number;
  sha256: string;
}

export interface ReceivedForm {
  file: ReceivedFile;
  fields: Record<string, unknown>;
  discard: () => Promise<void>;
}

/** Beside the file: the other fields and the form itself. */
const formBytes = 64 * 1024;

/**
 * Reads a form with one file onto the disk. Nothing stays there when it throws, when the caller goes away, or when it falls
 * silent.
 */
export async function receiveFile(
  request: Request,
  response: Response,
  spec: FileSpec,
  principal: Principal,
  silenceMs = longestSilenceMs,
): Promise<ReceivedForm> {
  if (!request.is('multipart/form-data')) {
    throw new AppError('unsupported_media_type', `Send a form (multipart/form-data) with the file in "${spec.field}".`);
  }
  spec.check?.();
  const announcedBytes = announcedBy(request);
  if (announcedBytes !== null && announcedBytes > spec.maxBytes + formBytes) {
    throw tooLarge(spec.maxBytes, announcedBytes);
  }
  const reception = await spec.begin(principal, announcedBytes && Math.min(announcedBytes, spec.maxBytes));
  const discard = (): Promise<void> => reception.end();
  try {
    const file = await receive(request, response, spec, reception, silenceMs);
    return { file, fields: { ...(request.body as Record<string, unknown> | undefined) }, discard };
  } catch (error) {
    await discard();
    throw inWords(error, spec);
  }
}

function announcedBy(request: Request): number | null {
  const length = request.headers['content-length'];
  return length === undefined ? null : Number(length);
}

function receive(
  request: Request,
  response: Response,
  spec: FileSpec,
  reception: Reception,
  silenceMs: number,
): Promise<ReceivedFile> {
  return new Promise((resolve, reject) => {
    // The parser tells of a failure only when the caller has sent everything, which one who means harm never does.
    const storage = new HashingStorage(request, reception, reject);
    const handle = multer({
      storage,
      defParamCharset: 'utf8',
      limits: { fileSize: spec.maxBytes, files: 1, fields: 20, parts: 21, fieldSize: 4_096, fieldNameSize: 100 },
    }).single(spec.field);
    const gone = (): void => reject(new AppError('validation_error', 'The upload broke off.'));
    // The parser may wait for ever for the rest of a request that was broken off.
    request.once('close', () => {
      if (!request.complete) gone();
    });
    handle(request, response, (error: unknown) => {
      if (error !== undefined && error !== null) reject(error instanceof Error ? error : new Error('no form'));
      else if (storage.received) resolve(storage.received);
      else reject(validationError(spec.field, `Send the file in the field "${spec.field}" of the form.`));
    });
    endWhenSilent(request, silenceMs, (error) => {
      storage.abort(error);
      reject(error);
    });
  });
}

/** Writes the file while it is hashed. */
class HashingStorage implements StorageEngine {
  received: ReceivedFile | undefined;
  private readonly aborting = new AbortController();

  constructor(
    private readonly request: Request,
    private readonly reception: Reception,
    private readonly fail: (error: Error) => void,
  ) {}

  /** Ends the writing. */
  abort(reason: Error): void {
    this.aborting.abort(reason);
  }

  _handleFile(
    _request: Request,
    file: Express.Multer.File,
    done: (error?: unknown, info?: Partial<Express.Multer.File>) => void,
  ): void {
    const target = path.join(this.reception.folder, 'original');
    const { reception } = this;
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        const room = reception.count(chunk.length);
        if (room === undefined) next(null, chunk);
        else {
          room.then(
            () => next(null, chunk),
            (error: unknown) => next(error instanceof Error ? error : new Error('There is no room.')),
          );
        }
      },
    });
    const leave = (): void => {
      if (!this.request.complete) this.aborting.abort();
    };
    this.request.once('close', leave);
    file.stream.once('limit', () => this.aborting.abort(new MulterError('LIMIT_FILE_SIZE', file.fieldname)));
    const { signal } = this.aborting;
    pipeline(file.stream, measure, createWriteStream(target, { flags: 'wx' }), { signal })
      .then(() => {
        const name = composed(path.basename(file.originalname.replaceAll('\\', '/')));
        const { folder, id: receptionId } = reception;
        this.received = { path: target, folder, receptionId, name, sizeBytes, sha256: hash.digest('hex') };
        done(null, { path: target, size: sizeBytes });
      })
      .catch((error: unknown) => {
        const reason: unknown = signal.aborted ? signal.reason : error;
        this.fail(reason instanceof Error ? reason : new Error('The file could not be kept.'));
        // Whatever still comes is read and forgotten, or the parser would never end.
        file.stream.resume();
        done(error);
      })
      .finally(() => this.request.off('close', leave));
  }

  _removeFile(_request: Request, _file: Express.Multer.File, done: (error: Error | null) => void): void {
    this.received = undefined;
    rm(path.join(this.reception.folder, 'original'), { force: true }).then(
      () => done(null),
      (error: unknown) => done(error instanceof Error ? error : new Error('The file could not be removed.')),
    );
  }
}

function inWords(error: unknown, spec: FileSpec): unknown {
  if (error instanceof AppError || troubleBehind(error)) return error;
  if (error instanceof MulterError) {
    if (error.code === 'LIMIT_FILE_SIZE') return tooLarge(spec.maxBytes, null);
    if (error.code === 'LIMIT_UNEXPECTED_FILE' || error.code === 'LIMIT_FILE_COUNT') {
      return validationError(spec.field, `Send one file, in the field "${spec.field}" of the form.`);
    }
    return validationError('body', 'The form has too many or too long fields.');
  }
  if (isDiskFull(error)) return diskFull(error);
  if (error instanceof Error && 'syscall' in error) return error;
  return new AppError('validation_error', 'The form is incomplete or damaged. Upload the file again.', {
    cause: error,
  });
}

/** `bytes` is null where nobody knows how large the file would have been. */
function tooLarge(maxBytes: number, bytes: number | null): AppError {
  return new AppError('payload_too_large', tooLargeInWords('The upload', bytes, maxBytes), { details: { maxBytes } });
}
