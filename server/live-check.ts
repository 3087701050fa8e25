import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from './config.js';
import { openDatabase } from './db/database.js';
import { systemClock } from './lib/clock.js';
import { createLogger } from './lib/logger.js';
import { AccountFormsStore } from './whatsapp/address-book/account-forms-store.js';
import { createAuthCipher } from './whatsapp/credentials/auth-cipher.js';
import { AuthStore } from './whatsapp/credentials/auth-store.js';
import { createBaileysGateway } from './whatsapp/baileys-gateway.js';
import { runLiveCheck } from './whatsapp/live-check/run-live-check.js';
import { WireFindings } from './whatsapp/live-check/wire-findings.js';
import { RecipientDevicesStore } from './whatsapp/publishing/recipient-devices-store.js';
import { SentMessagesStore } from './whatsapp/publishing/sent-messages-store.js';
import { WebVersionStore } from './whatsapp/connection/web-version-store.js';
import { fetchWebVersion } from './whatsapp/connection/web-versions.js';

const usage = `npm run live-check -- --number OWN_NUMBER --contact NUMBER [--wait SECONDS]

Numbers are digits with their country code. OWN_NUMBER is a spare one that you can do without: linking unofficial programs
breaks WhatsApp's terms, and it may be blocked. The person behind --contact knows of it and has the number saved.`;
const sessionId = 'live-check';
const longestWaitSeconds = 600;
const phoneNumber = /^[1-9]\d{6,14}$/;

interface CheckOptions {
  ownNumber: string;
  contact: string;
  viewMs: number;
}

/** Where the person sits who is asked. */
interface CheckTerminal {
  input: NodeJS.ReadableStream & { isTTY?: boolean };
  output: NodeJS.WritableStream;
  errors: NodeJS.WritableStream;
  /** The person wants it to end. What was posted is deleted all the same. */
  interruption: AbortSignal;
}

/** What a check needs of its process. */
export interface Program {
  stdin: CheckTerminal['input'];
  stdout: NodeJS.WritableStream;
  stderr: NodeJS.WritableStream;
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown;
}

/** The terminal that a program runs in; Ctrl-C interrupts. */
function terminalOf(program: Program): CheckTerminal {
  const interruption = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) program.on(signal, () => interruption.abort());
  const { stdin: input, stdout: output, stderr: errors } = program;
  return { input, output, errors, interruption: interruption.signal };
}

function readOptions(args: readonly string[]): CheckOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { number: { type: 'string' }, contact: { type: 'string' }, wait: { type: 'string', default: '120' } },
  });
  const [ownNumber, contact] = [values.number, values.contact].map((text) => (text ?? '').replaceAll(/[\s+()-]/g, ''));
  const seconds = Number(values.wait);
  for (const [option, given] of [
    ['number', ownNumber],
    ['contact', contact],
  ] as const) {
    if (!phoneNumber.test(given ?? ''))
      throw new Error(`--${option}: "${given ?? ''}" is not a number with its country code.`);
  }
  if (ownNumber === contact)
    throw new Error('--contact is the account itself, which gets every post anyway. Name somebody else.');
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > longestWaitSeconds) {
    throw new Error(`--wait: give 1 to ${String(longestWaitSeconds)} seconds.`);
  }
  return { ownNumber: ownNumber ?? '', contact: contact ?? '', viewMs: seconds * 1000 };
}

/** The real WhatsApp is touched only when a person sits in front of it: not by scripts, and not by tests. */
export function mayAsk(where: { isSimulated: boolean; isInCi: boolean; isTerminal: boolean }): boolean {
  return where.isSimulated || (where.isTerminal && !where.isInCi);
}

async function isAgreed(
  { ownNumber, contact, viewMs }: CheckOptions,
  { isSimulated, isInCi }: { isSimulated: boolean; isInCi: boolean },
  terminal: CheckTerminal,
): Promise<boolean> {
  const say = sayTo(terminal.output);
  say(`This check will, on ${isSimulated ? 'a simulated' : 'the REAL'} WhatsApp:
  1. link this machine to the account of ${ownNumber}, by a code that you type on its phone;
  2. look up ${contact}, and post two short text statuses to ${contact} and the account itself, nobody else;
  3. after each wait up to ${String(viewMs / 1000)} s for it to be opened, and read what WhatsApp answers;
  4. delete both statuses and unlink this machine again, also when something fails or you press Ctrl-C;
  5. print what differs from docs/generated/stanzas.md. Nothing is sent anywhere else, and nothing is kept.
`);
  if (!mayAsk({ isSimulated, isInCi, isTerminal: terminal.input.isTTY === true })) {
    say('The real WhatsApp is not touched by scripts: run this in a terminal.');
    return false;
  }
  return (await ask('Type yes to begin: ', terminal)).trim().toLowerCase() === 'yes';
}

/** The line that is typed; empty when there is none, because the input is at its end or the person interrupts. */
async function ask(question: string, { input, output, interruption }: CheckTerminal): Promise<string> {
  const lines = createInterface({ input, output });
  const end = new Promise<string>((resolve) => {
    lines.once('close', () => resolve(''));
    interruption.addEventListener('abort', () => lines.close());
  });
  try {
    return await Promise.race([lines.question(question), end]);
  } finally {
    lines.close();
  }
}

function sayTo(output: NodeJS.WritableStream): (line: string) => void {
  return (line) => void output.write(`${line}\n`);
}

async function check(
  options: CheckOptions,
  config: ReturnType<typeof loadConfig>,
  { output, interruption: signal }: CheckTerminal,
): Promise<boolean> {
  const { url, isSimulated, rootKey, mediaCaFile } = config.whatsapp;
  const say = sayTo(output);
  const folder = await mkdtemp(path.join(tmpdir(), 'statuscast-live-check-'));
  const database = await openDatabase({ file: path.join(folder, 'check.sqlite') });
  const cipher = createAuthCipher(randomBytes(32));
  const findings = new WireFindings();
  const gateway = createBaileysGateway({
    url,
    rootKey,
    mediaCa: mediaCaFile === null ? null : await readFile(mediaCaFile, 'utf8'),
    authStore: new AuthStore(database, cipher, systemClock),
    recipientDevices: new RecipientDevicesStore(database),
    sentMessages: new SentMessagesStore(database, cipher),
    accountForms: new AccountFormsStore(database),
    versionStore: new WebVersionStore(database),
    fetchVersion: isSimulated ? null : fetchWebVersion,
    clock: systemClock,
    logger: createLogger(config),
    watch: (stanza) => findings.record(stanza),
  });
  try {
    const now = Date.now();
    const row = { session_id: sessionId, organization_id: 'default', name: sessionId, auth_method: 'pairing' };
    const state = {
      state: 'stopped',
      desired_state: 'stopped',
      created_by: sessionId,
      created_at: now,
      updated_at: now,
    };
    await database('sessions').insert({ ...row, ...state });
    return await runLiveCheck({ gateway, sessionId, ...options, findings, say, signal });
  } finally {
    say('');
    for (const line of findings.report()) say(line);
    await gateway.stop();
    await database.destroy();
    await rm(folder, { recursive: true, force: true });
  }
}

/**
 * Asks, links, posts twice, reads what comes and cleans up, as it says at its beginning. Resolves with the exit code: 0 when
 * everything was done, 1 when not, 2 when the arguments make no sense. The settings are those of the server.
 */
export async function liveCheck(
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  program: Program = process,
): Promise<number> {
  const terminal = terminalOf(program);
  const complain = (error: unknown): void =>
    void terminal.errors.write(`${error instanceof Error ? error.message : String(error)}\n`);
  let options: CheckOptions;
  try {
    options = readOptions(args);
  } catch (error) {
    complain(error);
    terminal.errors.write(`\n${usage}\n`);
    return 2;
  }
  try {
    const logLevel = env['LOG_LEVEL'] ?? 'error';
    const config = loadConfig({ ...env, API_KEY: 'of no use to a check', LOG_LEVEL: logLevel });
    const { isSimulated } = config.whatsapp;
    if (!(await isAgreed(options, { isSimulated, isInCi: Boolean(env['CI']) }, terminal))) {
      sayTo(terminal.output)('Nothing was done.');
      return 1;
    }
    return (await check(options, config, terminal)) ? 0 : 1;
  } catch (error) {
    complain(error);
    return 1;
  }
}
