import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Request, Response } from 'express';
import multer, { MulterError, type StorageEngine } from 'multer';
import { tooLargeInWords } from '../contract/file-size.js';
import { AppError, validationError } from '../lib/app-error.js';
import { diskFull, isDiskFull, onDisk } from '../lib/disk-full.js';

/** What an upload route takes. */
export interface FileSpec {
  /** The field of the form that holds the file. */
  field: string;
  maxBytes: number;
  /** Throws when no file can be taken now, before any of it is read. */
  check?: () => void;
  /** A new folder for the file; deleted with everything in it when the answer is out. */
  newFolder: () => Promise<string>;
  discard: (folder: string) => Promise<void>;
}

/** A file that came whole. */
export interface ReceivedFile {
  path: string;
  /** The folder that it is in, for more of the same. */
  folder: string;
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

/** Reads a form with one file onto the disk. Nothing stays there when it throws, or when the caller goes away. */
export async function receiveFile(request: Request, response: Response, spec: FileSpec): Promise<ReceivedForm> {
  if (!request.is('multipart/form-data')) {
    throw new AppError('unsupported_media_type', `Send a form (multipart/form-data) with the file in "${spec.field}".`);
  }
  spec.check?.();
  const announcedBytes = Number(request.headers['content-length'] ?? 0);
  if (announcedBytes > spec.maxBytes + formBytes) throw tooLarge(spec.maxBytes, announcedBytes);
  const folder = await onDisk(spec.newFolder());
  const discard = (): Promise<void> => spec.discard(folder);
  try {
    const file = await receive(request, response, spec, folder);
    return { file, fields: { ...(request.body as Record<string, unknown> | undefined) }, discard };
  } catch (error) {
    await discard();
    throw inWords(error, spec);
  }
}

function receive(request: Request, response: Response, spec: FileSpec, folder: string): Promise<ReceivedFile> {
  return new Promise((resolve, reject) => {
    // The parser tells of a failure only when the caller has sent everything, which one who means harm never does.
    const storage = new HashingStorage(request, folder, reject);
    const handle = multer({
      storage,
      defParamCharset: 'utf8',
      limits: { fileSize: spec.maxBytes, files: 1, fields: 20, parts: 21, fieldSize: 4_096, fieldNameSize: 100 },
    }).single(spec.field);
    const gone = (): void => {
      reject(new AppError('validation_error', 'The upload broke off.'));
    };
    // The parser may wait for ever for the rest of a request that was broken off.
    request.once('close', () => {
      if (!request.complete) gone();
    });
    handle(request, response, (error: unknown) => {
      if (error !== undefined && error !== null) reject(error instanceof Error ? error : new Error('no form'));
      else if (storage.received) resolve(storage.received);
      else reject(validationError(spec.field, `Send the file in the field "${spec.field}" of the form.`));
    });
  });
}

/** Writes the file while it is hashed. */
class HashingStorage implements StorageEngine {
  received: ReceivedFile | undefined;

  constructor(
    private readonly request: Request,
    private readonly folder: string,
    private readonly fail: (error: Error) => void,
  ) {}

  _handleFile(
    _request: Request,
    file: Express.Multer.File,
    done: (error?: unknown, info?: Partial<Express.Multer.File>) => void,
  ): void {
    const target = path.join(this.folder, 'original');
    const hash = createHash('sha256');
    let sizeBytes = 0;
    const measure = new Transform({
      transform(chunk: Buffer, _encoding, next) {
        hash.update(chunk);
        sizeBytes += chunk.length;
        next(null, chunk);
      },
    });
    const gone = new AbortController();
    const leave = (): void => {
      if (!this.request.complete) gone.abort();
    };
    this.request.once('close', leave);
    file.stream.once('limit', () => {
      gone.abort(new MulterError('LIMIT_FILE_SIZE', file.fieldname));
    });
    pipeline(file.stream, measure, createWriteStream(target, { flags: 'wx' }), { signal: gone.signal })
      .then(() => {
        const name = path.basename(file.originalname.replaceAll('\\', '/'));
        this.received = { path: target, folder: this.folder, name, sizeBytes, sha256: hash.digest('hex') };
        done(null, { path: target, size: sizeBytes });
      })
      .catch((error: unknown) => {
        const reason: unknown = gone.signal.aborted ? gone.signal.reason : error;
        this.fail(reason instanceof Error ? reason : new Error('The file could not be kept.'));
        // Whatever still comes is read and forgotten, or the parser would never end.
        file.stream.resume();
        done(error);
      })
      .finally(() => this.request.off('close', leave));
  }

  _removeFile(_request: Request, _file: Express.Multer.File, done: (error: Error | null) => void): void {
    this.received = undefined;
    rm(path.join(this.folder, 'original'), { force: true }).then(
      () => done(null),
      (error: unknown) => done(error instanceof Error ? error : new Error('The file could not be removed.')),
    );
  }
}

function inWords(error: unknown, spec: FileSpec): unknown {
  if (error instanceof AppError) return error;
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
