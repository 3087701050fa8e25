import { Worker } from 'node:worker_threads';

/**
 * Starts a module of ours in a thread of its own. `name` is its file name without the ending, beside this one.
 *
 * Where the sources run as they are (tests, development), the thread has to be taught TypeScript first: Node 20 does not
 * hand the loader down.
 */
export function startThread(name: string): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  const url = new URL(`./${name}.${isSource ? 'ts' : 'js'}`, import.meta.url);
  if (!isSource) return new Worker(url);
  const loader = JSON.stringify({ parentURL: import.meta.url, data: {} });
  const steps = `require('node:module').register('tsx/esm', ${loader}); import(${JSON.stringify(url.href)});`;
  return new Worker(steps, { eval: true, execArgv: [] });
}
