import type { BinaryNode, WASocket } from '@whiskeysockets/baileys';
import { numberKey } from '../../lib/number-forms.js';
import { deviceJid, parseJid, type Server } from '../wire/addresses.js';
import { userServer } from '../jid.js';
import type { AuthState } from '../credentials/auth-state.js';
import { askUsync, childOf, type UsyncQuestion } from '../address-book/usync.js';

const whichDevices: UsyncQuestion = {
  context: 'message',
  protocols: [{ tag: 'devices', attrs: { version: '2' } }],
};

/** The phone numbers of these LIDs, as far as a pair was ever seen: the server does not tell. */
export async function numbersOfLids(
  { keys }: Pick<AuthState, 'keys'>,
  lids: readonly string[],
): Promise<Map<string, string>> {
  const stored = await keys.get(
    'lid-mapping',
    lids.map((lid) => `${lid}_reverse`),
  );
  return new Map(Object.entries(stored).map(([key, number]) => [key.replace(/_reverse$/, ''), number]));
}

/**
 * The device ids of each of these users of one server, as WhatsApp has them now. Users without a device, and those that
 * WhatsApp answers an error about, have an empty list. Rejects with `UnansweredError`.
 */
export async function askForDevices(
  socket: WASocket,
  users: readonly string[],
  server: Server,
): Promise<Map<string, number[]>> {
  const found = new Map<string, number[]>(users.map((user) => [user, []]));
  const byKey = new Map(server === userServer ? users.map((user) => [numberKey(user), user]) : []);
  const asked = users.map((user): BinaryNode => ({ tag: 'user', attrs: { jid: deviceJid(user, server, 0) } }));
  for (const answer of await askUsync(socket, whichDevices, asked)) {
    const named = parseJid(answer.attrs['jid'])?.user ?? '';
    const user = found.has(named) ? named : byKey.get(numberKey(named));
    if (user !== undefined) found.set(user, deviceIdsIn(childOf(answer, 'devices')));
  }
  return found;
}

function deviceIdsIn(devices: BinaryNode | undefined): number[] {
  const list = childOf(devices, 'device-list')?.content;
  if (!Array.isArray(list)) return [];
  return list.flatMap(({ tag, attrs }) => {
    const id = Number(attrs['id']);
    // A companion without a key index is not signed by its account; hosted devices take no statuses.
    const isUsable = attrs['is_hosted'] !== 'true' && (id === 0 || Number(attrs['key-index'] ?? 0) > 0);
    return tag === 'device' && Number.isInteger(id) && isUsable ? [id] : [];
  });
}
