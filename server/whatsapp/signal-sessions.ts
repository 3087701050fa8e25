import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  type BinaryNode,
  S_WHATSAPP_NET,
  type WASocket,
  generateSignalPubKey,
  getBinaryNodeChild,
  getBinaryNodeChildBuffer,
  getBinaryNodeChildUInt,
  getBinaryNodeChildren,
} from '@whiskeysockets/baileys';
import { UnansweredError } from './recipient-devices.js';

type Session = Parameters<WASocket['signalRepository']['injectE2ESession']>[0]['session'];

const devicesPerQuery = 200;
/** Bounds how long starting sessions holds the event loop. */
const sessionsPerTurn = 8;

function keyOf(
  node: BinaryNode | undefined,
): { keyId: number; publicKey: Uint8Array; signature: Uint8Array } | undefined {
  const keyId = node && getBinaryNodeChildUInt(node, 'id', 3);
  const publicKey = node && getBinaryNodeChildBuffer(node, 'value');
  if (node === undefined || keyId === undefined || publicKey === undefined) return undefined;
  const signature = getBinaryNodeChildBuffer(node, 'signature') ?? Buffer.alloc(0);
  return { keyId, publicKey: generateSignalPubKey(publicKey), signature };
}

/** The keys of one device in the server's answer; undefined when they are refused or incomplete. */
function bundleOf(user: BinaryNode): Session | undefined {
  const identity = getBinaryNodeChildBuffer(user, 'identity');
  const registrationId = getBinaryNodeChildUInt(user, 'registration', 4);
  const signedPreKey = keyOf(getBinaryNodeChild(user, 'skey'));
  const preKey = keyOf(getBinaryNodeChild(user, 'key'));
  if (
    getBinaryNodeChild(user, 'error') ||
    identity === undefined ||
    registrationId === undefined ||
    signedPreKey === undefined
  ) {
    return undefined;
  }
  const identityKey = generateSignalPubKey(identity);
  return { registrationId, identityKey, signedPreKey, ...(preKey === undefined ? {} : { preKey }) };
}

/**
 * Fetches keys and starts sessions for the devices that have none. Resolves with the devices that still have none
 * because their keys were refused or false: one of them does not take the others down, as it does in Baileys.
 * Rejects with {@link UnansweredError}.
 */
export async function ensureSessions(socket: WASocket, jids: readonly string[], ownUser: string): Promise<Set<string>> {
  const { signalRepository } = socket;
  const missing: string[] = [];
  // One query fills the cache that the checks below read from, each for itself.
  await socket.authState.keys.get(
    'session',
    jids.map((jid) => signalRepository.jidToSignalProtocolAddress(jid)),
  );
  for (const jid of jids) if (!(await signalRepository.validateSession(jid)).exists) missing.push(jid);
  const failed = new Set(missing);
  for (let from = 0; from < missing.length; from += devicesPerQuery) {
    const some = missing.slice(from, from + devicesPerQuery);
    const users = await fetchBundles(socket, some);
    // One transaction of Baileys' is one commit of ours; the sessions of a whole answer are written together.
    const started = await socket.authState.keys.transaction(() => startSessions(signalRepository, users), ownUser);
    for (const jid of started) failed.delete(jid);
  }
  return failed;
}

async function fetchBundles(socket: WASocket, jids: readonly string[]): Promise<BinaryNode[]> {
  const wanted = jids.map((jid) => ({ tag: 'user', attrs: { jid } }));
  const answer = (await socket.query({
    tag: 'iq',
    attrs: { xmlns: 'encrypt', type: 'get', to: S_WHATSAPP_NET },
    content: [{ tag: 'key', attrs: {}, content: wanted }],
  })) as BinaryNode | undefined;
  if (answer === undefined) throw new UnansweredError('WhatsApp did not send the keys of the recipients.');
  return getBinaryNodeChildren(getBinaryNodeChild(answer, 'list'), 'user');
}

async function startSessions(
  repository: WASocket['signalRepository'],
  users: readonly BinaryNode[],
): Promise<string[]> {
  const started: string[] = [];
  for (const [index, user] of users.entries()) {
    if (index % sessionsPerTurn === sessionsPerTurn - 1) await nextTurn();
    const { jid } = user.attrs;
    const session = bundleOf(user);
    if (jid === undefined || session === undefined) continue;
    try {
      await repository.injectE2ESession({ jid, session });
      started.push(jid);
    } catch {
      // A false signature or a malformed key: this device stays without a session and is reported.
    }
  }
  return started;
}
