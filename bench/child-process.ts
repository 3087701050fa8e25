import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** One call to a measured process, and its answer. */
interface Call {
  id: number;
  name: string;
  input: unknown;
}
interface Answer {
  id: number;
  output?: unknown;
  error?: string;
}

/** The calls that a measured process answers, by name. */
export type Calls = Record<string, (input: never) => unknown>;

/** Another process, and a way to call its functions. */
export interface CallableProcess<C extends Calls> {
  call<N extends keyof C & string>(
    name: N,
    input: Parameters<C[N]>[0],
    timeoutMs: number,
  ): Promise<Awaited<ReturnType<C[N]>>>;
  /** Ends the process; idempotent. */
  stop(): Promise<void>;
}

/** A file of this folder, compiled or not, whichever of the two is running now. */
function entryFile(name: string): string {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  return fileURLToPath(new URL(`./${name}.${extension}`, import.meta.url));
}

/**
 * Starts an entry file of this folder in its own process. It is given `env` and nothing else of this environment but
 * the PATH, so that a setting of the machine does not change what is measured.
 */
export function startProcess<C extends Calls>(name: string, env: Record<string, string>): CallableProcess<C> {
  const child = fork(entryFile(name), [], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  child.on('message', (answer: Answer) => {
    waiting.get(answer.id)?.(answer);
    waiting.delete(answer.id);
  });
  child.on('exit', (code) => {
    for (const [id, settle] of waiting) settle({ id, error: `${name} ended with exit code ${String(code)}` });
    waiting.clear();
  });
  return {
    call: async (callName, input, timeoutMs) => {
      const id = ++lastId;
      const answer = await new Promise<Answer>((resolve) => {
        const deadline = setTimeout(() => {
          waiting.delete(id);
          resolve({ id, error: `${name} did not answer ${callName} within ${timeoutMs} ms` });
        }, timeoutMs);
        waiting.set(id, (value) => {
          clearTimeout(deadline);
          resolve(value);
        });
        child.send({ id, name: callName, input } satisfies Call);
      });
      if (answer.error !== undefined) throw new Error(answer.error);
      // The other side answers with what its function returned: the same type `C` describes both ends.
      return answer.output as never;
    },
    stop: () => endProcess(child),
  };
}

function endProcess(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    const deadline = setTimeout(() => child.kill('SIGKILL'), 10_000);
    child.once('exit', () => {
      clearTimeout(deadline);
      resolve();
    });
    child.disconnect();
  });
}

/** In the measured process: answers calls until the parent lets go, then runs `stop` and ends. */
export function answerCalls(calls: Calls, stop: () => Promise<void>): void {
  process.on('message', (call: Call) => {
    void answerTo(calls, call).then((answer) => process.send?.(answer));
  });
  process.once('disconnect', () => {
    void stop().finally(() => {
      process.exit();
    });
  });
}

async function answerTo(calls: Calls, call: Call): Promise<Answer> {
  try {
    const answer = calls[call.name];
    if (answer === undefined) throw new Error(`There is no call ${call.name}.`);
    return { id: call.id, output: await answer(call.input as never) };
  } catch (error) {
    return { id: call.id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
