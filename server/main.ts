import { existsSync } from 'node:fs';
import path from 'node:path';
import { createApp, type App } from './app.js';
import { ConfigError, loadConfig } from './config.js';
import { greeting, makeFirstKey, writeFirstKey } from './first-run.js';
import { ListenError } from './http/listen-error.js';
import { startProblem, troubleBehind } from './lib/database-trouble.js';
import { keepHeapSmall } from './lib/heap.js';
import { createLogger, type Logger } from './lib/logger.js';
import { terminalLog } from './lib/terminal-log.js';

/** The stop of every part has a deadline of its own; this one is for what none of them foresaw. */
const stopTimeoutMs = 20_000;

async function main(): Promise<void> {
  keepHeapSmall();
  // The database holds the credentials of linked accounts: what this process makes is for its own user only.
  process.umask(0o077);
  const envFile = path.resolve('.env');
  // An empty variable would hide the line of the file.
  if (process.env['API_KEY'] === '') delete process.env['API_KEY'];
  if (existsSync(envFile)) process.loadEnvFile(envFile);
  const newKey = process.env['API_KEY'] ? undefined : makeFirstKey();

  const config = loadConfig(newKey === undefined ? process.env : { ...process.env, API_KEY: newKey });
  // For a person the same lines in words; whatever collects logs gets JSON.
  const logger = createLogger(
    config,
    process.stdout.isTTY ? terminalLog(process.stdout, { colored: process.stdout.hasColors() }) : undefined,
  );
  reportUnforeseen(logger);
  const app = await createApp(config, { logger });
  stopOnSignals(app, logger);
  await app.start();
  const firstKey = newKey === undefined ? undefined : { key: newKey, envFile };
  // Not before it runs: what a first start that failed had written down, no later start would say.
  if (firstKey !== undefined) await writeFirstKey(firstKey);
  process.stdout.write(greeting(app.url, firstKey, process.stdout.isTTY));
}

/** One Ctrl-C can arrive twice: from the terminal, and passed on by npm. */
const repeatedSignalMs = 1_000;

/** The first signal stops cleanly; a later one, or a stop that takes too long, ends the process at once. */
function stopOnSignals(app: App, logger: Logger): void {
  let stoppingSinceMs: number | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    if (stoppingSinceMs !== undefined) {
      if (performance.now() - stoppingSinceMs < repeatedSignalMs) return;
      logger.warn({ signal }, 'second signal: ending at once');
      process.exit(1);
    }
    stoppingSinceMs = performance.now();
    logger.info({ signal }, 'stopping');
    setTimeout(() => {
      logger.error({ stopTimeoutMs }, 'the stop took too long: ending at once');
      process.exit(1);
    }, stopTimeoutMs).unref();
    app.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        logger.error({ err: error }, 'the stop failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/**
 * A rejection that nobody waited for is logged and the server keeps running: Baileys starts work in the background whose
 * promises it does not keep (queries that are open when a socket closes), and ending the process would take every other
 * account down with the one that lost its connection. What must not be lost is awaited, in a transaction. An exception
 * outside any promise is different: it left some code half-way, so the process ends and whoever runs it starts it again.
 */
function reportUnforeseen(logger: Logger): void {
  process.on('unhandledRejection', (reason) => {
    logger.error({ err: reason }, 'a rejected promise that nobody waited for');
  });
  process.on('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'an exception that nobody caught: ending');
    process.exit(1);
  });
}

main().catch((error: unknown) => {
  const trouble = troubleBehind(error);
  const isForPeople = error instanceof ConfigError || error instanceof ListenError;
  if (trouble) process.stderr.write(`${startProblem(trouble)}\n`);
  else process.stderr.write(`${isForPeople ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exit(1);
});
