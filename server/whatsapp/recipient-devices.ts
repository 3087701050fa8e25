import { USyncQuery, USyncUser, type WASocket } from '@whiskeysockets/baileys';
import { type AddressPair, keepAddressPairs } from './address-pairs.js';
import { deviceJid, lidServer, parseJid, phoneJid, type Server } from './addresses.js';
import type { AuthState } from './auth-state.js';

/** WhatsApp did not answer a question that has to be answered before anything may leave. */
export class UnansweredError extends Error {
  override readonly name = 'UnansweredError';
}

/** How many people one question to the server names. */
const usersPerQuery = 500;

export interface Directory {
  socket: WASocket;
  auth: AuthState;
}

function* chunksOf<T>(values: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < values.length; from += size) yield values.slice(from, from + size);
}

async function ask(socket: WASocket, query: USyncQuery): Promise<{ id: string; [protocol: string]: unknown }[]> {
  const answer = await socket.executeUSyncQuery(query);
  if (answer === undefined) throw new UnansweredError('WhatsApp did not answer a question about recipients.');
  return answer.list;
}

/**
 * The LIDs of these phone numbers, from what is stored (unless it is asked for `afresh`) and else from the server.
 * Numbers that have none are missing from the answer. Rejects with {@link UnansweredError}: silence is not "none", which
 * Baileys takes it for.
 */
export async function lidsOfNumbers(
  directory: Directory,
  numbers: readonly string[],
  afresh = false,
): Promise<Map<string, string>> {
  const { socket, auth } = directory;
  const found = new Map(Object.entries(afresh ? {} : await auth.keys.get('lid-mapping', [...numbers])));
  const unknown = numbers.filter((number) => !found.has(number));
  for (const some of chunksOf(unknown, usersPerQuery)) {
    const query = new USyncQuery().withLIDProtocol().withContext('background');
    for (const number of some) query.withUser(new USyncUser().withId(phoneJid(number)));
    const pairs: AddressPair[] = [];
    for (const { id, lid: answered } of await ask(socket, query)) {
      const number = parseJid(id)?.user;
      const lid = typeof answered === 'string' ? parseJid(answered) : undefined;
      if (number === undefined || lid?.server !== lidServer) continue;
      found.set(number, lid.user);
      pairs.push({ phoneNumber: number, lid: lid.user });
    }
    await keepAddressPairs(directory, pairs);
  }
  return found;
}

/** The phone numbers of these LIDs, as far as a pair was ever seen: the server does not tell. */
export async function numbersOfLids({ auth }: Directory, lids: readonly string[]): Promise<Map<string, string>> {
  const stored = await auth.keys.get(
    'lid-mapping',
    lids.map((lid) => `${lid}_reverse`),
  );
  return new Map(Object.entries(stored).map(([key, number]) => [key.replace(/_reverse$/, ''), number]));
}

function deviceIdsIn(answered: unknown): number[] {
  const list = typeof answered === 'object' && answered !== null && 'deviceList' in answered ? answered.deviceList : [];
  if (!Array.isArray(list)) return [];
  return list.flatMap((device: { id: number; keyIndex?: number; isHosted?: boolean }) => {
    // A companion without a key index is not signed by its account; hosted devices take no statuses.
    const usable = device.isHosted !== true && (device.id === 0 || (device.keyIndex ?? 0) > 0);
    return usable ? [device.id] : [];
  });
}

/**
 * The device ids of each of these users of one server, as WhatsApp has them now. Users without a device have an empty
 * list. Rejects with {@link UnansweredError}.
 */
export async function askForDevices(
  socket: WASocket,
  users: readonly string[],
  server: Server,
): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>(users.map((user) => [user, []]));
  for (const some of chunksOf(users, usersPerQuery)) {
    const query = new USyncQuery().withDeviceProtocol().withContext('message');
    for (const user of some) query.withUser(new USyncUser().withId(deviceJid(user, server, 0)));
    for (const answer of await ask(socket, query)) {
      const user = parseJid(answer.id)?.user;
      if (user !== undefined && found.has(user)) found.set(user, deviceIdsIn(answer['devices']));
    }
  }
  return found;
}
