import { Worker } from 'node:worker_threads';
import { once } from 'node:events';
import { AppError } from '../lib/app-error.js';
import { createLogger } from '../lib/logger.js';
import { endProcess } from './end-process.js';
import { MediaEngines } from './engine/media-engines.js';
import type { Reply, Request, RequestFor, TaskName, Tasks } from './protocol.js';
import type { Watch } from './watchdog.js';

/*
 * The program in which strangers' bytes meet decoders. The server starts it with a scrubbed environment and gives it one task
 * at a time. What a task needs is loaded when it comes, so that a worker starts quickly.
 */

const [, , , program] = process.argv;
const engines = new MediaEngines(program, createLogger({ logLevel: 'silent' }));
const watchdog = startThread('watchdog');

type Tell = (percent: number) => void;

const work: { [N in TaskName]: (input: Tasks[N]['input'], tell: Tell) => Promise<Tasks[N]['output']> } = {
  inspect: async (job) => {
    if (job.kind !== 'image') await engines.get();
    return (await import('./inspect.js')).inspect(job);
  },
  prepare: async ({ limits, ...job }, tell) => {
    const { prepareFile } = await import('./prepare-file.js');
    return prepareFile(job, { engines, limits, signal: new AbortController().signal, tell });
  },
  thumbnail: async ({ from }) => (await import('./link-thumbnail.js')).linkThumbnail(from),
  engine: () => engines.look(),
};

process.once('disconnect', endProcess);
// The server may have gone while this was loaded, when nobody listened yet.
if (!process.connected) endProcess();
watchdog.once('error', endProcess);
process.on('message', (request: Request) => {
  void perform(request).then(reply);
});
reply({ type: 'ready' });

async function perform<N extends TaskName>({ id, task, input, limits }: RequestFor<N>): Promise<Reply> {
  let told = -1;
  const tell = (percent: number): void => {
    if (percent === told) return;
    told = percent;
    reply({ type: 'progress', id, percent });
  };
  try {
    await watch({ limits, worksItself: task !== 'prepare' || !engines.isProgram });
    const output = await work[task](input, tell);
    return { type: 'done', id, output, memoryBytes: process.memoryUsage.rss() };
  } catch (error) {
    return inWire(id, error);
  } finally {
    await watch(null);
  }
}

/** A module of this folder. From the sources, as tests run it, a thread has to be given its translator first. */
function startThread(module: string): Worker {
  if (!import.meta.filename.endsWith('.ts')) return new Worker(new URL(`./${module}.js`, import.meta.url));
  const [translator, program] = [import.meta.resolve('tsx/esm/api'), new URL(`./${module}.ts`, import.meta.url).href];
  const source = `import(${JSON.stringify(translator)}).then(({ register }) => {
    register();
    return import(${JSON.stringify(program)});
  });`;
  return new Worker(source, { eval: true });
}

/** Resolves when the limits hold; null takes them away. */
async function watch(what: Watch | null): Promise<void> {
  const watching = once(watchdog, 'message');
  watchdog.postMessage(what);
  await watching;
}

function reply(message: Reply): void {
  // Without the channel the server is gone, and this process about to end.
  if (process.connected) process.send?.(message);
}

function inWire(id: number, error: unknown): Reply {
  if (!(error instanceof AppError)) {
    return { type: 'failed', id, stack: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  const { code, message, details, retryAfterSeconds, cause } = error;
  const why = cause instanceof Error ? cause.message : undefined;
  return { type: 'refused', id, error: { code, message, details, retryAfterSeconds, cause: why } };
}
