import { type BinaryNode, S_WHATSAPP_NET, type WASocket } from '@whiskeysockets/baileys';
import { Limit } from '../../lib/running/limit.js';
import { signalAddress } from '../wire/addresses.js';
import { askInParts } from '../address-book/ask-in-parts.js';
import type { AuthState } from '../credentials/auth-state.js';
import { UnansweredError } from '../gateway.js';
import type { DeviceEncryptor } from '../signal/device-encryptor.js';
import type { DeviceOutcome, TargetDevice } from '../signal/encrypt-for-devices.js';
import { parseBundles } from '../signal/parse-bundles.js';
import type { PreKeyBundle } from '../signal/session-start.js';
import { asStoredRecord, findOpenSession } from '../signal/stored-session.js';

export interface KeyDeliveryParts {
  socket: WASocket;
  auth: AuthState;
  encryptor: DeviceEncryptor;
  /** Aborted when the socket is at its end. */
  ended: AbortSignal;
}

/** One payload under the sessions of several devices, by JID. */
export interface SealedForDevices {
  /** The `<enc>` nodes. Their sessions are stored. */
  nodes: Map<string, BinaryNode>;
  /** Devices without usable keys. */
  refused: string[];
}

/**
 * Over all accounts of the process: while one encrypts in the thread, others store their sessions. With more at a time all
 * would be done later, and in one go, which is what everything else on the event loop would have to wait for.
 */
const sealing = new Limit(3);

const devicesPerQuery = 200;

/**
 * Encrypts for devices, beginning sessions where there are none. The sessions of all are stored in one transaction before
 * it resolves. A device whose keys are refused or false takes no other down, as it does in Baileys. `known` has bundles
 * that came from the devices themselves; they begin new sessions. Rejects with {@link UnansweredError}.
 */
export async function sealForDevices(
  parts: KeyDeliveryParts,
  payload: Uint8Array,
  jids: readonly string[],
  known: ReadonlyMap<string, PreKeyBundle> = new Map(),
): Promise<SealedForDevices> {
  const sealed: SealedForDevices = { nodes: new Map(), refused: [] };
  if (jids.length === 0) return sealed;
  const { auth, encryptor, ended } = parts;
  const stored = await auth.keys.get('session', jids.map(signalAddress));
  const devices = jids.map((jid): TargetDevice => {
    const record = asStoredRecord(stored[signalAddress(jid)]);
    return { address: jid, record, bundle: known.get(jid) };
  });
  const missing = devices.filter(({ record, bundle }) => !bundle && (!record || !findOpenSession(record)));
  const bundles = await fetchBundles(
    parts.socket,
    missing.map(({ address }) => address),
  );
  const { signedIdentityKey, registrationId } = auth.creds;
  const outcomes = await sealing.run(async () => {
    const sealedFor = await encryptor.encrypt(
      {
        identity: { publicKey: signedIdentityKey.public, privateKey: signedIdentityKey.private, registrationId },
        payload,
        devices: devices.map((device) => ({ ...device, bundle: device.bundle ?? bundles.get(device.address) })),
      },
      { signal: ended },
    );
    await storeSessions(auth, sealedFor);
    return sealedFor;
  });
  for (const outcome of outcomes) {
    if (!outcome.ok) sealed.refused.push(outcome.address);
    else {
      const attrs = { v: '2', type: outcome.type };
      sealed.nodes.set(outcome.address, { tag: 'enc', attrs, content: outcome.body });
    }
  }
  return sealed;
}

async function storeSessions(auth: AuthState, outcomes: readonly DeviceOutcome[]): Promise<void> {
  const sessions: Record<string, Uint8Array> = {};
  for (const outcome of outcomes) {
    if (!outcome.ok) continue;
    // Baileys declares bytes here, and keeps the record that libsignal serialized.
    const record: unknown = outcome.record;
    sessions[signalAddress(outcome.address)] = record as Uint8Array;
  }
  await auth.keys.set({ session: sessions });
}

/** The keys of these devices, as far as WhatsApp has them. Rejects with `UnansweredError`. */
export async function fetchBundles(socket: WASocket, jids: readonly string[]): Promise<Map<string, PreKeyBundle>> {
  const answers = await askInParts(socket, jids, devicesPerQuery, async (some) => {
    const wanted = some.map((jid) => ({ tag: 'user', attrs: { jid } }));
    const answer = (await socket.query({
      tag: 'iq',
      attrs: { xmlns: 'encrypt', type: 'get', to: S_WHATSAPP_NET },
      content: [{ tag: 'key', attrs: {}, content: wanted }],
    })) as BinaryNode | undefined;
    if (answer === undefined) throw new UnansweredError('WhatsApp did not send the keys of the recipients.');
    return parseBundles(answer);
  });
  const bundles = new Map<string, PreKeyBundle>();
  for (const answer of answers) if ('bundle' in answer) bundles.set(answer.jid, answer.bundle);
  return bundles;
}
