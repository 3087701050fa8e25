import { once } from 'node:events';
import { openSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { startProgram, stopProgram } from './run.mjs';

const startTimeoutMs = 30_000;
/** Long enough for a post to everybody. */
const requestTimeoutMs = 45_000;
const otherTime = new URL('./other-time.mjs', import.meta.url).href;
const uploadTimeoutMs = 60_000;

/**
 * What the programs of the demo share.
 * @typedef {object} World
 * @property {string} folder for data and logs; deleted at the end
 * @property {AbortSignal} interrupted
 * @property {(() => Promise<boolean>)[]} stops how to stop what was started, in that order; true means cleanly
 */

/** @param {string} file @param {number} count @returns {string} the last lines */
function lastLines(file, count) {
  return readFileSync(file, 'utf8').trimEnd().split('\n').slice(-count).join('\n');
}

/** An answer of an HTTP interface, or an Error with its own words. @param {Response} response @returns {Promise<any>} */
async function read(response) {
  const body = /** @type {any} */ (await response.json().catch(() => ({})));
  if (response.ok) return body;
  throw new Error(`${new URL(response.url).pathname} answered ${response.status}: ${body.error ?? 'no reason given'}`);
}

/**
 * Asks again and again until it succeeds.
 * @template T @param {() => Promise<T>} ask @param {string} what @param {AbortSignal} signal
 * @returns {Promise<T>} rejects with the last reason when the time is over
 */
export async function until(ask, what, signal) {
  const deadline = performance.now() + startTimeoutMs;
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      signal.throwIfAborted();
      const reason = error instanceof Error ? error.message : String(error);
      if (performance.now() > deadline) throw new Error(`${what} did not happen in time: ${reason}`, { cause: error });
      await wait(150, undefined, { signal });
    }
  }
}

/**
 * Starts one of the programs, with its log in the demo's folder.
 * @param {World} world @param {string} name @param {string} file
 * @param {Pick<Parameters<typeof startProgram>[1], 'args' | 'env' | 'cwd'> & { stdout?: 'pipe', at?: Date }} options
 *   `at`: the time it takes for the present, which can be changed then
 */
function start(world, name, file, { at, ...options }) {
  world.interrupted.throwIfAborted();
  const logFile = path.join(world.folder, `${name}.log`);
  const log = openSync(logFile, 'a');
  const child = startProgram(file, {
    stdout: log,
    ...options,
    stderr: log,
    env: { ...(options.env ?? process.env), ...(at && { OTHER_TIME_MS: String(at.getTime() - Date.now()) }) },
    nodeArgs: at ? ['--import', otherTime] : [],
  });
  const stop = () => stopProgram(child);
  world.stops.push(stop);
  /** Rejects when the program ends without being asked to. @type {Promise<never>} */
  const ended = once(child, 'exit').then(([code]) => {
    throw new Error(`The ${name} ended by itself (exit code ${code}). Its last words:\n${lastLines(logFile, 15)}`);
  });
  ended.catch(() => undefined); // it also ends when it is asked to
  /** Tells it what to take for the present. @param {Date} time */
  const goTo = async (time) => {
    const heard = once(child, 'message', { signal: AbortSignal.timeout(startTimeoutMs) });
    child.send({ otherTimeMs: time.getTime() - Date.now() });
    await Promise.race([heard, ended]);
  };
  return { child, ended, stop, goTo };
}

/**
 * Starts the simulator in a process of its own.
 * @param {World} world @param {Date} at what it takes for the present at first
 */
export async function startSimulator(world, at) {
  const { child, ended, goTo } = start(world, 'simulator', 'dist/simulator/main.js', {
    args: ['--port', '0'],
    stdout: 'pipe',
    at,
  });
  if (child.stdout === null) throw new Error('The simulator has no output.');
  const [line] = await Promise.race([once(createInterface({ input: child.stdout }), 'line'), ended]);
  /** @type {{ url: string, control: string, rootKeyHex: string, mediaCaFile: string }} */
  const address = JSON.parse(line);

  /** @param {string} route @param {string} type @param {string} [body] */
  const post = async (route, type, body) =>
    read(
      await fetch(`${address.control}${route}`, {
        method: 'POST',
        body,
        headers: { 'content-type': type },
        signal: AbortSignal.any([world.interrupted, AbortSignal.timeout(startTimeoutMs)]),
      }),
    );
  /** @param {string} route @param {unknown} [body] */
  const postJson = (route, body) => post(route, 'application/json', JSON.stringify(body));

  return {
    ...address,
    ended,
    goTo,
    /** A phone with an account. @param {{ name: string, phoneNumber?: string }} phone @returns {Promise<{ phoneNumber: string }>} */
    addAccount: (phone) => postJson('/admin/accounts', phone),
    /** @param {string} qr @param {string} phoneNumber of the account whose phone scans it */
    scanQr: (qr, phoneNumber) => post(`/admin/mock-phone/scan-qr?phoneNumber=${phoneNumber}`, 'text/plain', qr),
    /** @param {{ name: string, phoneNumber?: string }[]} contacts @returns {Promise<{ phoneNumber: string }[]>} */
    createContacts: async (contacts) => (await postJson('/admin/contacts', { contacts })).contacts,
    /** The account's phone has everybody in its address book, and chats with some. @param {string} phoneNumber @param {number} chats */
    saveEverybody: (phoneNumber, chats) =>
      postJson(`/admin/accounts/${phoneNumber}/address-book`, { all: true, chats }),
    /** @param {string} messageId @param {{ share: number, overMs: number }} how */
    spreadViews: (messageId, how) => postJson(`/admin/statuses/${messageId}/views`, how),
    /** @param {string} phoneNumber @param {string} statusId */
    view: (phoneNumber, statusId) => postJson(`/admin/contacts/${phoneNumber}/view`, { statusId }),
    /** @param {string} phoneNumber @param {string} statusId */
    like: (phoneNumber, statusId) => postJson(`/admin/contacts/${phoneNumber}/like`, { statusId }),
    /** @param {string} phoneNumber @param {string} statusId @param {string} text */
    reply: (phoneNumber, statusId, text) => postJson(`/admin/contacts/${phoneNumber}/reply`, { statusId, text }),
    /** Resolves when everything that was sent has reached its phones. */
    drain: () => postJson('/admin/drain'),
  };
}

/**
 * Starts the server in a process of its own, against the simulator, with nothing of this machine's settings.
 * @param {World} world
 * @param {object} options
 * @param {number} options.port
 * @param {string} options.apiKey
 * @param {{ url: string, rootKeyHex: string, mediaCaFile: string }} options.simulator
 * @param {string} options.page on this machine, which the server may look at for a link's preview
 * @param {Date} [options.at] what it takes for the present at first; left out, the time is what it is
 */
export async function startServer(world, { port, apiKey, simulator, page, at }) {
  const { ended, stop, goTo } = start(world, 'server', 'dist/server/main.js', {
    at,
    cwd: world.folder,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      HOST: '127.0.0.1',
      PORT: String(port),
      API_KEY: apiKey,
      // Nobody in the demo is a real account.
      POSTING_PACE: 'off',
      RATE_LIMIT_MAX: '10000',
      OUTBOUND_ALLOW_PRIVATE: new URL(page).host,
      DATA_DIR: path.join(world.folder, 'data'),
      UPLOADS_DIR: path.join(world.folder, 'uploads'),
      WHATSAPP_URL: simulator.url,
      WHATSAPP_ROOT_KEY: simulator.rootKeyHex,
      WHATSAPP_MEDIA_CA_FILE: simulator.mediaCaFile,
    },
  });
  const url = `http://127.0.0.1:${port}`;
  const isUp = async () => {
    await read(await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(2_000) }));
  };
  await Promise.race([until(isUp, 'The start of the server', world.interrupted), ended]);
  return {
    url,
    apiKey,
    ended,
    stop,
    goTo,
    /** @param {string} method @param {string} route below /api @param {unknown} [body] @param {Record<string, string>} [headers] */
    api: async (method, route, body, headers) => {
      const response = await fetch(`${url}/api${route}`, {
        method,
        headers: { 'x-api-key': apiKey, 'content-type': 'application/json', ...headers },
        body: body === undefined ? undefined : JSON.stringify(body),
        signal: AbortSignal.any([world.interrupted, AbortSignal.timeout(requestTimeoutMs)]),
      });
      return (await read(response)).data;
    },
    /** @param {'image' | 'video' | 'audio'} kind @param {Buffer} bytes @param {string} name */
    upload: async (kind, bytes, name) => {
      const body = new FormData();
      body.append(kind, new Blob([new Uint8Array(bytes)]), name);
      const response = await fetch(`${url}/api/upload-${kind}`, {
        method: 'POST',
        headers: { 'x-api-key': apiKey },
        body,
        signal: AbortSignal.timeout(uploadTimeoutMs),
      });
      return (await read(response)).data;
    },
  };
}
