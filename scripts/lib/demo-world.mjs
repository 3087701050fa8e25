import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { startProgram } from './run.mjs';

const startTimeoutMs = 30_000;

/** @param {string} file @param {number} count @returns {string} the last lines */
export function lastLines(file, count) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

/** An answer of an HTTP interface, or an Error with its own words. @param {Response} response */
async function read(response) {
  const body = await response.json().catch(() => ({}));
  if (response.ok) return body;
  throw new Error(`${new URL(response.url).pathname} answered ${response.status}: ${body.error ?? 'no reason given'}`);
}

/** @param {() => Promise<any>} ask @param {string} what @param {AbortSignal} signal tried again until it succeeds */
export async function until(ask, what, signal) {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      if (performance.now() > deadline)
        throw new Error(`${what} did not happen in time: ${error.message}`, { cause: error });
      await wait(150, undefined, { signal });
    }
  }
}

/** @param {import('node:child_process').ChildProcess} child @param {string} name @param {string} logFile */
function rejectWhenItEnds(child, name, logFile) {
  return once(child, 'exit').then(([code]) => {
    throw new Error(`${name} ended by itself (exit code ${code}). Its last words:\n${lastLines(logFile, 15)}`);
  });
}

/**
 * Starts the simulator in a process of its own.
 * @param {string} folder for its log
 */
export async function startSimulator(folder) {
  const logFile = path.join(folder, 'simulator.log');
  const child = startProgram('dist/simulator/main.js', {
    args: ['--port', '0'],
    stdout: 'pipe',
    stderr: openSync(logFile, 'a'),
  });
  const ended = rejectWhenItEnds(child, 'The simulator', logFile);
  ended.catch(() => undefined);
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
  const { url, control, rootKeyHex, mediaCaFile } = JSON.parse(line);
  const ask = (/** @type {string} */ route, /** @type {RequestInit} */ init) =>
    fetch(`${control}${route}`, { ...init, signal: AbortSignal.timeout(startTimeoutMs) }).then(read);
  const post = (/** @type {string} */ route, /** @type {unknown} */ body) =>
    ask(route, { method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  return {
    child,
    ended,
    url,
    control,
    rootKeyHex,
    mediaCaFile,
    /** @param {string} qr */
    scanQr: (qr) =>
      ask('/admin/mock-phone/scan-qr?name=Corner%20Bakery', {
        method: 'POST',
        body: qr,
        headers: { 'content-type': 'text/plain' },
      }),
    /** @param {string[]} names */
    createContacts: (names) =>
      post('/admin/contacts', { contacts: names.map((name) => ({ name })) }).then((answer) => answer.contacts),
    /** @param {string} messageId @param {{ share: number, overMs: number }} how */
    spreadViews: (messageId, how) => post(`/admin/statuses/${messageId}/views`, how),
  };
}

/**
 * Starts the server in a process of its own, against the simulator, with nothing of this machine's settings.
 * @param {string} folder for its data and its log @param {number} port
 * @param {{ url: string, rootKeyHex: string, mediaCaFile: string }} simulator
 */
export async function startServer(folder, port, simulator, signal) {
  const logFile = path.join(folder, 'server.log');
  const log = openSync(logFile, 'a');
  const apiKey = randomBytes(32).toString('base64url');
  const child = startProgram('dist/server/main.js', {
    cwd: folder,
    stdout: log,
    stderr: log,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HOST: '127.0.0.1',
      PORT: String(port),
      API_KEY: apiKey,
      DATA_DIR: path.join(folder, 'data'),
      UPLOADS_DIR: path.join(folder, 'uploads'),
      WHATSAPP_URL: simulator.url,
      WHATSAPP_ROOT_KEY: simulator.rootKeyHex,
      WHATSAPP_MEDIA_CA_FILE: simulator.mediaCaFile,
    },
  });
  const ended = rejectWhenItEnds(child, 'The server', logFile);
  ended.catch(() => undefined);
  const url = `http://127.0.0.1:${port}`;
  const isUp = async () => {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) });
    if (!response.ok) throw new Error(`/healthz answered ${response.status}`);
  };
  await Promise.race([until(isUp, 'The start of the server', signal), ended]);
  return {
    child,
    ended,
    url,
    apiKey,
    /** @param {string} method @param {string} route below /api @param {unknown} [body] */
    api: async (method, route, body) => {
      const response = await fetch(`${url}/api${route}`, {
        method,
        headers: { 'x-api-key': apiKey, 'content-type': 'application/json' },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.timeout(startTimeoutMs),
      });
      return (await read(response)).data;
    },
  };
}
