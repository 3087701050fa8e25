import type { ErrorCode } from '../contract/errors.js';
import type { UploadKind } from '../contract/media.js';
import type { FoundType } from './detect-type.js';
import type { EnginesState } from './engine/media-engines.js';
import type { PrepareJob } from './prepare-file.js';
import type { VideoLimits } from './prepare-video.js';
import type { Prepared } from './prepared.js';

export type { Prepared };

/*
 * What the server and its media workers say to each other. The server imports nothing else of this folder: decoders must
 * not be loaded where the keys and the database are.
 */

/** What a file is, and what preparing it will need, as its header says. */
export interface Inspected {
  type: FoundType;
  /** The file to prepare: the one that was given, or a copy without what a decoder must not meet. */
  from: string;
  /** What it takes when it is unpacked. */
  memoryBytes: number;
  /** Enough for it on a slow machine. */
  timeMs: number;
}

/** What a worker does: what it is given and what it answers. All of it is plain data, and files by their names. */
export interface Tasks {
  /** Says what a file is by its bytes. Refuses what cannot become `kind`, and what unpacks to more than may be. */
  inspect: { input: InspectJob; output: Inspected };
  prepare: { input: PrepareJob & { limits: VideoLimits }; output: Prepared[] };
  /** A small JPEG of a picture for the preview of a link; null when there is none to be had. */
  thumbnail: { input: { from: string }; output: Buffer | null };
  /** What it can prepare videos and recordings with. */
  engine: { input: null; output: EnginesState };
}
export type TaskName = keyof Tasks;

export interface InspectJob {
  kind: UploadKind;
  from: string;
  /** Where a copy goes. */
  folder: string;
  sizeBytes: number;
  startMs: number;
  endMs: number | undefined;
  longestMs: number;
}

/** What a task may take. Beyond it the worker says its {@link LastWord} and ends itself. */
export interface TaskLimits {
  /** More than it has when the task begins. */
  memoryBytes: number;
  timeMs: number;
}

/** From the server. A worker does one task at a time and is ended, not told to stop. */
export interface RequestFor<N extends TaskName> {
  id: number;
  task: N;
  input: Tasks[N]['input'];
  limits: TaskLimits;
}
export type Request = { [N in TaskName]: RequestFor<N> }[TaskName];

export interface WireError {
  code: ErrorCode;
  message: string;
  details: Record<string, unknown> | undefined;
  retryAfterSeconds: number | undefined;
  /** For the log. */
  cause: string | undefined;
}

/** From the worker. */
export type Reply =
  | { type: 'ready' }
  | { type: 'progress'; id: number; percent: number }
  /** `memoryBytes` is what it still holds afterwards. */
  | { type: 'done'; id: number; output: unknown; memoryBytes: number }
  /** With words for the caller. */
  | { type: 'refused'; id: number; error: WireError }
  /** A bug. */
  | { type: 'failed'; id: number; stack: string };

/** Written to this descriptor before a worker ends itself because its task took more than it may. */
export const lastWordsDescriptor = 4;
export interface LastWord {
  reason: 'memory' | 'time';
  /** What the process computed meanwhile, for a worker that got no processor; null where a program works for it. */
  cpuMs: number | null;
}
